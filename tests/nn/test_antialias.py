"""Shrinking behind a Gaussian against a direct computation."""

import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.antialias import downscale, factor_of, taps


def _direct(x, factor):
  """The published kernel in two dimensions, zeros about, from index 0."""
  sigma = (factor - 1) / 2
  reach = round(4 * sigma)
  places = np.arange(-reach, reach + 1)
  kernel = np.exp(-(places**2) / (2 * sigma**2))
  kernel = np.outer(kernel, kernel)
  kernel /= kernel.sum()
  padded = np.pad(x, [(0, 0), (reach, reach), (reach, reach), (0, 0)])
  rows, columns = (range(0, n, factor) for n in x.shape[1:3])
  y = np.zeros((len(x), len(rows), len(columns), x.shape[3]))
  size = 2 * reach + 1
  for i, r in enumerate(rows):
    for j, c in enumerate(columns):
      window = padded[:, r : r + size, c : c + size]
      y[:, i, j] = np.einsum('bhwc,hw->bc', window, kernel)
  return y


@pytest.mark.parametrize('factor', [2, 3, 4, 8])
@pytest.mark.parametrize('size', [(8, 12), (9, 7), (3, 20)])
def test_shrinks_as_computed_directly(size, factor):
  x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)
  y = downscale(jnp.asarray(x), factor)
  np.testing.assert_allclose(y, _direct(x, factor), atol=1e-5)


def test_the_kernels_are_the_published_ones():
  assert [len(taps(n)) for n in (1, 2, 4, 8)] == [1, 5, 13, 29]
  for n in (1, 2, 4, 8):
    np.testing.assert_allclose(taps(n).sum(), 1, rtol=1e-6)
    np.testing.assert_array_equal(taps(n), taps(n)[::-1])


def test_factor_1_is_the_picture():
  x = jnp.ones((1, 3, 4, 2))
  assert downscale(x, 1) is x


def test_the_inside_of_a_flat_picture_stays():
  y = downscale(jnp.ones((1, 32, 32, 1)), 2)
  np.testing.assert_allclose(y[:, 1:-1, 1:-1], 1, rtol=1e-6)
  assert float(y[0, 0, 0, 0]) < 0.9  # zeros lie beyond the edge


def test_scales_are_whole_parts():
  assert [factor_of(s) for s in (1, 0.5, 0.25, 0.125)] == [1, 2, 4, 8]
  with pytest.raises(ValueError, match=r'0\.3'):
    factor_of(0.3)
  with pytest.raises(ValueError, match='not 0'):
    taps(0)
