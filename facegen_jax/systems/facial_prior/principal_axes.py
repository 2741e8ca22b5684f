"""Principal axes of 2x2 covariances, with the signs that LAPACK gives them.

The signs matter: MRAA ("Motion representations for articulated animation",
Siarohin et al., CVPR 2021, section 3.2) takes U sqrt(S) for an affine map, and
its published weights have seen LAPACK's.
"""

import jax
import jax.numpy as jnp

_TINY = 1e-12


def _signs(a: jax.Array, b: jax.Array, d: jax.Array) -> jax.Array:
  """What (cos, sin) and (sin, -cos) are multiplied by: ... 2."""
  first = jnp.where((b > 0) & (a * d - b * b > a * a + b * b), 1.0, -1.0)
  # Without b the axes are x and y themselves, both of sign one.
  second = jnp.where(b == 0, jnp.where(a >= d, -1.0, 1.0), first)
  return jnp.stack([jnp.where(b == 0, 1.0, first), second], -1)


def principal_axes(covariance: jax.Array) -> tuple[jax.Array, jax.Array]:
  """Axes and variances of symmetric positive ... 2 2.

  A closed form instead of a decomposition: the same on every accelerator, and
  differentiable but where both variances are equal; there the gradient of the
  axes is zero instead of infinite.

  Returns:
    `axes`, ... 2 2, whose columns are unit vectors (a reflection, but for a
    diagonal matrix that is in order), and `variances`, ... 2, the larger
    first, at least 1e-12.
  """
  a, b, d = covariance[..., 0, 0], covariance[..., 0, 1], covariance[..., 1, 1]
  double, apart = 2 * b, a - d
  squared = double**2 + apart**2
  round_ = squared == 0
  root = jnp.where(round_, 0.0, jnp.sqrt(jnp.where(round_, 1.0, squared)))
  large = (a + d + root) / 2
  # Not the difference, which would cancel for a thin region.
  small = (a * d - b * b) / jnp.maximum(large, _TINY)
  turn = 0.5 * jnp.arctan2(
    jnp.where(round_, 0.0, double), jnp.where(round_, 1.0, apart)
  )
  cos, sin = jnp.cos(turn), jnp.sin(turn)
  axes = jnp.stack([jnp.stack([cos, sin], -1), jnp.stack([sin, -cos], -1)], -2)
  variances = jnp.maximum(jnp.stack([large, small], -1), _TINY)
  return axes * _signs(a, b, d)[..., None, :], variances
