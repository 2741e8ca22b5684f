"""Smooth deformations: their formula, their derivative, warped frames."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.coordinates import grid
from facegen_jax.nn.thin_plate import (
  ThinPlate,
  draw,
  jacobian,
  warp_frame,
  warp_points,
)


def _strong(points=3, batch=2):
  key = jax.random.key(0)
  return draw(key, batch, sigma_affine=0.2, sigma_plate=0.1, points=points)


def _points(batch=2):
  return jax.random.uniform(jax.random.key(1), (batch, 4, 2), minval=-1)


def _direct(plate, b, point):
  affine = np.asarray(plate.affine[b], np.float64)
  moved = affine[:, :2] @ point + affine[:, 2]
  side = round(plate.coefficients.shape[1] ** 0.5)
  centres = np.linspace(-1, 1, side)
  for i, y in enumerate(centres):
    for j, x in enumerate(centres):
      r = abs(point[0] - x) + abs(point[1] - y)
      bump = r * r * np.log(r + 1e-6)
      moved = moved + float(plate.coefficients[b, i * side + j]) * bump
  return moved


def test_points_move_by_the_formula():
  plate, points = _strong(), np.asarray(_points(), np.float64)
  moved = warp_points(plate, jnp.asarray(points, jnp.float32))
  for b, k in np.ndindex(2, 4):
    wanted = _direct(plate, b, points[b, k])
    np.testing.assert_allclose(moved[b, k], wanted, atol=1e-5)


@pytest.mark.parametrize('points', [None, 3, 5])
def test_the_jacobian_is_the_slope(points):
  plate, places = _strong(points), _points()
  found = jacobian(plate, places)
  assert found.shape == (2, 4, 2, 2)
  for column in (0, 1):
    step = jnp.zeros(2).at[column].set(1e-2)
    ends = [warp_points(plate, places + s * step) for s in (1, -1)]
    slope = (ends[0] - ends[1]) / 2e-2
    np.testing.assert_allclose(found[..., column], slope, atol=5e-3)


def test_no_deformation_moves_nothing():
  plate = draw(jax.random.key(0), 2, sigma_affine=0.0, sigma_plate=0.0)
  places, x = _points(), jax.random.normal(jax.random.key(2), (2, 5, 6, 3))
  np.testing.assert_allclose(warp_points(plate, places), places, atol=1e-6)
  wanted = np.broadcast_to(np.eye(2), (2, 4, 2, 2))
  np.testing.assert_allclose(jacobian(plate, places), wanted, atol=1e-6)
  same = warp_frame(plate, x, align_corners=True)
  np.testing.assert_allclose(same, x, atol=1e-5)


def test_a_frame_is_read_where_its_pixels_go():
  # One pixel to the right in x: the frame moves left, mirrored at its edge.
  x = jax.random.normal(jax.random.key(0), (1, 3, 5, 2))
  affine = jnp.array([[[1, 0, 2 / 4], [0, 1, 0]]], jnp.float32)
  y = warp_frame(ThinPlate(affine), x, align_corners=True)
  np.testing.assert_allclose(y[:, :, :4], x[:, :, 1:], atol=1e-5)
  np.testing.assert_allclose(y[:, :, 4], x[:, :, 3], atol=1e-5)


def test_a_point_is_found_where_the_deformed_frame_shows_it():
  # The frame holds its own x and y, so a pixel tells where it was read.
  plate = draw(
    jax.random.key(3), 1, sigma_affine=0.05, sigma_plate=0.005, points=5
  )
  size = 33
  frame = grid(size, size)[None]
  shown = warp_frame(plate, frame, align_corners=True)
  inner = (slice(None), slice(8, -8), slice(8, -8))
  places = grid(size, size)[None][inner].reshape(1, -1, 2)
  np.testing.assert_allclose(
    shown[inner].reshape(1, -1, 2), warp_points(plate, places), atol=1e-4
  )


def test_a_key_draws_the_same_again():
  plates = [draw(jax.random.key(i), 3) for i in (0, 0, 1)]
  np.testing.assert_array_equal(plates[0].affine, plates[1].affine)
  np.testing.assert_array_equal(plates[0].coefficients, plates[1].coefficients)
  assert jnp.abs(plates[0].affine - plates[2].affine).min() > 0
  assert jnp.abs(plates[0].coefficients - plates[2].coefficients).min() > 0


def test_draws_have_the_asked_spread():
  plate = draw(
    jax.random.key(0), 2000, sigma_affine=0.05, sigma_plate=0.005, points=5
  )
  assert plate.coefficients.shape == (2000, 25)
  spread = np.asarray(plate.affine - jnp.eye(2, 3)).std((0,))
  np.testing.assert_allclose(spread, 0.05, rtol=0.1)
  np.testing.assert_allclose(plate.coefficients.std(), 0.005, rtol=0.05)


def test_slopes_are_finite_on_a_bump():
  plate = _strong(batch=1)
  places = grid(3, 3).reshape(1, 9, 2)  # on the bumps' own centres

  def total(places):
    return jacobian(plate, places).sum() + warp_points(plate, places).sum()

  assert jnp.isfinite(jax.grad(total)(places)).all()


def test_level_with_a_bump_the_slope_is_the_mean_of_both_sides():
  plate = _strong(batch=1)
  level = jnp.array([[[0.3, 0.0]]])  # bumps lie at y = 0
  sides = [jacobian(plate, level.at[..., 1].set(y)) for y in (1e-4, -1e-4)]
  wanted = (sides[0] + sides[1]) / 2
  assert jnp.abs(sides[0] - sides[1]).max() > 1e-3
  np.testing.assert_allclose(jacobian(plate, level), wanted, atol=2e-4)
