"""The prior as one channel beside the picture: EWP as drawn, AWP as learned.

"Facial prior guided micro-expression generation", TIP 2024, section III.
"""

from typing import Any

from flax import nnx
import jax

from facegen_jax.nn.conv import Conv
from facegen_jax.systems.facial_prior import prior, prior_maps

_MIDDLE = 9


class Fusion(nnx.Module):
  """AWP's weights: k maps to 9 to one, two linear 3x3 convolutions.

  As the published code: no activation and no norm, where the paper speaks of
  an activation and of one layer.
  """

  def __init__(
    self, maps: int = prior.COUNT, *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    self.inner = Conv(maps, _MIDDLE, dtype=dtype, rngs=rngs)
    self.outer = Conv(_MIDDLE, 1, dtype=dtype, rngs=rngs)

  def __call__(self, maps: jax.Array) -> jax.Array:
    """B h w k -> b h w 1."""
    return self.outer(self.inner(maps))


def drawn_maps(
  points: jax.Array,
  picture: tuple[int, int],
  size: tuple[int, int],
  *,
  distance: str = 'euclidean',
  reading: str = 'code',
  sigma: float | None = None,
) -> jax.Array:
  """A map a key point, b h w k in [0, 1], by either reading.

  Args:
    points: b k 2, pixels of the picture.
    picture: its height and width.
    size: of the maps.
    distance: of the code's reading; the paper's is Euclidean.
    reading: 'code' (`prior_maps.maps`) or 'paper' (`printed_maps`).
    sigma: None for the reading's own.

  Raises:
    ValueError: an unknown reading or distance.
  """
  if reading not in prior_maps.READINGS:
    raise ValueError(
      f'reading is one of {prior_maps.READINGS}, not {reading!r}'
    )
  if reading == 'paper':
    places = prior.normalised(points, *picture)
    sigma = prior_maps.PAPER_SIGMA if sigma is None else sigma
    return prior_maps.printed_maps(places, size, sigma=sigma)
  places = prior_maps.to_map(points, picture, size)
  sigma = prior_maps.CODE_SIGMA if sigma is None else sigma
  return prior_maps.maps(places, size, distance=distance, sigma=sigma)
