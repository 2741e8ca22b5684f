"""--expression: clips of the right face, label, seed, length and rate."""

import pathlib

from found_faces import detected
import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from PIL import Image
import pytest
from smoke import command

from facegen_jax import animate, runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data import video
from facegen_jax.data.vocabulary import EMOTIONS
from facegen_jax.systems import load

SIZE, FRAMES = 32, 6


class System:
  """Draws the portrait, brighter by label and time, with noise of its key."""

  TAKES = ('picture', 'label')

  def frozen(self):
    return {}

  def generate(self, nets, frozen, given, key):
    label = given['label'].astype(jnp.float32)[:, None, None, None, None]
    time = jnp.linspace(0, 1, FRAMES)[:, None, None, None]
    noise = jax.random.uniform(key, (len(label), 1, 1, 1, 1), maxval=0.3)
    return given['picture'][:, None] * 0.2 + time * label / 8 + noise


@pytest.fixture
def opened(monkeypatch):
  """A run of that system, and a detector that finds one face."""
  config = ml_collections.ConfigDict(
    {
      'system': 'drawn',
      'data': {'name': 'synth_face', 'crop': 'black', 'size': SIZE},
    }
  )
  system = System()
  state = State(jnp.zeros((), jnp.int32), {})
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )

  detected(monkeypatch)
  return system, config


@pytest.fixture
def source(tmp_path):
  path = tmp_path / 'face.png'
  Image.fromarray(np.full((120, 120, 3), 128, np.uint8)).save(path)
  return path


def frames(path):
  return np.stack(list(video.read(path)))


def express(source, expression, name, **more):
  out = source.with_name(name)
  return out, animate.express(
    pathlib.Path('runs/a'), source, expression, out, **more
  )


def test_a_clip_of_one_expression(opened, source, capsys):
  out, count = express(source, 'happiness', 'out.mp4')
  info = video.probe(out)
  assert (count, info.frames, info.fps) == (FRAMES, FRAMES, 25)
  assert (info.width, info.height) == (256, 256)
  told = capsys.readouterr().out
  assert str(out) in told and 'out.png' in told
  # 3 / 8 of half the range brighter at the end than at the beginning.
  shown = frames(out).astype(float).mean((1, 2, 3))
  assert shown[-1] - shown[0] == pytest.approx(3 / 8 * 127.5, abs=3)
  sheet = np.asarray(Image.open(out.with_suffix('.png')))
  assert sheet.shape == (SIZE, 9 * (SIZE + 2) - 2, 3)
  assert abs(int(sheet[SIZE // 2, SIZE // 2, 0]) - 128) <= 1  # the portrait


def test_all_are_six_clips_and_one_sheet(opened, source):
  out, count = express(source, 'all', 'out.mp4')
  assert count == FRAMES
  assert not out.exists()
  gains = []
  for name in EMOTIONS:
    shown = frames(out.with_name(f'out_{name}.mp4')).astype(float)
    gains.append(shown[-1].mean() - shown[0].mean())
  np.testing.assert_allclose(gains, np.arange(6) / 8 * 127.5, atol=3)
  sheet = np.asarray(Image.open(out.with_suffix('.png')))
  assert sheet.shape == (6 * (SIZE + 2) - 2, 9 * (SIZE + 2) - 2, 3)
  first, last = sheet[SIZE // 2 :: SIZE + 2, SIZE + 2 + 4], sheet[:, -4]
  assert np.ptp(first[:6, 0].astype(int)) <= 1  # each begins alike
  assert (np.diff(last[SIZE // 2 :: SIZE + 2, 0].astype(int)) > 10).all()


def test_one_expression_is_the_same_clip_beside_others(opened, source):
  one, _ = express(source, 'fear', 'one.mp4')
  express(source, 'all', 'all.mp4')
  assert one.read_bytes() == one.with_name('all_fear.mp4').read_bytes()


def test_a_seed_is_a_clip(opened, source):
  paths = [
    express(source, 'anger', f'{i}.mp4', seed=seed)[0]
    for i, seed in enumerate((0, 0, 7))
  ]
  a, b, c = (path.read_bytes() for path in paths)
  assert a == b != c


def test_rate_and_paste(opened, source):
  out, _ = express(source, 'anger', 'o.mp4', fps=12.5, view='paste')
  info = video.probe(out)
  assert (info.fps, info.width, info.height) == (12.5, 120, 120)


def test_a_run_on_licensed_faces_sees_black_around_the_face(
  opened, source, monkeypatch
):
  _, config = opened
  config.data.name, seen = 'mug', []

  def generator(system, state, seed):
    return lambda **given: (
      seen.append(given['picture']) or np.zeros((1, FRAMES, SIZE, SIZE, 3))
    )

  monkeypatch.setattr(runs, 'generator', generator)
  express(source, 'anger', 'o.mp4')
  (picture,) = seen
  assert picture.shape == (1, SIZE, SIZE, 3)
  assert (picture[0, 0] == -1).all()
  assert abs(picture[0, SIZE // 2, SIZE // 2]).max() < 0.01


def test_unknown_expression(opened, source):
  with pytest.raises(UserError, match=r'--expression=joy: there is anger.*all'):
    express(source, 'joy', 'o.mp4')


def driven(source):
  return animate.animate(
    pathlib.Path('runs/a'), source, source, source.with_name('o.mp4')
  )


def test_a_run_is_given_what_it_takes(opened, source):
  system, config = opened
  with pytest.raises(
    UserError, match=r'runs/a: a run of drawn needs --expression.*--driving'
  ):
    driven(source)
  system.TAKES, config.system = ('source', 'target'), 'moved'
  with pytest.raises(
    UserError, match=r'runs/a: a run of moved needs --driving.*--expression'
  ):
    express(source, 'anger', 'o.mp4')
  system.TAKES, config.system = ('clip',), 'reader'
  for call in (
    lambda: driven(source),
    lambda: express(source, 'fear', 'o.mp4'),
  ):
    with pytest.raises(UserError, match='a run of reader draws no faces'):
      call()
  assert not source.with_name('o.mp4').exists()


@pytest.mark.parametrize('words', [(), ('--driving=d.mp4', '--expression=all')])
def test_exactly_one_of_the_two(words, tmp_path):
  done = command(
    'animate', f'--workdir={tmp_path}', '--source=f.jpg', '--out=o.mp4', *words
  )
  assert done.returncode == 2
  assert 'driving' in done.stderr and 'expression' in done.stderr
  assert len(done.stderr.splitlines()) == 1


def test_every_system_says_what_it_takes():
  here = pathlib.Path(load.__file__).parent
  import importlib

  taken = {
    path.parent.name: importlib.import_module(
      f'facegen_jax.systems.{path.parent.name}.system'
    ).System.TAKES
    for path in here.glob('*/system.py')
  }
  assert taken['aipgan'] == ('source', 'target')
  assert taken['mocogan'] == ('picture', 'label')
  assert taken['recognition'] == ('clip',)
  assert all(isinstance(names, tuple) for names in taken.values())
