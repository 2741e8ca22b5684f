"""Pictures at the side that a feature network was trained at."""

from typing import Literal

import jax

from facegen_jax.nn.resize import adaptive_average_pool, bilinear

IMAGENET_SIDE = 224
Resize = Literal['area', 'bilinear']


def resized(
  pictures: jax.Array, side: int = IMAGENET_SIDE, how: Resize = 'area'
) -> jax.Array:
  """Pictures b h h 3 at `side`, one rule for a picture and its encoding.

  The paper gives none. `area` averages what is larger, so that a generator of
  1024 px is not seen through every fifth pixel, and interpolates what is
  smaller; `bilinear` always interpolates between two pixels an axis
  (half-pixel centres, never antialiased). Normalisation is the network's own.
  """
  if how not in ('area', 'bilinear'):
    raise ValueError(f"how is 'area' or 'bilinear', not {how!r}")
  if how == 'area' and min(pictures.shape[1:3]) > side:
    return adaptive_average_pool(pictures, side)
  return bilinear(pictures, (side, side))
