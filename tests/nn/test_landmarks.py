"""Landmark pictures and their mirror."""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.landmarks import FLIP_68, flip_landmarks, landmark_image


def _points(n=2):
  return jax.random.uniform(jax.random.key(0), (n, 68, 2)) * 24


def test_image_is_the_largest_gaussian():
  points = np.asarray(_points(), np.float64)
  y, x = np.mgrid[:20, :24]
  square = (x - points[..., 0, None, None]) ** 2
  square = square + (y - points[..., 1, None, None]) ** 2
  wanted = np.exp(-square / (2 * 1.5**2)).max(1)[..., None]
  image = landmark_image(jnp.float32(points), (20, 24), sigma=1.5)
  np.testing.assert_allclose(image, wanted, atol=1e-5)


def test_a_point_on_a_pixel_is_one_there():
  image = landmark_image(jnp.array([[[3.0, 5.0]]]), 8)
  assert image.shape == (1, 8, 8, 1)
  assert image[0, 5, 3, 0] == 1
  assert float(image.max()) == 1
  np.testing.assert_allclose(image[0, 5, 4, 0], np.exp(-0.5), rtol=1e-6)


def test_points_that_were_not_found_draw_nothing():
  points = jnp.array([[[jnp.nan, 2.0], [2.0, 2.0], [jnp.inf, jnp.nan]]])
  only = landmark_image(jnp.array([[[2.0, 2.0]]]), 6)
  np.testing.assert_array_equal(landmark_image(points, 6), only)
  assert not np.any(landmark_image(jnp.full((1, 68, 2), jnp.nan), 6))


def test_flip_is_an_involution_of_all_points():
  assert sorted(FLIP_68) == list(range(68))
  np.testing.assert_array_equal(FLIP_68[FLIP_68], np.arange(68))
  on_the_axis = [i for i in range(68) if FLIP_68[i] == i]
  assert on_the_axis == [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]


def test_flip_mirrors_the_picture_and_keeps_the_meaning():
  points = _points()
  flipped = flip_landmarks(points, 24)
  mirrored = landmark_image(points, 24)[:, :, ::-1]
  np.testing.assert_allclose(landmark_image(flipped, 24), mirrored, atol=1e-5)
  np.testing.assert_allclose(flip_landmarks(flipped, 24), points, atol=1e-4)
  np.testing.assert_allclose(flipped[:, 36, 0], 23 - points[:, 45, 0])
