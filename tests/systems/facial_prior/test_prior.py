"""The facial prior's key points."""

import numpy as np
import pytest

from facegen_jax.systems.facial_prior.prior import (
  FALLBACK,
  fallback,
  key_points,
  normalised,
  of_faces,
  where_found,
)


def _landmarks(*shape):
  draw = np.random.default_rng(0)
  return draw.uniform(0, 256, (*shape, 68, 2)).astype(np.float32)


def _by_hand(p, rule):
  first = [p[i] for i in (19, 24, 27, 38, 41, 43, 46, 48, 54, 55, 57, 59)]
  if rule == 'paper':
    e = (p[42] - p[39]) / 2
    return first + [p[i] + s * e for i in (29, 35, 54) for s in (-1, 1)]
  e = (p[42, 0] - p[39, 0]) / 2
  right, down = np.array([e, 0]), np.array([0, e])
  return [
    *first,
    p[31] - right,
    p[35] + right,
    p[41] + down,
    p[46] + down,
    p[48] - right,
    p[54] + right,
  ]


@pytest.mark.parametrize('rule', ['code', 'paper'])
def test_points_by_either_rule(rule):
  landmarks = _landmarks(2, 3)
  found = key_points(landmarks, rule=rule)
  assert found.shape == (2, 3, 18, 2)
  for i in np.ndindex(2, 3):
    wanted = _by_hand(landmarks[i], rule)
    np.testing.assert_allclose(found[i], wanted, rtol=1e-5, atol=1e-4)


def test_an_unknown_rule_is_refused():
  with pytest.raises(ValueError, match="'mine'"):
    key_points(_landmarks(), rule='mine')


def test_the_fallback_is_one_persons_points_by_the_rule():
  # Landmarks that give the first twelve, and eyes 52 apart, give the rest.
  landmarks = np.zeros((68, 2), np.float32)
  for i, point in enumerate((19, 24, 27, 38, 41, 43, 46, 48, 54, 55, 57, 59)):
    landmarks[point] = FALLBACK[i]
  landmarks[39], landmarks[42] = (100, 70), (152, 75)
  landmarks[31], landmarks[35] = (110, 134), (157, 133)
  np.testing.assert_array_equal(key_points(landmarks), FALLBACK)


def test_without_a_face_the_fallback_fits_the_picture():
  np.testing.assert_array_equal(fallback(256, 256), FALLBACK)
  found = of_faces(_landmarks(0), 64, 128)
  np.testing.assert_allclose(found[:, 0], FALLBACK[:, 0] / 2)
  np.testing.assert_allclose(found[:, 1], FALLBACK[:, 1] / 4)


def test_pictures_of_a_batch_without_a_face():
  points = key_points(_landmarks(3))
  found = where_found(points, np.array([True, False, True]), 64, 64)
  np.testing.assert_array_equal(found[::2], points[::2])
  np.testing.assert_allclose(found[1], FALLBACK / 4)


def test_the_last_face_counts():
  faces = _landmarks(2)
  found = of_faces(faces, 256, 256, rule='paper')
  np.testing.assert_array_equal(found, key_points(faces[1], rule='paper'))


def test_pixels_to_the_square_as_published():
  points = np.float32([[0, 0], [255, 100], [128, 50]])
  wanted = [[-1, -1], [0.9921875, 1], [0, 0]]
  np.testing.assert_array_equal(normalised(points, 100, 256), wanted)
