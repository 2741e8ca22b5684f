"""Carrying a driver's movement to another face."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import ConvexHull

from facegen_jax.systems.facial_prior.keypoints import KeyPoints
from facegen_jax.systems.facial_prior.motion import (
  hull_area,
  movement_scale,
  transferred,
)


@pytest.mark.parametrize('points', [3, 4, 10, 18])
def test_hulls_are_scipys(points):
  draw = np.random.default_rng(points)
  clouds = draw.uniform(-1, 1, (20, points, 2))
  wanted = [ConvexHull(cloud).volume for cloud in clouds]
  found = jax.jit(hull_area)(jnp.asarray(clouds, jnp.float32))
  np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_hulls_of_awkward_points():
  square = [[0, 0], [0, 2], [2, 0], [2, 2]]
  clouds = {
    4: square,
    4.0000001: [*square, [0, 1], [1, 2], [1, 1], [2, 1]],  # on the edges
    3.9999999: square * 2,
    0: [[0, 0], [1, 1], [2, 2]],
    0.0000001: [[1, 0], [1, 1], [1, 2]],  # upright
    2: [[0, 0], [2, 0], [1, 2], [1, 0]],
  }
  for area, cloud in clouds.items():
    found = hull_area(jnp.asarray(cloud, jnp.float32))
    np.testing.assert_allclose(found, area, atol=1e-5)


def _points(seed):
  draw = np.random.default_rng(seed)
  value = draw.uniform(-1, 1, (1, 6, 2))
  jacobian = np.eye(2) + 0.2 * draw.normal(size=(1, 6, 2, 2))
  return KeyPoints(*(jnp.asarray(x, jnp.float32) for x in (value, jacobian)))


_ALL = {'relative': True, 'relative_jacobian': True, 'adaptive': True}


def test_a_driver_at_rest_leaves_the_source():
  source, driver = _points(0), _points(1)
  found = transferred(source, driver, driver, **_ALL)
  np.testing.assert_allclose(found.value, source.value, atol=1e-6)
  np.testing.assert_allclose(found.jacobian, source.jacobian, atol=1e-5)


def test_absolute_movement_is_the_drivers_whatever_else():
  driver = _points(1)
  found = transferred(
    _points(0), driver, _points(2), **(_ALL | {'relative': False})
  )
  assert found is driver


def test_movement_is_scaled_by_the_size_of_the_faces():
  source, initial = _points(0), _points(1)
  larger = source._replace(value=3 * source.value)
  driver = initial._replace(value=initial.value + 0.1)
  moves = [
    transferred(s, driver, initial, **_ALL).value - s.value
    for s in (source, larger)
  ]
  np.testing.assert_allclose(moves[1], 3 * moves[0], rtol=1e-4)
  plain = transferred(source, driver, initial, **(_ALL | {'adaptive': False}))
  np.testing.assert_allclose(plain.value - source.value, 0.1, atol=1e-6)


@pytest.mark.parametrize(
  'flat',
  [
    [[0.1, 0.2]] * 4,  # in one
    [[-0.9, -0.7], [0.1, 0.1], [0.6, 0.5], [0.35, 0.3]],  # in a line
    [[0.3, -0.2], [0.3, 0.9], [0.3, 0.4], [0.3, 0.1]],  # upright
  ],
)
def test_points_without_an_area_scale_nothing(flat):
  flat = KeyPoints(jnp.asarray([flat], jnp.float32))
  wide = KeyPoints(_points(0).value[:, :4])
  for source, initial in ((flat, wide), (wide, flat), (flat, flat)):
    scale = movement_scale(source.value, initial.value)
    np.testing.assert_array_equal(scale, [1.0])
    driver = initial._replace(value=initial.value + 0.1)
    found = transferred(source, driver, initial, **_ALL)
    np.testing.assert_allclose(found.value - source.value, 0.1, atol=1e-6)


def test_matrices_change_as_the_drivers_do():
  source, driver, initial = (_points(i) for i in range(3))
  found = transferred(source, driver, initial, **_ALL).jacobian
  change = np.asarray(driver.jacobian) @ np.linalg.inv(initial.jacobian)
  np.testing.assert_allclose(
    found, change @ np.asarray(source.jacobian), rtol=1e-3, atol=1e-4
  )
  kept = transferred(
    source, driver, initial, **(_ALL | {'relative_jacobian': False})
  )
  assert kept.jacobian is driver.jacobian


def test_points_without_matrices():
  bare = [_points(i)._replace(jacobian=None) for i in range(3)]
  found = transferred(*bare, **_ALL)
  assert found.jacobian is None


def test_one_source_serves_a_whole_clip():
  source, initial = _points(0), _points(1)
  driver = jax.tree.map(lambda x: jnp.repeat(x, 4, 0), _points(2))
  found = transferred(source, driver, initial, **_ALL)
  assert found.value.shape == (4, 6, 2)
  assert found.jacobian.shape == (4, 6, 2, 2)
