"""A portrait is cut as the faces were that a network has seen."""

import types

import ml_collections
import numpy as np
import pytest
from tiny_clips import landmarks

from facegen_jax.animation import portrait
from facegen_jax.core.errors import UserError
from facegen_jax.data import align
from facegen_jax.data.crops.kinds import KINDS

SIZE = 32


class Detector:
  """Finds what it is told to."""

  def __init__(self, *faces):
    self.faces = [types.SimpleNamespace(landmarks68=face) for face in faces]

  def detect(self, picture):
    return self.faces


def grey(side=100):
  return np.full((side, side, 3), 180, np.uint8)


def cut_out(kind, detector, picture=None):
  picture = grey() if picture is None else picture
  return portrait.cut_out(detector, picture, 'p.png', KINDS[kind], SIZE)


@pytest.mark.parametrize(
  ('name', 'crop', 'wanted'),
  [
    ('mug', 'black', 'black'),
    ('casme2', 'micro', 'micro'),
    ('oulu_casia', 'aligned', 'aligned'),
    # Of these no crop is asked: they are aligned when they are made.
    ('synth_face', 'black', 'aligned'),
    ('folder', 'black', 'aligned'),
  ],
)
def test_the_form_is_that_of_the_training_data(name, crop, wanted):
  data = ml_collections.ConfigDict({'name': name, 'crop': crop})
  assert portrait.trained_kind(data).name == wanted


def test_an_aligned_portrait_is_the_crop_of_its_landmarks():
  points = landmarks(100)
  picture = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
  found = cut_out('aligned', Detector(points), picture)
  crop = align.crop_from_landmarks(points, SIZE)
  np.testing.assert_allclose(found.crop.matrix, crop.matrix)
  np.testing.assert_array_equal(found.face, align.warp(picture, crop))
  assert found.mask is None


def test_a_black_portrait_has_no_background():
  found = cut_out('black', Detector(landmarks(100)))
  values = np.unique(found.face)
  assert values.tolist() == [0, 180]
  assert (found.face[0, 0] == 0).all() and (found.face[16, 16] == 180).all()
  # Larger in its crop than an aligned one.
  aligned = align.crop_from_landmarks(landmarks(100), SIZE)
  assert found.crop.scale == pytest.approx(1.15 * aligned.scale)


def test_black_is_not_put_back_into_the_portrait():
  """A generated face, black outside: the picture is as it was, or brighter."""
  picture = np.random.default_rng(1).integers(90, 120, (100, 100, 3), np.uint8)
  found = cut_out('black', Detector(landmarks(100)), picture)
  patch = np.where(found.face > 0, 255, 0).astype(np.uint8)
  frame = portrait.shown(found, 'paste')(patch)
  assert (frame >= picture).all()
  middle = align.unwarp_points(np.array([16.0, 16.0]), found.crop)
  x, y = middle.round().astype(int)
  assert (frame[y, x] > 240).all()
  np.testing.assert_array_equal(frame[0], picture[0])


def test_a_grey_crop_and_one_without_a_face():
  picture = np.zeros((100, 140, 3), np.uint8)
  picture[..., 0] = 200
  gray = cut_out('micro', Detector(landmarks(100)), picture)
  assert (gray.face == gray.face[..., :1]).all()
  whole = cut_out('whole', None, picture)
  assert whole.face.shape == (SIZE, SIZE, 3)
  assert (whole.face[..., 0] == 200).all()


def test_no_face_and_several():
  with pytest.raises(UserError, match=r'p\.png: no face found'):
    cut_out('aligned', Detector())
  first, second = landmarks(100), landmarks(50)
  found = cut_out('aligned', Detector(first, second))
  crop = align.crop_from_landmarks(first, SIZE)
  np.testing.assert_allclose(found.crop.matrix, crop.matrix)


def test_a_crop_is_shown_at_256_px_or_more():
  found = cut_out('aligned', Detector(landmarks(100)))
  assert portrait.shown(found, 'crop')(found.face).shape == (256, 256, 3)
  odd = portrait.cut_out(
    Detector(landmarks(100)), grey(), 'p.png', KINDS['aligned'], 96
  )
  assert portrait.shown(odd, 'crop')(odd.face).shape == (288, 288, 3)
  assert portrait.shown(odd, 'paste')(odd.face).shape == (100, 100, 3)
