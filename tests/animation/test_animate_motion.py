"""--driving for a system that moves a picture as a driver moves."""

import pathlib

import jax.numpy as jnp
import ml_collections
import numpy as np
from PIL import Image
import pytest
from tiny_clips import landmarks

from facegen_jax import animate, runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data import align, encode, faces, video

SIZE, SIDE, FRAMES = 32, 120, 7
SHIFT = 0.05  # how far the mouth opens a frame, of the side
LOST = 4  # the frame in which no face is found


class System:
  """Draws how far the driver's mouth has opened since the first frame."""

  TAKES = ('source', 'driving', 'first')
  landmarked, modes = True, ('relative', 'absolute')

  def __init__(self):
    self.shapes = []

  def frozen(self):
    return {}

  def generate(self, nets, frozen, given, key):
    self.shapes.append({k: jnp.shape(v) for k, v in given.items()})
    picture = given['source'] + 0 * given['driving']
    if not self.landmarked:
      return picture
    mouth, start = (
      given[f'{name}_landmarks'][:, 57, 1] for name in ('driving', 'first')
    )
    start = jnp.where(given['mode'] == 0, start, 0.0)
    moved = (mouth - start) / SIZE
    return 0 * picture - 1 + 2 * moved[:, None, None, None]


def grey_of(picture):
  """The value that a frame of the driver is filled with."""
  return round(float(picture.mean()) / 10)


def points(frame):
  found = landmarks(SIDE)
  found[48:, 1] += SHIFT * SIDE * frame
  return found


class Detector:
  """Finds the mouth where the grey of a frame says that it is."""

  def __init__(self, model):
    self.asked = 0

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass

  def detect(self, picture):
    frame = grey_of(picture) - 5
    if frame == LOST:
      return []
    box = (10.0, 10.0, 110.0, 110.0)
    return [faces.Face(None, points(frame), {}, box, 1e4)]


@pytest.fixture
def opened(monkeypatch):
  config = ml_collections.ConfigDict(
    {
      'system': 'moved',
      'data': {'name': 'synth_face', 'crop': 'micro', 'size': SIZE},
    }
  )
  system = System()
  state = State(jnp.zeros((), jnp.int32), {})
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )
  monkeypatch.setattr(faces, 'Landmarker', Detector)
  return system, config


@pytest.fixture
def source(tmp_path):
  path = tmp_path / 'face.png'
  Image.fromarray(np.full((SIDE, SIDE, 3), 50, np.uint8)).save(path)
  return path


@pytest.fixture
def driver(tmp_path):
  path = tmp_path / 'driver.mp4'
  with encode.Writer(path, rate=25, width=SIDE, height=SIDE) as writer:
    for i in range(FRAMES):
      writer.write(np.full((SIDE, SIDE, 3), 50 + 10 * i, np.uint8))
  return path


def moved(source, driver, **more):
  out = source.with_name('out.mp4')
  count = animate.animate(
    pathlib.Path('runs/a'), source, driver, out, batch=3, **more
  )
  shown = np.stack(list(video.read(out))).astype(float)
  assert len(shown) == count == FRAMES
  return shown.mean((1, 2, 3)) / 255


def wanted(start):
  """The mouth's way since `start` in shares of the crop, a frame each."""
  crop = align.crop_from_landmarks(points(0), SIZE)
  held = [3 if i == LOST else i for i in range(FRAMES)]
  way = np.array([i - start for i in held]) * SHIFT * SIDE
  return np.clip(way * crop.scale / SIZE, 0, 1)


def test_movement_is_counted_from_the_first_frame(opened, source, driver):
  system, _ = opened
  shown = moved(source, driver)
  np.testing.assert_allclose(shown, wanted(0), atol=0.02)
  first = system.shapes[0]
  assert first['driving'] == (3, SIZE, SIZE, 3)
  assert first['source'] == first['first'] == (1, SIZE, SIZE, 3)
  assert first['driving_landmarks'] == (3, 68, 2)
  assert first['source_landmarks'] == first['first_landmarks'] == (1, 68, 2)
  assert len(system.shapes) == 1  # one compile, whatever the last batch


def test_motion_chooses_the_mode(opened, source, driver):
  shown = moved(source, driver, motion='absolute')
  assert shown[0] > 0.4
  with pytest.raises(UserError, match=r'--motion=avd: this run has abs.*rel'):
    moved(source, driver, motion='avd')


def test_best_start_is_the_frame_like_the_portrait(opened, source, driver):
  like_2 = Image.fromarray(np.full((SIDE, SIDE, 3), 70, np.uint8))
  like_2.save(source)
  shown = moved(source, driver, best_start=True)
  np.testing.assert_allclose(shown, wanted(2), atol=0.02)


def test_without_a_prior_no_landmarks_are_looked_for(
  opened, source, driver, monkeypatch
):
  system, _ = opened
  asked, detect = [], Detector.detect

  def counted(self, picture):
    asked.append(grey_of(picture))
    return detect(self, picture)

  monkeypatch.setattr(Detector, 'detect', counted)
  system.landmarked = False
  moved(source, driver)
  assert asked == [5, 5]  # the portrait's, and the driver's first
  assert 'driving_landmarks' not in system.shapes[0]


def test_other_systems_move_in_one_way(opened, source, driver):
  system, _ = opened
  system.TAKES = ('source', 'target')
  with pytest.raises(UserError, match='a run of moved moves in one way'):
    moved(source, driver, motion='relative')
  with pytest.raises(UserError, match='leave out --best_start'):
    moved(source, driver, best_start=True)


def test_crops_are_as_the_run_was_trained(opened, source, driver, monkeypatch):
  """A licensed dataset's kind of crop: here the detector's box, in gray."""
  _, config = opened
  config.data.name = 'casme2'
  seen = []
  monkeypatch.setattr(
    runs,
    'generator',
    lambda *_: lambda **given: seen.append(given) or given['driving'],
  )
  red = np.zeros((SIDE, SIDE, 3), np.uint8)
  red[..., 0] = 150
  Image.fromarray(red).save(source)
  moved(source, driver)
  face = seen[0]['source'][0]
  assert (face == face[..., :1]).all()
  box = align.box_from_landmarks(points(0), SIZE)
  np.testing.assert_allclose(
    seen[0]['source_landmarks'][0],
    align.warp_points(points(0), box),
    atol=1e-3,
  )
