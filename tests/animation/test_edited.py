"""--aus and --expression of a run with codes: what moves, and from where."""

from found_faces import detected
import numpy as np
from PIL import Image
import pytest
from smoke import command
import tiny_edits

from facegen_jax import animate, runs
from facegen_jax.animation import edited, written
from facegen_jax.animation.edited import How
from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, video
from facegen_jax.data.vocabulary import AUS, EMOTIONS
from facegen_jax.systems.au_transfer import codes, edits, unit_file
from facegen_jax.systems.au_transfer.descriptors import parse

SIZE = 8


@pytest.fixture
def run(monkeypatch, tmp_path):
  """The run's folder, its system, state and config."""
  detected(monkeypatch)
  return tmp_path / 'run', *tiny_edits.run(monkeypatch, tmp_path / 'run')


@pytest.fixture
def source(tmp_path):
  path = tmp_path / 'face.png'
  Image.fromarray(tiny_edits.portrait()).save(path)
  return path


@pytest.fixture
def clips(monkeypatch):
  """What is written, by the clip's name."""
  found, write = {}, written.write

  def kept(out, clips, still, **more):
    found.update(clips)
    return write(out, clips, still, **more)

  monkeypatch.setattr(written, 'write', kept)
  return found


def edit(run, source, frames=5, **more):
  out = source.with_name('o.mp4')
  count = edited.animate(run[0], source, out, frames=frames, **more)
  return out, count


def saved(out):
  return codes.read(out.with_suffix('.codes.npz'), layers=2, w=6, size=SIZE)


def test_a_clip_of_units_begins_with_the_face_and_ends_edited(
  run, source, clips, capsys
):
  out, count = edit(run, source, aus='AU6=1,AU12=0.5')
  info = video.probe(out)
  assert count == info.frames == 5 and (info.width, info.height) == (256, 256)
  assert '5 frames: ' in capsys.readouterr().out
  sheet = np.asarray(Image.open(out.with_suffix('.png')))
  assert sheet.shape == (SIZE, 9 * (SIZE + 2) - 2, 3)
  code = saved(out).codes
  units = unit_file.read(run[0] / unit_file.NAME)
  goal = edits.edit(code, units, parse('AU6=1,AU12=0.5'))
  ends = run[1].render(None, None, np.concatenate([code, goal]))
  np.testing.assert_allclose(clips['aus'][[0, -1]] / 127.5 - 1, ends, atol=0.01)
  assert abs(ends[0] - ends[1]).max() > 0.1
  assert saved(out).names.tolist() == ['face.png']


def test_the_operator_is_the_runs_own_unless_given(run, source, clips):
  config = run[3]
  edit(run, source, aus='AU6=1')
  added = clips['aus'][-1]
  config.units.update(mode='set', hold=True)
  edit(run, source, aus='AU6=1')
  held = clips['aus'][-1]
  assert abs(added.astype(int) - held).max() > 3
  edit(run, source, aus='AU6=1', how=How(mode='add', hold=False))
  np.testing.assert_array_equal(clips['aus'][-1], added)


def test_there_and_back_smoothly(run, source, clips):
  made = {}
  for easing in edits.EASINGS:
    how = How(back=True, easing=easing)
    edit(run, source, 7, aus='AU6=1', how=how)
    made[easing] = x = clips['aus'].astype(int)
    np.testing.assert_array_equal(x[:3], x[:3:-1])
  even, slow = made.values()
  np.testing.assert_array_equal(slow[3], even[3])
  assert abs(slow[1] - slow[0]).sum() < abs(even[1] - even[0]).sum()


def test_all_expressions_without_the_units_that_have_no_boundary(
  run, source, clips, caplog
):
  out, _ = edit(run, source, expression='all')
  assert tuple(clips) == EMOTIONS
  assert out.with_name('o_fear.mp4').is_file() and not out.exists()
  sheet = np.asarray(Image.open(out.with_suffix('.png')))
  assert sheet.shape[0] == 6 * (SIZE + 2) - 2
  # Of its units sadness has no boundary at all: nothing moves.
  np.testing.assert_array_equal(clips['sadness'][0], clips['sadness'][-1])
  alone, _ = edit(run, source, expression='happiness')
  np.testing.assert_array_equal(clips['happiness'][0], clips['sadness'][0])
  assert alone.is_file()


def test_without_alignment_no_face_is_looked_for(
  run, source, clips, monkeypatch
):
  monkeypatch.setattr(faces, 'Landmarker', None)
  edit(run, source, aus='AU6=1', how=How(align=False))
  assert len(clips['aus']) == 5


def test_one_seed_one_clip(run, source):
  files = []
  for seed in (0, 0, 3):
    out, _ = edit(run, source, aus='AU6=1', seed=seed, how=How(start='random'))
    files.append((out.read_bytes(), saved(out).seed))
  assert files[0] == files[1] and files[2][1] == 3


WRONG = {
  'unit without boundary': ({'aus': 'AU26=1'}, 'no boundary of AU26'),
  'no unit': ({'aus': 'AU7=1'}, 'no unit AU7'),
  'no expression': ({'expression': 'joy'}, r'--expression=joy: there is anger'),
  'no such easing': (
    {'aus': 'AU6=1', 'how': How(easing='fast')},
    '--easing=fast: there is linear, smooth',
  ),
  'no such operator': (
    {'aus': 'AU6=1', 'how': How(mode='turn')},
    'turn.*add, set',
  ),
  'nowhere to start': (
    {'aus': 'AU6=1', 'how': How(start='here')},
    "start='here': choose one of",
  ),
}


@pytest.mark.parametrize(('words', 'told'), WRONG.values(), ids=WRONG)
def test_what_cannot_be(run, source, words, told):
  with pytest.raises(UserError, match=told):
    edit(run, source, **words)
  assert not source.with_name('o.mp4').exists()


def test_a_single_frame_is_no_change(run, source):
  with pytest.raises(UserError, match='--frames=1: a change takes at least 2'):
    edit(run, source, 1, aus='AU6=1')


def test_boundaries_of_another_generator(run, source, monkeypatch):
  other = tiny_edits.opened(value=2.0)
  monkeypatch.setattr(runs, 'open_generator', lambda workdir: other)
  with pytest.raises(UserError, match=r'units\.npz: .*another generator'):
    edit(run, source, aus='AU6=1')
  (run[0] / unit_file.NAME).unlink()
  with pytest.raises(UserError, match='no boundaries of action units yet'):
    edit(run, source, aus='AU6=1')


def test_runs_of_other_systems_have_no_units(run, source):
  system, config = run[1], run[3]
  system.TAKES, config.system = ('picture', 'label'), 'fevgan'
  with pytest.raises(
    UserError, match=r'a run of fevgan needs --expression.* no use for --aus'
  ):
    edit(run, source, aus='AU6=1')
  system.TAKES, config.system = ('codes',), 'au_transfer'
  with pytest.raises(
    UserError, match='needs --aus=AU6=1,AU12=1 or --expression=NAME'
  ):
    animate.animate(run[0], source, source, source.with_name('o.mp4'))


def test_flags_reach_it(run, source, clips):
  words = {'mode': 'set', 'hold': True, 'back': True, 'easing': 'smooth'}
  out = source.with_name('o.mp4')
  count = animate.edit(
    run[0], source, out, aus='AU12=1', frames=7, fps=10.0, **words
  )
  assert (count, video.probe(out).fps) == (7, 10)
  units = unit_file.read(run[0] / unit_file.NAME)
  goal = edits.edit(
    saved(out).codes, units, parse('AU12=1'), mode='set', hold=AUS
  )
  height = run[1].render(None, None, goal)[0]
  np.testing.assert_allclose(clips['aus'][3] / 127.5 - 1, height, atol=0.01)


@pytest.mark.parametrize('other', ['--expression=fear', '--spontaneous'])
def test_units_or_something_else(other, tmp_path):
  done = command(
    *('animate', f'--workdir={tmp_path}', '--source=f.jpg', '--out=o.mp4'),
    *('--aus=AU6=1', other),
  )
  assert done.returncode == 2
  assert 'aus' in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize('flag', ['--back', '--noalign', '--edit=set'])
def test_flags_of_edits_alone(flag):
  words = ('--workdir=r', '--source=f.png', '--out=o.mp4', flag)
  done = command('animate', *words, '--driving=d.mp4')
  assert done.returncode == 2
  told = f'edit codes: leave out {flag.partition("=")[0]}'
  assert told in done.stderr and len(done.stderr.splitlines()) == 1
