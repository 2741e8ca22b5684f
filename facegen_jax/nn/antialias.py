"""Shrinking pictures by whole factors behind a Gaussian (Siarohin 2019).

The pixels kept are 0, factor, 2 factor ...: a resize that keeps the centre
would shift the picture.
"""

import jax
import jax.numpy as jnp
import numpy as np


def taps(factor: int) -> np.ndarray:
  """The Gaussian along an axis, sum 1, float32: sigma is (factor - 1) / 2.

  It reaches four sigma to either side; factor 1 has a single tap.
  """
  if factor < 1:
    raise ValueError(f'pictures shrink by a factor of 1 or more, not {factor}')
  if factor == 1:
    return np.ones(1, np.float32)
  sigma, reach = (factor - 1) / 2, 2 * (factor - 1)
  values = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
  return (values / values.sum()).astype(np.float32)


def _matrix(size: int, factor: int) -> np.ndarray:
  """Row i holds the taps about pixel i factor; outside the picture is zero."""
  kernel = taps(factor)
  reach = len(kernel) // 2
  centres = np.arange(0, size, factor)
  matrix = np.zeros((len(centres), size + 2 * reach), np.float32)
  for row, centre in zip(matrix, centres, strict=True):
    row[centre : centre + len(kernel)] = kernel
  return matrix[:, reach : reach + size]


def downscale(x: jax.Array, factor: int) -> jax.Array:
  """Shrinks b h w c to b ceil(h / factor) ceil(w / factor) c.

  Two products with banded matrices, in full float32: a matrix unit's short
  floats would cost the picture its last bits.
  """
  if factor == 1:
    return x
  rows, columns = (
    jnp.asarray(_matrix(n, factor), x.dtype) for n in x.shape[1:3]
  )
  x = jnp.einsum('ph,bhwc->bpwc', rows, x, precision='highest')
  return jnp.einsum('qw,bpwc->bpqc', columns, x, precision='highest')


def factor_of(scale: float) -> int:
  """The factor of a published scale: 1, 0.5, 0.25 ... -> 1, 2, 4 ...

  Raises ValueError where 1 / scale is no whole number.
  """
  factor = round(1 / scale)
  if abs(factor * scale - 1) > 1e-6:
    raise ValueError(f'1 / {scale} is no whole number')
  return factor
