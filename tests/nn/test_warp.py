"""Bilinear reading against a direct computation, a pixel at a time."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn.coordinates import grid
from facegen_jax.nn.warp import PADDINGS, warp


def _folded(x, low, high):
  """Reflects once after another until it lies inside."""
  if low == high:
    return low
  while not low <= x <= high:
    x = 2 * low - x if x < low else 2 * high - x
  return x


def _pixel(place, n, align, padding):
  x = (place + 1) / 2 * (n - 1) if align else ((place + 1) * n - 1) / 2
  if padding == 'reflection':
    x = _folded(x, *((0, n - 1) if align else (-0.5, n - 0.5)))
  if padding != 'zeros':
    x = min(max(x, 0), n - 1)
  return x


def _direct(x, places, align, padding):
  _, h, w, c = x.shape
  y = np.zeros((*places.shape[:3], c))
  for i, p, q in np.ndindex(*places.shape[:3]):
    column = _pixel(places[i, p, q, 0], w, align, padding)
    row = _pixel(places[i, p, q, 1], h, align, padding)
    top, left = int(np.floor(row)), int(np.floor(column))
    for r, s in itertools.product((top, top + 1), (left, left + 1)):
      if 0 <= r < h and 0 <= s < w:
        share = (1 - abs(row - r)) * (1 - abs(column - s))
        y[i, p, q] += share * x[i, r, s]
  return y


def _given(size, seed=0):
  draw = np.random.default_rng(seed)
  x = draw.normal(size=(2, *size, 3)).astype(np.float32)
  places = draw.uniform(-2.7, 2.7, (2, 4, 5, 2)).astype(np.float32)
  places[:, :2] /= 3  # half of them inside
  return x, places


@pytest.mark.parametrize('padding', PADDINGS)
@pytest.mark.parametrize('align', [False, True])
@pytest.mark.parametrize('size', [(4, 6), (5, 3), (1, 2)])
def test_reads_as_computed_directly(size, align, padding):
  x, places = _given(size)
  read = warp(jnp.asarray(x), places, align_corners=align, padding=padding)
  wanted = _direct(x, places, align, padding)
  np.testing.assert_allclose(read, wanted, atol=2e-5)


def test_the_grid_itself_reads_the_picture():
  x = jnp.asarray(_given((5, 7))[0])
  places = jnp.broadcast_to(grid(5, 7), (2, 5, 7, 2))
  read = functools.partial(warp, x, places)
  np.testing.assert_allclose(read(align_corners=True), x, atol=1e-5)
  assert jnp.abs(read(align_corners=False) - x).max() > 0.1


@pytest.mark.parametrize('padding', PADDINGS)
@pytest.mark.parametrize('align', [False, True])
def test_gradients_are_the_slopes(align, padding):
  x, places = _given((4, 6), seed=3)

  def weighed(x, places):
    read = warp(x, places, align_corners=align, padding=padding)
    return jnp.sum(read * jnp.cos(jnp.arange(read.size)).reshape(read.shape))

  slopes = quick_jit(jax.grad(weighed, argnums=(0, 1)))(x, places)
  total = quick_jit(weighed)
  # The picture enters linearly; one direction says it all.
  step = np.random.default_rng(4).normal(size=x.shape).astype(np.float32)
  np.testing.assert_allclose(
    total(x + step, places) - total(x, places),
    jnp.sum(slopes[0] * step),
    rtol=1e-3,
    atol=1e-3,
  )
  for index in ((0, 0, 0, 0), (1, 1, 3, 1), (0, 1, 2, 0), (1, 3, 4, 0)):
    ends = []
    for sign in (1, -1):
      moved = places.astype(np.float64)
      moved[index] += sign * 1e-4
      read = _direct(x, moved, align, padding)
      weights = np.cos(np.arange(read.size)).reshape(read.shape)
      ends.append((read * weights).sum())
    wanted = (ends[0] - ends[1]) / 2e-4
    np.testing.assert_allclose(slopes[1][index], wanted, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize('padding', PADDINGS)
def test_places_far_out_are_finite(padding):
  x = jnp.asarray(_given((4, 6))[0])
  places = jnp.full((2, 1, 2, 2), 1e30).at[1].set(-1e30)
  value, slope = quick_jit(
    jax.value_and_grad(
      lambda g: warp(x, g, align_corners=True, padding=padding).sum()
    )
  )(places)
  assert jnp.isfinite(value)
  assert jnp.isfinite(slope).all()
  if padding == 'zeros':
    assert value == 0


def test_half_floats_stay_half_floats():
  x, places = _given((4, 6))
  half = warp(
    jnp.asarray(x, jnp.bfloat16), jnp.asarray(places), align_corners=True
  )
  assert half.dtype == jnp.bfloat16
  wanted = _direct(x, places, True, 'zeros')
  np.testing.assert_allclose(half.astype(np.float32), wanted, atol=0.05)


def test_an_unknown_padding_is_refused():
  x, places = _given((4, 6))
  with pytest.raises(ValueError, match="'wrap'"):
    warp(jnp.asarray(x), places, align_corners=True, padding='wrap')
