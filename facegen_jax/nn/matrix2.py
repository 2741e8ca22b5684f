"""Matrices of two rows and two columns, by their entries.

Products of such matrices are too small for a matrix unit, whose short floats
would blur what they place; every operation here is elementwise.
"""

import jax
import jax.numpy as jnp


def product(a: jax.Array, b: jax.Array) -> jax.Array:
  """A b of ... 2 2, or of any inner sizes; leading axes broadcast."""
  return (a[..., :, :, None] * b[..., None, :, :]).sum(-2)


def apply(matrix: jax.Array, points: jax.Array) -> jax.Array:
  """Each matrix (... 2 2) on its point (... 2); leading axes broadcast."""
  return (matrix * points[..., None, :]).sum(-1)


def inverse(matrix: jax.Array) -> jax.Array:
  """The inverse of ... 2 2; infinite or NaN where there is none."""
  (a, b), (c, d) = ((matrix[..., i, 0], matrix[..., i, 1]) for i in (0, 1))
  adjugate = jnp.stack([jnp.stack([d, -b], -1), jnp.stack([-c, a], -1)], -2)
  return adjugate / (a * d - b * c)[..., None, None]
