"""Every kind on a real clip with the real detector."""

import itertools

import numpy as np
import pytest

from facegen_jax.data import align, faces, video
from facegen_jax.data.crops import cut, gaps, kinds, statistics
from facegen_jax.data.crops.contact_sheet import contact_sheet

FRAMES = 8


@pytest.fixture(scope='module')
def clip(shared):
  """Pictures and what was found in them; one face is taken away."""
  data = shared / 'data'
  shots = video.read(data / 'faces' / 'liveportrait_d0.mp4')
  pictures = list(itertools.islice(shots, FRAMES))
  model = data / 'models' / 'face_landmarker.task'
  with faces.Landmarker(model) as landmarker:
    found = [faces.largest(landmarker.detect(picture)) for picture in pictures]
  assert None not in found
  marks = [face.landmarks68 for face in found]
  return pictures, [*marks[:3], None, *marks[4:]], marks[3]


def _wanted_eyes(kind, marks):
  """The middle between the eyes, as shares of the side."""
  if kind.place == 'eyes':
    return 0.5, align.EYE_HEIGHT
  if kind.place == 'box':
    # The facial prior's four points about the eyes: y = 63 to 73.
    return 0.5, 68 / 256
  return marks[0, 36:48].mean(axis=0) / 256  # the clip is 256 px already


@pytest.mark.parametrize('name', kinds.KINDS)
def test_a_face_is_in_its_place(clip, name):
  pictures, found, gone = clip
  marks, count = gaps.filled(found)
  assert count == 1
  assert np.abs(marks[3] - gone).max() < 3  # px of a 120 px face
  kind = kinds.kind(name)
  crop = cut.place(kind, marks[0], pictures[0].shape, kind.size)
  made = cut.cut(kind, crop, pictures, marks)
  assert len(made.pictures) == (kind.frames or FRAMES)
  assert all(p.shape == (kind.size,) * 2 + (3,) for p in made.pictures)
  eyes = made.landmarks[0, 36:48].mean(axis=0) / kind.size
  np.testing.assert_allclose(eyes, _wanted_eyes(kind, marks), atol=0.02)
  figures = statistics.clip_figures(found, crop)
  assert (figures.frames, figures.with_face) == (FRAMES, FRAMES - 1)
  assert figures.outside == 0 and 90 < figures.face_px < 150
  assert figures.jitter_px < 0.01 * kind.size
  rows = [(name, made.pictures[0], made.landmarks[0])]
  assert contact_sheet(rows).shape == (108, 96, 3)


def test_skin_stays_and_the_background_goes(clip):
  pictures, found, _ = clip
  marks, _ = gaps.filled(found)
  kind = kinds.kind('black')
  crop = cut.place(kind, marks[0], pictures[0].shape, kind.size)
  made = cut.cut(kind, crop, pictures, marks)
  nose = np.rint(made.landmarks[0, 30]).astype(int)
  shown = align.warp(pictures[0], crop)
  np.testing.assert_array_equal(
    made.pictures[0][nose[1], nose[0]], shown[nose[1], nose[0]]
  )
  red, green, _ = (made.pictures[0][..., i].astype(int) for i in range(3))
  # Before a green wall: none of it is left but at the very edge of the jaw.
  assert (green > red + 20).mean() < 0.01
  assert (shown[..., 1] > shown[..., 0].astype(int) + 20).mean() > 0.2
  assert 0.35 < made.pictures[0].any(axis=-1).mean() < 0.75
