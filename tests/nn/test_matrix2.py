"""Products and inverses of small matrices against NumPy's."""

import jax.numpy as jnp
import numpy as np

from facegen_jax.nn import matrix2


def _draw(*shape):
  return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def test_inverse_and_products_are_numpys():
  a, b, p = _draw(4, 3, 2, 2), _draw(3, 2, 2), _draw(4, 3, 2)
  np.testing.assert_allclose(matrix2.product(a, b), a @ b, atol=1e-6)
  np.testing.assert_allclose(
    matrix2.apply(a, p), (a @ p[..., None])[..., 0], atol=1e-6
  )
  wanted = np.linalg.inv(a.astype(np.float64))
  np.testing.assert_allclose(matrix2.inverse(a), wanted, rtol=1e-3, atol=1e-4)


def test_a_singular_matrix_has_no_finite_inverse():
  assert not jnp.isfinite(matrix2.inverse(jnp.ones((2, 2)))).any()
