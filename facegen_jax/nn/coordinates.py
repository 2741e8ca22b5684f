"""Where pixels are: (x, y) in [-1, 1], from the first centre to the last.

Siarohin et al., "First order motion model for image animation", NeurIPS 2019,
lays every map and picture on this square, whatever its size.
"""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.matrix2 import inverse


def axis(size: int) -> np.ndarray:
  """Centres of `size` pixels, 2 i / (size - 1) - 1; a lone one is at 0."""
  if size == 1:
    return np.zeros(1, np.float32)
  return 2 * (np.arange(size, dtype=np.float32) / np.float32(size - 1)) - 1


def grid(height: int, width: int) -> jax.Array:
  """The (x, y) of every pixel: h w 2, float32."""
  x, y = np.meshgrid(axis(width), axis(height))
  return jnp.asarray(np.stack([x, y], -1))


def gaussian(
  points: jax.Array, height: int, width: int, variance: float | jax.Array
) -> jax.Array:
  """A bump of height 1 about each point, b k 2 -> b h w k, float32.

  Args:
    points: b k 2, (x, y).
    variance: one number (a variance, not its root), or a covariance a point
      (b k 2 2, may be unsymmetric): exp(-d^T inverse(C) d / 2).
  """
  x = axis(width)[:, None] - points[:, None, :, 0]  # b w k
  y = axis(height)[:, None] - points[:, None, :, 1]  # b h k
  if jnp.ndim(variance) == 0:  # the product of a row and a column
    row, column = (jnp.exp(-0.5 * d * d / variance) for d in (x, y))
    return column[:, :, None] * row[:, None]
  inner = inverse(variance)[:, None, None]  # b 1 1 k 2 2
  x, y = x[:, None], y[:, :, None]
  cross = inner[..., 0, 1] + inner[..., 1, 0]
  form = inner[..., 0, 0] * x * x + cross * x * y + inner[..., 1, 1] * y * y
  return jnp.exp(-0.5 * form)
