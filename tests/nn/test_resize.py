"""Resizing and pooling against direct computations."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.resize import (
  adaptive_average_pool,
  average_pool,
  bilinear,
  max_pool,
  nearest,
)


def _picture(*shape):
  return jax.random.normal(jax.random.key(len(shape)), shape)


@pytest.mark.parametrize('size', [(3, 3), (4, 6), (2, 5), (1, 2), (7, 2)])
def test_nearest_reads_the_floor(size):
  x = _picture(2, 2, 2, 3)
  rows, columns = (np.arange(n) * 2 // n for n in size)
  np.testing.assert_array_equal(
    nearest(x, size), np.asarray(x)[:, rows][:, :, columns]
  )


def test_nearest_two_to_three():
  x = jnp.array([1.0, 2.0]).reshape(1, 2, 1, 1)
  assert nearest(x, (3, 1)).ravel().tolist() == [1, 1, 2]


def test_nearest_gradient_counts_the_copies():
  x = _picture(1, 2, 3, 1)
  for size, copies in (((4, 3), 2), ((6, 12), 12)):
    grad = jax.grad(lambda x, s=size: nearest(x, s).sum())(x)
    np.testing.assert_array_equal(grad, np.full(x.shape, copies))


def test_ceil_average_takes_the_pixels_left_over():
  x = jnp.arange(9.0).reshape(1, 3, 3, 1)
  y = average_pool(x, 2, stride=2, ceil=True)[0, ..., 0]
  assert y.tolist() == [[2.0, 3.5], [6.5, 8.0]]


def _direct_average(x, window, stride, padding, outputs, count_padding):
  b, h, w, c = x.shape
  y = np.zeros((b, *outputs, c))
  for i in range(outputs[0]):
    for j in range(outputs[1]):
      top, left = i * stride - padding, j * stride - padding
      rows = slice(max(top, 0), min(top + window, h))
      columns = slice(max(left, 0), min(left + window, w))
      part = x[:, rows, columns]
      share = part.shape[1] * part.shape[2]
      if count_padding:
        share = (min(top + window, h + padding) - top) * (
          min(left + window, w + padding) - left
        )
      y[:, i, j] = part.sum((1, 2)) / share
  return y


@pytest.mark.parametrize('count_padding', [False, True])
@pytest.mark.parametrize(
  ('size', 'window', 'stride', 'padding', 'ceil', 'outputs'),
  [
    ((6, 8), 2, 2, 0, False, (3, 4)),
    ((7, 5), 2, 2, 0, False, (3, 2)),
    ((7, 5), 2, 2, 0, True, (4, 3)),
    ((2, 2), 2, 2, 0, True, (1, 1)),
    ((1, 1), 2, 2, 0, True, (1, 1)),
    ((8, 9), 3, 2, 1, False, (4, 5)),
    ((8, 9), 3, 2, 1, True, (5, 5)),
    ((5, 6), 3, 3, 1, True, (2, 3)),
  ],
)
def test_average_pool(
  size, window, stride, padding, ceil, outputs, count_padding
):
  x = _picture(2, *size, 3)
  pool = functools.partial(
    average_pool,
    window=window,
    stride=stride,
    padding=padding,
    ceil=ceil,
    count_padding=count_padding,
  )
  y = jax.jit(pool)(x)
  wanted = _direct_average(
    np.asarray(x), window, stride, padding, outputs, count_padding
  )
  np.testing.assert_allclose(y, wanted, atol=1e-6)


def test_seven_halvings_of_96():

  @jax.jit
  def halvings(x):
    levels = []
    for _ in range(7):
      x = average_pool(x, 2, stride=2, ceil=True)
      levels.append(x)
    return levels

  levels = halvings(jnp.ones((1, 96, 96, 1)))
  assert [x.shape[1] for x in levels] == [48, 24, 12, 6, 3, 2, 1]
  for x in levels:
    np.testing.assert_allclose(x, 1, rtol=1e-6)


def test_too_large_a_window_is_refused():
  with pytest.raises(ValueError, match='window of 4'):
    average_pool(jnp.ones((1, 3, 3, 1)), 4, stride=1)


@pytest.mark.parametrize('size', [(6, 8), (7, 5)])
def test_max_pool_equals_the_window_form(size):
  x = _picture(2, *size, 3)

  def window(x):
    return jax.lax.reduce_window(
      x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), 'VALID'
    )

  np.testing.assert_array_equal(max_pool(x), window(x))
  np.testing.assert_allclose(
    jax.grad(lambda x: jnp.sum(max_pool(x) ** 2))(x),
    jax.grad(lambda x: jnp.sum(window(x) ** 2))(x),
    rtol=1e-6,
  )


def _sample(row, place):
  low = min(int(np.floor(place)), len(row) - 1)
  high = min(low + 1, len(row) - 1)
  return row[low] + (row[high] - row[low]) * (place - low)


@pytest.mark.parametrize('align', [False, True])
@pytest.mark.parametrize('out', [1, 3, 5, 8, 13])
def test_bilinear_of_a_row(out, align):
  row = np.asarray(_picture(5))
  if align:
    places = [i * 4 / max(out - 1, 1) for i in range(out)]
  else:
    places = [max((i + 0.5) * 5 / out - 0.5, 0) for i in range(out)]
  wanted = [_sample(row, p) for p in places]
  x = jnp.asarray(row)
  for shaped, size in (
    (x.reshape(1, 5, 1, 1), (out, 1)),
    (x.reshape(1, 1, 5, 1), (1, out)),
  ):
    y = bilinear(shaped, size, align_corners=align)
    np.testing.assert_allclose(y.ravel(), wanted, atol=1e-6)


def test_bilinear_agrees_with_jax_where_it_enlarges():
  x = _picture(2, 6, 7, 3)
  wanted = jax.image.resize(x, (2, 13, 9, 3), 'bilinear', antialias=False)
  np.testing.assert_allclose(bilinear(x, (13, 9)), wanted, atol=1e-5)


@pytest.mark.parametrize('size', [(2, 3), (7, 7), (9, 8), (14, 20)])
def test_adaptive_average_is_the_mean_of_each_window(size):
  x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)
  y = adaptive_average_pool(jnp.asarray(x), 7)
  h, w = size
  for i in range(7):
    for j in range(7):
      rows = slice(int(np.floor(i * h / 7)), int(np.ceil((i + 1) * h / 7)))
      columns = slice(int(np.floor(j * w / 7)), int(np.ceil((j + 1) * w / 7)))
      wanted = x[:, rows, columns].mean((1, 2))
      np.testing.assert_allclose(y[:, i, j], wanted, atol=1e-5)
