"""--spontaneous: futures by sample and seed, in parts, of any length."""

import pathlib

from found_faces import detected
import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from PIL import Image
import pytest

from facegen_jax import animate, runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data import faces, video

SIZE, PART = 32, 4


class System:
  """Each frame is as much brighter as the last was, and noise by number."""

  TAKES = ('constant', 'previous', 'current')

  def frozen(self):
    return {}

  def generate(self, nets, frozen, given, key):
    before, now, found = given['previous'], given['current'], []
    draw = jax.random.uniform(key, (8, 16))  # by future and frame
    for t in range(PART):
      own = draw[given['sample'], given['time'] + t][:, None, None, None]
      before, now = now, now + (now - before) + 0.02 * own
      found.append(now)
    return jnp.stack(found, 1)


@pytest.fixture
def opened(monkeypatch):
  """A run of that system, the shapes it was called with, a face detector."""
  config = ml_collections.ConfigDict(
    {
      'system': 'drawn',
      'data': {'name': 'synth_face', 'crop': 'whole', 'size': SIZE},
    }
  )
  state, calls = State(jnp.zeros((), jnp.int32), {}), []
  system, real = System(), runs.generator
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )

  def generator(*args):
    generate = real(*args)

    def counted(**given):
      calls.append(given)
      return generate(**given)

    return counted

  monkeypatch.setattr(runs, 'generator', generator)

  detected(monkeypatch)
  return config, calls


def still(path, level, side=120):
  Image.fromarray(np.full((side, side, 3), level, np.uint8)).save(path)
  return path


@pytest.fixture
def source(tmp_path):
  return still(tmp_path / 'face.png', 64)


def unfold(source, name='out.mp4', **more):
  out = source.with_name(name)
  count = animate.unfold(pathlib.Path('runs/a'), source, out, **more)
  return out, count


def levels(path):
  shown = np.stack(list(video.read(path))).astype(float)
  return shown.mean((1, 2, 3))


def test_parts_join_into_one_sequence(opened, source, capsys):
  out, count = unfold(source, frames=10)
  info = video.probe(out)
  assert (count, info.frames, info.fps, info.width) == (10, 10, 25, 256)
  assert [int(call['time']) for call in opened[1]] == [0, 4, 8]
  told = capsys.readouterr().out
  assert '10 frames: ' in told and 'out.png' in told
  # Speed is kept over the seams, or it would fall back to nothing.
  steps = np.diff(levels(out))
  assert (steps[1:] > steps[:-1] - 2).all() and steps[-1] > 8
  with Image.open(out.with_suffix('.png')) as sheet:
    assert sheet.size == (9 * (SIZE + 2) - 2, SIZE)


def test_a_second_frame_gives_speed(opened, source, tmp_path):
  second = still(tmp_path / 'next.png', 70)
  out, _ = unfold(source, second=second, frames=4)
  rest, _ = unfold(source, 'rest.mp4', frames=4)
  gain = levels(out) - levels(rest)
  np.testing.assert_allclose(gain, [12, 18, 24, 30], atol=3)


def test_futures_do_not_depend_on_those_beside_them(opened, source):
  five, _ = unfold(source, 'five.mp4', frames=6, samples=5, batch=2)
  names = sorted(p.name for p in source.parent.glob('five_*.mp4'))
  assert names == [f'five_{i}.mp4' for i in range(1, 6)]
  assert {call['current'].shape[0] for call in opened[1]} == {2}
  two, _ = unfold(source, 'two.mp4', frames=6, samples=2, batch=16)
  for i in (1, 2):
    a, b = (path.with_stem(f'{path.stem}_{i}') for path in (five, two))
    assert a.read_bytes() == b.read_bytes()
  futures = [levels(five.with_stem(f'five_{i}'))[-1] for i in range(1, 6)]
  assert len(set(futures)) == 5
  with Image.open(five.with_suffix('.png')) as sheet:
    assert sheet.size == (7 * (SIZE + 2) - 2, 5 * (SIZE + 2) - 2)


def test_a_seed_is_a_future(opened, source):
  a, b, c = (
    unfold(source, f'{i}.mp4', seed=seed)[0].read_bytes()
    for i, seed in enumerate((0, 0, 7))
  )
  assert a == b != c


def test_rate_and_paste(opened, source):
  out, _ = unfold(source, frames=3, fps=19, view='paste')
  info = video.probe(out)
  assert (info.fps, info.width, info.height) == (19, 120, 120)


def test_whole_pictures_need_no_detector(opened, source, monkeypatch):
  opened[0].data.name = 'mug'
  monkeypatch.setattr(faces, 'Landmarker', None)
  assert unfold(source, frames=2)[1] == 2


def test_what_cannot_go_on(opened, source, tmp_path):
  small = still(tmp_path / 'small.png', 70, side=100)
  with pytest.raises(UserError, match=r'small.png: 100x100 pixels.*120x120'):
    unfold(source, second=small)
  with pytest.raises(UserError, match='needs --spontaneous and has no use'):
    animate.express(pathlib.Path('runs/a'), source, 'fear', tmp_path / 'o.mp4')
