"""Where pixels are, and bumps about points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.coordinates import gaussian, grid


@pytest.mark.parametrize('size', [(2, 3), (5, 4), (7, 2)])
def test_the_outer_pixels_are_the_ends(size):
  places = np.asarray(grid(*size))
  assert places.shape == (*size, 2)
  assert places[0, 0].tolist() == [-1, -1]
  assert places[-1, -1].tolist() == [1, 1]
  assert places[0, -1].tolist() == [1, -1]  # x first
  steps = np.diff(places[0, :, 0])
  np.testing.assert_allclose(steps, 2 / (size[1] - 1), rtol=1e-6)


def test_a_lone_pixel_is_the_centre():
  assert np.asarray(grid(1, 3))[..., 1].tolist() == [[0, 0, 0]]


def _direct(points, height, width, covariance):
  maps = np.zeros((len(points), height, width, points.shape[1]))
  for b, row in enumerate(points):
    for k, point in enumerate(row):
      for i in range(height):
        for j in range(width):
          place = (2 * j / (width - 1) - 1, 2 * i / (height - 1) - 1)
          d = np.asarray(place) - point
          form = d @ np.linalg.inv(covariance[b, k]) @ d
          maps[b, i, j, k] = np.exp(-form / 2)
  return maps


def test_gaussians_of_a_variance_and_of_covariances():
  draw = np.random.default_rng(0)
  points = draw.uniform(-1, 1, (2, 3, 2))
  round_ones = np.broadcast_to(0.04 * np.eye(2), (2, 3, 2, 2))
  maps = gaussian(jnp.asarray(points, jnp.float32), 5, 7, 0.04)
  np.testing.assert_allclose(maps, _direct(points, 5, 7, round_ones), atol=1e-5)
  bent = draw.normal(size=(2, 3, 2, 2))
  bent = bent @ bent.swapaxes(-1, -2) + 0.1 * np.eye(2)
  maps = gaussian(
    jnp.asarray(points, jnp.float32), 5, 7, jnp.asarray(bent, jnp.float32)
  )
  np.testing.assert_allclose(maps, _direct(points, 5, 7, bent), atol=1e-4)


def test_the_peak_is_1_on_the_point():
  places = grid(4, 6)
  point = places[1, 4][None, None]
  maps = gaussian(point, 4, 6, 0.01)
  assert float(maps[0, 1, 4, 0]) == 1
  assert int((maps == maps.max()).sum()) == 1


def test_gradients_reach_points_and_covariances():
  points = jnp.array([[[0.1, -0.2]]])
  spread = 0.1 * jnp.eye(2)[None, None]
  slopes = jax.grad(lambda p, c: gaussian(p, 4, 5, c).sum(), argnums=(0, 1))(
    points, spread
  )
  for slope in slopes:
    assert jnp.isfinite(slope).all()
    assert jnp.abs(slope).max() > 0
