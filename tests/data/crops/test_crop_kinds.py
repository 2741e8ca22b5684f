"""Kinds by name, and where each puts a clip's one crop."""

import numpy as np
import pytest
import tiny_clips

from facegen_jax.core.errors import UserError
from facegen_jax.data import align
from facegen_jax.data.crops import cut, kinds


def _face(width=80.0, height=100.0, at=(50.0, 40.0)):
  return tiny_clips.landmarks(1) * [width, height] + at


def test_papers_sizes_and_lengths():
  assert {k.name: (k.size, k.frames) for k in kinds.KINDS.values()} == {
    'aligned': (96, 0),
    'black': (64, 32),
    'micro': (256, 0),
    'ffhq': (1024, 0),
    'whole': (256, 0),
  }
  assert all(kinds.kind(name).name == name for name in kinds.KINDS)


def test_unknown_kind_names_the_choices():
  with pytest.raises(
    UserError, match=r'"square".*aligned, black, micro, ffhq, whole'
  ):
    kinds.kind('square')


def test_version_follows_both_parts(monkeypatch):
  before = kinds.version()
  monkeypatch.setattr(align, 'VERSION', align.VERSION + 1)
  moved = kinds.version()
  monkeypatch.setattr(kinds, 'VERSION', kinds.VERSION + 1)
  assert len({before, moved, kinds.version()}) == 3


@pytest.mark.parametrize(('width', 'height'), [(80, 100), (150, 60)])
@pytest.mark.parametrize('size', [64, 256])
def test_box_is_upright_and_holds_the_points_with_a_margin(width, height, size):
  face = _face(width, height)
  crop = align.box_from_landmarks(face, size)
  extent = np.ptp(face, axis=0).max()
  np.testing.assert_allclose(
    crop.matrix[:, :2], np.eye(2) * size / (1.3 * extent), rtol=1e-9
  )
  moved = align.warp_points(face, crop)
  middle = (moved.min(axis=0) + moved.max(axis=0)) / 2
  np.testing.assert_allclose(middle, (size - 1) / 2, atol=1e-4)
  assert np.ptp(moved, axis=0).max() == pytest.approx(size / 1.3, rel=1e-5)


def test_box_takes_the_median_of_several_frames():
  face = _face()
  frames = np.stack([face, face + 500, face])
  one, several = (align.box_from_landmarks(f, 64) for f in (face, frames))
  np.testing.assert_allclose(one.matrix, several.matrix)


@pytest.mark.parametrize(
  'points',
  [np.zeros((68, 2)), np.full((68, 2), np.nan), np.ones((5, 2))],
)
def test_box_of_no_face(points):
  with pytest.raises(ValueError, match='landmarks'):
    align.box_from_landmarks(points, 64)


def _turned(points, degrees):
  a = np.deg2rad(degrees)
  return points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])


@pytest.mark.parametrize('degrees', [0, 25, -70])
@pytest.mark.parametrize('tall', [0.4, 1.6])
def test_ffhq_square_by_its_published_corners(degrees, tall):
  """c - x - y and so on, pixel centres at integers, as its cutting names."""
  face = _turned(_face(80, 100 * tall), degrees) + 300
  left, right = face[36:42].mean(0), face[42:48].mean(0)
  eyes, mouth = (left + right) / 2, (face[48] + face[54]) / 2
  x = (right - left) - np.flipud(mouth - eyes) * [-1, 1]
  x /= np.hypot(*x)
  x *= max(np.hypot(*(right - left)) * 2.0, np.hypot(*(mouth - eyes)) * 1.8)
  y, c = np.flipud(x) * [-1, 1], eyes + (mouth - eyes) * 0.1
  corners = np.stack([c - x - y, c - x + y, c + x + y, c + x - y])
  crop = align.ffhq_quad(face, 128)
  edge = [[-0.5, -0.5], [-0.5, 127.5], [127.5, 127.5], [127.5, -0.5]]
  np.testing.assert_allclose(align.warp_points(corners, crop), edge, atol=1e-3)


def test_ffhq_square_takes_the_median_and_refuses_no_face():
  face = _face()
  frames = np.stack([face, face + 500, face])
  one, several = (align.ffhq_quad(f, 64) for f in (face, frames))
  np.testing.assert_allclose(one.matrix, several.matrix)
  for points in (np.zeros((68, 2)), np.full((68, 2), np.nan), np.ones((5, 2))):
    with pytest.raises(ValueError, match='landmarks'):
      align.ffhq_quad(points, 64)


@pytest.mark.parametrize(
  ('height', 'width', 'low', 'high'),
  [
    (40, 40, (0, 0), (39, 39)),
    (40, 60, (10, 0), (49, 39)),
    (61, 40, (0, 10), (39, 49)),  # of two middles the upper one
  ],
)
@pytest.mark.parametrize('size', [20, 40, 100])
def test_centre_square_takes_whole_pixels(height, width, low, high, size):
  crop = align.centre_square(height, width, size)
  corners = np.add([low, high], [[-0.5], [0.5]])  # outer edges
  np.testing.assert_allclose(
    align.warp_points(corners, crop), [[-0.5] * 2, [size - 0.5] * 2], atol=1e-4
  )


def test_centre_square_of_its_own_size_keeps_every_pixel():
  picture = np.random.default_rng(0).integers(0, 256, (31, 50, 3), np.uint8)
  crop = align.centre_square(31, 50, 31)
  np.testing.assert_array_equal(align.warp(picture, crop), picture[:, 9:40])
  with pytest.raises(ValueError, match='0x5'):
    align.centre_square(5, 0, 31)


@pytest.mark.parametrize('name', kinds.KINDS)
def test_place_round_trips(name):
  kind, face = kinds.kind(name), _face()
  crop = cut.place(kind, face, (200, 300, 3), kind.size)
  back = align.unwarp_points(align.warp_points(face, crop), crop)
  np.testing.assert_allclose(back, face, atol=1e-3)
  assert crop.size == kind.size


@pytest.mark.parametrize('name', ['aligned', 'black', 'micro', 'ffhq'])
@pytest.mark.parametrize('points', [None, np.ones((3, 68, 2))])
def test_a_face_is_placed_by_one_frame_alone(name, points):
  with pytest.raises(ValueError, match=f'the {name} crop wants'):
    cut.place(kinds.kind(name), points, (200, 300, 3), 64)


def test_whole_frames_need_no_face():
  crop = cut.place(kinds.kind('whole'), None, (200, 300, 3), 256)
  np.testing.assert_allclose(crop.matrix, align.centre_square(200, 300, 256)[0])
