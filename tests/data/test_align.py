"""Crops put eyes in their places, pixels where the points say, and back."""

import cv2
import numpy as np
import pytest

from facegen_jax.data import align


def _face(centre=(200.0, 150.0), apart=60.0, degrees=0.0, turned=1.0):
  """68 points of a plain front-on face."""
  points = np.zeros((68, 2))
  angle = np.linspace(0, np.pi, 17)
  points[:17] = np.stack([-1.1 * np.cos(angle), 1.7 * np.sin(angle)], -1)
  points[17:27] = np.stack([np.linspace(-0.9, 0.9, 10), [-0.4] * 10], -1)
  points[27:36] = np.stack([np.zeros(9), np.linspace(0, 0.7, 9)], -1)
  ring = np.arange(6) * np.pi / 3
  eye = 0.18 * np.stack([-np.cos(ring), -np.sin(ring)], -1)
  points[36:42], points[42:48] = eye, eye
  points[36:42, 0] -= 0.5
  points[42:48, 0] += 0.5
  ring = np.arange(20) * np.pi / 10
  points[48:] = 0.4 * np.stack([-np.cos(ring), np.sin(ring)], -1) + [0, 1.1]
  points[54] = [0.4, 1.1]
  points[48] = [-0.4, 1.1]
  points *= [turned * apart, apart]
  radians = np.deg2rad(degrees)
  turn = np.array(
    [[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]]
  )
  return points @ turn.T + centre


def _eyes(points):
  return points[36:42].mean(axis=0), points[42:48].mean(axis=0)


@pytest.mark.parametrize('size', [64, 128])
@pytest.mark.parametrize('degrees', [0, 25, -100])
@pytest.mark.parametrize('apart', [9.0, 60.0, 300.0])
def test_eyes_lie_in_their_places(size, degrees, apart):
  face = _face(apart=apart, degrees=degrees)
  crop = align.crop_from_landmarks(face, size)
  left, right = _eyes(align.warp_points(face, crop))
  height = align.EYE_HEIGHT * size - 0.5
  np.testing.assert_allclose(
    left, [align.EYE_LEFT * size - 0.5, height], atol=1e-3
  )
  np.testing.assert_allclose(
    right, [align.EYE_RIGHT * size - 0.5, height], atol=1e-3
  )
  linear = crop.matrix[:, :2] / crop.scale
  np.testing.assert_allclose(linear @ linear.T, np.eye(2), atol=1e-9)
  assert np.linalg.det(linear) == pytest.approx(1)  # never mirrored


def test_the_whole_face_fits():
  crop = align.crop_from_landmarks(_face(), 128)
  points = align.warp_points(_face(), crop)
  assert points.min() > 8 and points.max() < 120


def test_zoom_enlarges():
  wide = align.crop_from_landmarks(_face(), 128)
  near = align.crop_from_landmarks(_face(), 128, zoom=1.5)
  assert near.scale == pytest.approx(1.5 * wide.scale)


def test_a_turned_head_is_not_blown_up():
  front = align.crop_from_landmarks(_face(), 128)
  side = align.crop_from_landmarks(_face(turned=0.4), 128)
  assert front.scale <= side.scale < 1.2 * front.scale


def test_the_median_of_a_clip_forgets_an_outlier():
  clip = np.stack([_face()] * 5)
  clip[2] += 40
  one, many = (align.crop_from_landmarks(p, 64) for p in (_face(), clip))
  np.testing.assert_allclose(one.matrix, many.matrix)


@pytest.mark.parametrize(
  'bad', [np.zeros((67, 2)), np.zeros((0, 68, 2)), np.full((68, 2), np.nan)]
)
def test_bad_landmarks_are_refused(bad):
  with pytest.raises(ValueError, match=r'landmarks|eyes'):
    align.crop_from_landmarks(bad, 64)


def test_points_go_there_and_back():
  crop = align.crop_from_landmarks(_face(degrees=13), 64)
  points = np.random.default_rng(0).uniform(0, 300, (5, 7, 2))
  back = align.unwarp_points(align.warp_points(points, crop), crop)
  np.testing.assert_allclose(back, points, atol=1e-3)


def _scene(height=300, width=400):
  """A smooth picture with detail enough to see a shift of half a pixel."""
  y, x = np.mgrid[:height, :width]
  waves = [np.sin(x / 9 + k) * np.cos(y / (7 + k)) for k in range(3)]
  return np.rint(127 + 100 * np.stack(waves, -1)).astype(np.uint8)


@pytest.mark.parametrize(('apart', 'size'), [(60, 128), (120, 64), (20, 128)])
def test_pixels_move_with_their_points(apart, size):
  # A blob's centre of mass must land where warp_points says.
  centre = np.array([203.0, 151.0])
  picture = np.zeros((300, 400, 3), np.uint8)
  cv2.circle(picture, (203, 151), apart // 4, (255, 255, 255), -1)
  face = _face(centre=(200, 130), apart=apart, degrees=10)
  crop = align.crop_from_landmarks(face, size)
  weight = align.warp(picture, crop)[..., 0].astype(float)
  y, x = np.mgrid[:size, :size]
  found = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
  np.testing.assert_allclose(found, align.warp_points(centre, crop), atol=0.06)


def test_shrinking_averages():
  # Every other row white: a crop of half the scale or less must be gray.
  picture = np.zeros((600, 600, 3), np.uint8)
  picture[::2] = 255
  face = _face(centre=(300, 270), apart=150)
  crop = align.crop_from_landmarks(face, 64)
  assert crop.scale < 0.2
  inner = align.warp(picture, crop)[8:-8, 8:-8].astype(int)
  assert np.abs(inner - 127).max() < 30


def test_beyond_the_edge_the_last_pixel_goes_on():
  picture = np.full((300, 400, 3), 9, np.uint8)
  picture[:, :5] = 200
  crop = align.crop_from_landmarks(_face(centre=(0, 150)), 64)
  assert (align.warp(picture, crop)[:, :10] == 200).all()


@pytest.mark.parametrize('apart', [20, 60, 90])
@pytest.mark.parametrize('degrees', [0, 17])
def test_an_unchanged_crop_pastes_back(apart, degrees):
  picture = _scene()
  crop = align.crop_from_landmarks(_face(apart=apart, degrees=degrees), 128)
  back = align.paste(picture, crop, align.warp(picture, crop))
  error = np.mean((back.astype(float) - picture) ** 2)
  assert 10 * np.log10(255**2 / max(error, 1e-9)) > 36


def test_paste_changes_nothing_outside_its_mask():
  picture = _scene()
  crop = align.crop_from_landmarks(_face(degrees=8), 64)
  before = picture.copy()
  pasted = align.paste(picture, crop, np.zeros((64, 64, 3), np.uint8))
  np.testing.assert_array_equal(picture, before)
  y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
  inside = align.warp_points(np.stack([x, y], -1), crop)
  outside = ((inside < -0.5) | (inside > 63.5)).any(axis=-1)
  np.testing.assert_array_equal(pasted[outside], picture[outside])
  middle = ((inside > 10) & (inside < 53)).all(axis=-1)
  assert middle.sum() > 1000 and (pasted[middle] == 0).all()


def test_paste_has_no_seam():
  picture = np.full((300, 400, 3), 200, np.uint8)
  crop = align.crop_from_landmarks(_face(), 64)
  pasted = align.paste(picture, crop, np.full((64, 64, 3), 100, np.uint8))
  steps = np.abs(np.diff(pasted.astype(int), axis=1)).max()
  assert pasted.min() == 100 and steps < 15


def test_paste_takes_a_mask_of_its_own():
  picture = _scene()
  crop = align.crop_from_landmarks(_face(), 64)
  nothing = np.zeros((64, 64), np.float32)
  patch = np.zeros((64, 64, 3), np.uint8)
  np.testing.assert_array_equal(
    align.paste(picture, crop, patch, mask=nothing), picture
  )


def test_paste_at_the_edge_and_beyond():
  picture = _scene()
  patch = np.zeros((64, 64, 3), np.uint8)
  for centre in [(0, 0), (399, 299), (5000, 5000)]:
    crop = align.crop_from_landmarks(_face(centre=centre), 64)
    assert align.paste(picture, crop, patch).shape == picture.shape
  np.testing.assert_array_equal(align.paste(picture, crop, patch), picture)


def test_a_wrong_patch_is_refused():
  crop = align.crop_from_landmarks(_face(), 64)
  with pytest.raises(ValueError, match='64 px patch'):
    align.paste(_scene(), crop, np.zeros((32, 32, 3), np.uint8))
