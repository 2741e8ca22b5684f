"""The command, as a user types it."""

import json

from folders_of_clips import clip_of, film, noisy, write
import numpy as np
import pytest
from smoke import command

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures
from facegen_jax.protocols import footage, preference, side_by_side
from facegen_jax.studies import votes

VOTES = 'rater,item,choice,method_a,method_b\n' + '\n'.join(
  f'r{r},s{i}/x,{"ours" if (r + i) % 4 else "theirs"},ours,theirs'
  for r in range(5)
  for i in range(3)
)


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
  """Real clips and two methods: one as films, one noisy."""
  root = tmp_path_factory.mktemp('clips')
  clips = {f's{i}/x': clip_of(i, size=32) for i in range(3)}
  for name, clip in clips.items():
    film(root / 'real' / f'{name}.mp4', clip)
    film(root / 'ours' / f'{name}.mp4', clip)
  write(root / 'theirs', {k: noisy(c, most=40) for k, c in clips.items()})
  rows = ['file,emotion,subject']
  rows += [f's{i}/x.mp4,{e},s{i}' for i, e in enumerate(('fear', 'fear', ''))]
  (root / 'real/labels.csv').write_text('\n'.join(rows))
  (root / 'votes.csv').write_text(VOTES)
  return root


def _run(folders, protocol, out, *more):
  done = command(
    'compare',
    f'--protocol={protocol}',
    f'--truth={folders / "real"}',
    f'--generated=ours={folders / "ours"}',
    f'--generated=theirs={folders / "theirs"}',
    f'--out={out}',
    *more,
  )
  assert done.returncode == 0, done.stderr
  assert 'Warning' not in done.stderr
  return json.loads((out / 'results.json').read_text()), done


def _small_vgg(path, fc=5):
  """A VGG-16 of two channels for 32 x 32 pictures, with positive weights."""
  from facegen_jax.nn.vgg import NAMES

  rng, state, features = np.random.default_rng(0), {}, 3
  for name in NAMES:
    out = 2 ** min(int(name[0]), 4)
    state[f'conv{name}.weight'] = rng.uniform(size=(out, features, 3, 3)) / 9
    state[f'conv{name}.bias'] = np.zeros(out)
    features = out
  for i, out in enumerate((fc, fc, 3), 6):
    state[f'fc{i}.weight'] = rng.uniform(size=(out, features))
    state[f'fc{i}.bias'] = np.zeros(out)
    features = out
  # Colour itself would cancel in rows of norm 1.
  state['fc6.bias'][0] = -1000
  np.savez(path, **{k: np.float32(v) for k, v in state.items()})
  return path


def test_reconstruction(folders, tmp_path):
  vgg = f'--vggface={_small_vgg(tmp_path / "small.npz")}'
  found, done = _run(folders, 'reconstruction', tmp_path / 'out', vgg)
  assert 'VGG-16 fc7 of small.npz' in found['definitions']['extractor']
  assert found['methods']['ours']['acd'] == found['methods']['real']['acd'] > 0
  assert found['methods']['theirs']['acd_i'] > 0
  ours, theirs = (found['methods'][k] for k in ('ours', 'theirs'))
  assert ours['psnr'] == pytest.approx(100) and ours['identical'] == 18
  assert theirs['psnr'] < 35 and theirs['ssim'] < 0.95
  assert theirs['psnr_low'] < theirs['psnr'] < theirs['psnr_high']
  assert found['by_emotion']['fear']['ours']['clips'] == 2
  assert found['folders']['ours'] == str(folders / 'ours')
  assert 'over people' in found['definitions']['interval']
  lines = done.stdout.splitlines()
  assert 'PSNR dB' in lines[0] and lines[1].startswith('ours')
  assert '3/3 clips scored' in done.stderr
  sheet = pictures.read(tmp_path / 'out/sheet.png')
  assert sheet.shape == (9 * 34 - 2, 8 * 34 - 2, 3)


def test_spontaneity(folders, tmp_path):
  out = tmp_path / 'out'
  found, done = _run(folders, 'spontaneity', out, '--action_units=none')
  assert list(found['methods']) == ['real', 'ours', 'theirs']
  assert found['methods']['ours']['ssim_3'] == pytest.approx(1, abs=1e-6)
  assert found['methods']['theirs']['ssim_3'] < 1
  assert '3/3 clips of theirs scored' in done.stderr


def test_preference(folders, tmp_path):
  cast = f'--votes={folders / "votes.csv"}'
  found, done = _run(folders, 'preference', tmp_path / 'out', cast)
  row = found['comparisons']['ours against theirs']
  assert (row['raters'], row['items']) == (5, 3)
  chosen = [(r + i) % 4 > 0 for r in range(5) for i in range(3)]
  assert row['voting_rate'] == pytest.approx(np.mean(chosen))
  assert row['preference_rate'] == 1
  assert f'voting rate      {row["voting_rate"]:.3f}' in done.stdout


def test_mistakes_are_one_line(folders, tmp_path):
  given = {
    'protocol': 'reconstruction',
    'truth': folders / 'real',
    'generated': f'a={folders / "ours"}',
    'out': tmp_path / 'out',
  }
  wrong = [
    ({'truth': None}, '--truth is missing'),
    ({'generated': None}, '--generated is missing'),
    ({'generated': folders / 'ours'}, 'write NAME=FOLDER'),
    ({'generated': f'real={folders / "ours"}'}, 'real is taken'),
    ({'protocol': 'else'}, 'should be one of'),
    ({'out': folders / 'votes.csv'}, 'is a file'),
    ({'truth': tmp_path / 'none'}, 'no such folder'),
  ]
  for change, message in wrong:
    words = {k: v for k, v in (given | change).items() if v is not None}
    done = command('compare', *(f'--{k}={v}' for k, v in words.items()))
    assert done.returncode == 2, (change, done.stderr)
    assert message in done.stderr
    assert done.stderr.count('\n') == 1, done.stderr
  assert not (tmp_path / 'out').exists()


def test_help_is_light():
  done = command('compare', '--help')
  assert '--generated' in done.stdout + done.stderr
  code = 'import facegen_jax.compare, sys; print("jax" in sys.modules)'
  import subprocess
  import sys

  from smoke import ROOT

  done = subprocess.run(
    [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True
  )
  assert done.stdout.strip() == 'False', done.stderr


def test_votes_must_be_on_the_clips(folders, tmp_path):
  cast = votes.read(folders / 'votes.csv')
  made = {k: footage.listed(folders / k) for k in ('ours', 'theirs')}
  preference.check(cast, made)
  with pytest.raises(UserError, match='no folder of theirs'):
    preference.check(cast, {'ours': made['ours']})
  less = write(tmp_path, {'s0/x': clip_of()})
  made['ours'] = footage.listed(less)
  with pytest.raises(UserError, match=r'2 of 3 items voted on lack, first s1'):
    preference.check(cast, made)


def test_the_sheet_shows_times_and_leaves_damage_white(tmp_path):
  a = np.repeat(np.arange(0, 240, 10, np.uint8), 16 * 16 * 3)
  a = a.reshape(24, 16, 16, 3)
  write(tmp_path / 't', {'a': a})
  write(tmp_path / 'g', {'a__0': a[:1], 'a__1': a})
  listings = {k: footage.listed(tmp_path / k) for k in 'tg'}
  (tmp_path / 'g/a__0/frame_0000.png').write_bytes(b'')
  assert side_by_side.chosen(listings, 3) == ['a']
  sheet = side_by_side.side_by_side(listings, ['a'])
  assert sheet.shape == (34, 8 * 18 - 2, 3)
  levels = sheet[8, 8::18, 0].tolist()
  assert levels == [0, 30, 70, 100, 130, 160, 200, 230]
  assert (sheet[18:] == 255).all()
  assert side_by_side.side_by_side(listings, []) is None
