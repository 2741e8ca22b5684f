"""The facial prior's maps, as published and as printed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.systems.facial_prior.prior import FALLBACK
from facegen_jax.systems.facial_prior.prior_channel import drawn_maps
from facegen_jax.systems.facial_prior.prior_maps import (
  joined,
  maps,
  printed_maps,
  to_map,
)

_POINTS = jnp.asarray(FALLBACK)[None]


def _by_hand(points, size, distance, sigma):
  found = np.zeros((len(points), *size))
  for k, (x, y) in enumerate(points):
    for i, j in np.ndindex(*size):
      step = abs(i + 1 - y), abs(j + 1 - x)
      d = sum(step) if distance == 'city_block' else np.hypot(*step)
      found[k, i, j] = np.exp(-np.sqrt(d) / (2 * sigma**2))
    found[k] /= found[k].max()
    found[k][found[k] < found[k].mean()] = 0
  return found


@pytest.mark.parametrize('distance', ['euclidean', 'city_block'])
@pytest.mark.parametrize('sigma', [0.75, 1.3])
def test_maps_by_hand(distance, sigma):
  points = np.float32([[[2.5, 3], [7, 1.2]], [[-1, 4], [9, 5.1]]])
  found = maps(jnp.asarray(points), (6, 9), distance=distance, sigma=sigma)
  assert found.shape == (2, 6, 9, 2)
  for one, some in zip(found, points, strict=True):
    wanted = _by_hand(some, (6, 9), distance, sigma)
    np.testing.assert_allclose(one.transpose(2, 0, 1), wanted, atol=1e-5)


def test_the_published_peak_is_up_and_left_and_a_quarter_is_kept():
  places = to_map(_POINTS, (256, 256), (64, 64))
  np.testing.assert_array_equal(places, _POINTS / 4)
  found = np.asarray(maps(jnp.round(places), (64, 64)))[0]
  for k, (x, y) in enumerate(np.round(places[0])):
    peak = np.unravel_index(found[..., k].argmax(), (64, 64))
    assert peak == (y - 1, x - 1)
  kept = (found > 0).mean((0, 1))
  assert kept.min() > 0.2 and kept.max() < 0.28


def test_maps_of_pictures_that_are_not_square():
  places = to_map(jnp.array([[40.0, 30.0]]), (60, 160), (15, 20))
  np.testing.assert_allclose(places, [[5, 7.5]])


def test_an_unknown_distance_or_reading_is_refused():
  with pytest.raises(ValueError, match="'far'"):
    maps(_POINTS, (4, 4), distance='far')
  with pytest.raises(ValueError, match="'mine'"):
    joined(maps(_POINTS, (4, 4)), reading='mine')
  with pytest.raises(ValueError, match="'mine'"):
    drawn_maps(_POINTS, (16, 16), (4, 4), reading='mine')


def test_printed_maps_are_gaussians_on_the_square():
  found = printed_maps(
    jnp.array([[[0.0, 1.0], [-1.0, 0.0]]]), (5, 3), sigma=0.5
  )
  x, y = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 5))
  wanted = np.exp(-(x**2 + (y - 1) ** 2) / 0.25)
  np.testing.assert_allclose(found[0, ..., 0], wanted, atol=1e-6)
  assert found[0, 2, 0, 1] == 1


def test_joined_by_either_reading():
  drawn = drawn_maps(_POINTS, (256, 256), (16, 16), distance='city_block')
  total = np.asarray(drawn).sum(-1)
  found = joined(drawn)[..., 0]
  np.testing.assert_allclose(found, total / total.max(), rtol=1e-5)
  assert found.max() == 1
  mean = joined(drawn, reading='paper')[..., 0]
  np.testing.assert_allclose(mean, total / 18, rtol=1e-5)


@pytest.mark.parametrize('reading', ['code', 'paper'])
def test_points_get_no_gradient(reading):
  def loss(points):
    return drawn_maps(points, (32, 32), (8, 8), reading=reading).sum()

  slope = jax.grad(loss)(_POINTS / 8)
  assert not np.any(slope)
