"""Principal axes in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.systems.facial_prior import principal_axes as closed

principal_axes = quick_jit(closed.principal_axes)


def _covariances(count):
  draw = np.random.default_rng(0)
  root = draw.normal(size=(count, 2, 2))
  return root @ root.swapaxes(-1, -2)


def test_axes_and_variances_as_lapack_has_them():
  covar = np.float32(_covariances(5000))
  apart = np.linalg.svd(np.float64(covar))[1]
  covar = covar[(apart[:, 0] > 1.05 * apart[:, 1]) & (apart[:, 1] > 1e-3)]
  assert len(covar) > 4000
  axes, variances = principal_axes(jnp.asarray(covar))
  wanted, values, _ = np.linalg.svd(covar)
  np.testing.assert_allclose(variances, values, rtol=1e-4, atol=1e-5)
  np.testing.assert_allclose(axes, wanted, atol=1e-4)


@pytest.mark.parametrize(
  'diagonal', [(3.0, 1.0), (1.0, 3.0), (2.0, 2.0), (1e-4, 5.0)]
)
def test_a_diagonal_matrix_has_positive_axes(diagonal):
  covar = np.diag(np.float32(diagonal))
  axes, variances = principal_axes(jnp.asarray(covar))
  wanted, values, _ = np.linalg.svd(covar)
  np.testing.assert_allclose(axes, wanted, atol=1e-6)
  np.testing.assert_allclose(variances, values, rtol=1e-6)


def test_the_axes_give_the_matrix_back():
  covar = jnp.asarray(_covariances(50), jnp.float32)
  axes, variances = principal_axes(covar)
  back = (axes * variances[:, None]) @ axes.swapaxes(-1, -2)
  np.testing.assert_allclose(back, covar, rtol=1e-4, atol=1e-5)


def _affine(covar):
  axes, variances = closed.principal_axes(covar)
  return axes * jnp.sqrt(variances)[..., None, :]


_slopes = quick_jit(jax.jacobian(_affine))


@pytest.mark.parametrize('seed', range(4))
def test_slopes_are_those_of_small_steps(seed):
  covar = _covariances(8)[2 * seed]
  slopes = _slopes(jnp.asarray(covar, jnp.float32))
  for i, j in ((0, 0), (0, 1), (1, 1)):
    step = np.zeros((2, 2))
    step[i, j] = step[j, i] = 1e-5

    def exact(x):
      u, s, _ = np.linalg.svd(x)
      return u * np.sqrt(s)

    wanted = (exact(covar + step) - exact(covar - step)) / 2e-5
    found = (slopes * step / 1e-5).sum((-1, -2))
    # `principal_axes` reads the entry above the diagonal only.
    np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
  'covar', [np.eye(2), np.zeros((2, 2)), np.diag([1.0, 0.0]), np.ones((2, 2))]
)
def test_slopes_are_finite_where_there_are_no_axes(covar):
  covar = jnp.asarray(covar, jnp.float32)
  assert np.isfinite(quick_jit(_affine)(covar)).all()
  assert np.isfinite(_slopes(covar)).all()
