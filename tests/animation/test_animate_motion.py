"""--driving for a system that moves a picture as a driver moves."""

from fractions import Fraction
import pathlib
import re

import av
import jax.numpy as jnp
import ml_collections
import numpy as np
from PIL import Image
import pytest
from tiny_clips import landmarks

from facegen_jax import animate, runs
from facegen_jax.animation import tracked
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data import align, driving, encode, faces, video

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


def clip(path, frames=range(FRAMES), width=SIDE, height=SIDE, ticks=None):
  """A clip of these frames, at these hundredths of a second."""
  clock = Fraction(1, 100) if ticks else None
  with encode.Writer(
    path, rate=25, width=width, height=height, time_base=clock
  ) as writer:
    for i, frame in enumerate(frames):
      shot = np.full((height, width, 3), 50 + 10 * frame, np.uint8)
      writer.write(shot, ticks[i] if ticks else None, clock)
  return path


@pytest.fixture
def driver(tmp_path):
  return clip(tmp_path / 'driver.mp4')


def moved(source, driver, count=FRAMES, **more):
  out = source.with_name('out.mp4')
  written = animate.animate(
    pathlib.Path('runs/a'), source, driver, out, batch=3, **more
  )
  shown = np.stack(list(video.read(out))).astype(float)
  assert len(shown) == written == count
  return shown.mean((1, 2, 3)) / 255


def wanted(start):
  """The mouth's way since `start` in shares of the crop, a frame each."""
  crop = align.crop_from_landmarks(points(0), SIZE)
  held = [3 if i == LOST else i for i in range(FRAMES)]
  way = np.array([i - start for i in held]) * SHIFT * SIDE
  return np.clip(way * crop.scale / SIZE, 0, 1)


def test_movement_is_counted_from_the_first_frame(
  opened, source, driver, caplog
):
  system, _ = opened
  shown = moved(source, driver)
  np.testing.assert_allclose(shown, wanted(0), atol=0.02)
  assert 'driver.mp4: no face in 1 of 7 frames: they keep' in caplog.text
  assert '--best_start' not in caplog.text
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


def test_best_start_is_the_frame_like_the_portrait(
  opened, source, driver, caplog
):
  like_2 = Image.fromarray(np.full((SIDE, SIDE, 3), 70, np.uint8))
  like_2.save(source)
  moved(source, driver)
  told = r'at the start differs from the portrait by 0\.\d\d of its size, '
  told += r'in frame 3 by 0\.00: .* with --best_start from that frame'
  assert re.search(told, caplog.text)
  caplog.clear()
  shown = moved(source, driver, best_start=True)
  np.testing.assert_allclose(shown, wanted(2), atol=0.02)
  assert '--best_start' not in caplog.text
  moved(source, driver, motion='absolute')
  assert '--best_start' not in caplog.text


def test_a_head_that_leans_is_no_other_face():
  """Portraits are turned upright, and drivers by their first frame."""
  turn = np.array([[0.96, -0.28], [0.28, 0.96]])
  marks = []
  for shape in (points(0), points(0) @ turn.T):
    crop = align.crop_from_landmarks(shape, SIZE)
    marks.append(align.warp_points(shape, crop))
  likeness = tracked.Likeness(marks[0])
  assert likeness.add(1, marks[1])
  assert likeness.least < 1e-3
  assert not likeness.add(2, align.warp_points(points(1), crop))
  assert (likeness.nearest, likeness.first) == (1, likeness.least)


def test_best_start_is_no_frame_without_the_face(tmp_path):
  path = clip(tmp_path / 'driver.mp4', (LOST, LOST, 5, LOST, 6))
  found = driving.Driving(path)
  _, face = found.first_face(Detector(None))
  tracker = tracked.Tracker(Detector(None), face)
  crop = align.crop_from_landmarks(face.landmarks68, SIZE)
  wanted = align.warp_points(points(LOST), crop)
  picture, _ = tracked.nearest(found, tracker, crop, wanted)
  assert grey_of(picture) == 5 + 5
  assert (tracker.lost, tracker.count) == (3, 5)


@pytest.mark.parametrize('size', [(200, 122), (122, 200)])
def test_drivers_of_another_shape(opened, source, tmp_path, size):
  wide = clip(tmp_path / 'wide.mp4', width=size[0], height=size[1])
  np.testing.assert_allclose(moved(source, wide), wanted(0), atol=0.02)


def test_times_are_the_drivers(opened, source, tmp_path):
  ticks = [0, 3, 4, 20, 21, 50, 51]
  uneven = clip(tmp_path / 'uneven.mp4', ticks=ticks)
  np.testing.assert_allclose(moved(source, uneven), wanted(0), atol=0.02)
  frames = video.frames(tmp_path / 'out.mp4')
  times = [frame.pts * frame.time_base for frame in frames]
  assert times == [Fraction(tick, 100) for tick in ticks]


def test_a_driver_of_one_frame(opened, source, tmp_path, caplog):
  one = clip(tmp_path / 'one.mp4', [3])
  assert moved(source, one, 1) == pytest.approx([0.0], abs=0.02)
  assert 'with --motion=absolute' in caplog.text
  caplog.clear()
  assert moved(source, one, 1, motion='absolute')[0] > 0.4
  assert '--motion' not in caplog.text


def test_a_driver_without_a_face(opened, source, tmp_path):
  empty = clip(tmp_path / 'empty.mp4', [LOST] * 5)
  with pytest.raises(UserError, match=r'empty\.mp4: no face in its first 5'):
    moved(source, empty)
  assert not (tmp_path / 'out.mp4').exists()


def _packets(path):
  with av.open(str(path)) as file:
    return [bytes(p) for p in file.demux(audio=0) if p.dts is not None]


def _with_sound(path, seconds):
  """The driver's frames with a sound that does not end with them."""
  with av.open(str(path), 'w') as out:
    shots = out.add_stream('libx264', rate=25)
    shots.width, shots.height, shots.pix_fmt = SIDE, SIDE, 'yuv420p'
    sound = out.add_stream('aac', rate=16000)
    sound.layout = 'mono'
    for i in range(FRAMES):
      shot = np.full((SIDE, SIDE, 3), 50 + 10 * i, np.uint8)
      out.mux(shots.encode(av.VideoFrame.from_ndarray(shot, format='rgb24')))
    out.mux(shots.encode())
    tone = np.sin(np.arange(int(seconds * 16000)) / 6).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(tone[None], 'fltp', 'mono')
    frame.sample_rate, frame.pts = 16000, 0
    out.mux(sound.encode(frame))
    out.mux(sound.encode())
  return path


@pytest.mark.parametrize('seconds', [0.1, 1.5])  # of 0.28
def test_sound_stays_as_long_as_it_is(opened, source, tmp_path, seconds):
  loud = _with_sound(tmp_path / 'loud.mp4', seconds)
  moved(source, loud)
  out = tmp_path / 'out.mp4'
  assert _packets(out) == _packets(loud)
  assert video.probe(out).frames == video.probe(loud).frames


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
  with pytest.raises(UserError, match='leave out --noadapt_scale'):
    moved(source, driver, adapt_scale=False)


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
