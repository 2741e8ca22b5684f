"""MRAA's regions by the facial prior: as published, and as described.

"Facial prior guided micro-expression generation", TIP 2024, section III.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.systems.facial_prior import prior
from facegen_jax.systems.facial_prior.keypoints import expectation
from facegen_jax.systems.facial_prior.prior_channel import Fusion, drawn_maps
from facegen_jax.systems.facial_prior.regions import (
  HEAD,
  Regions,
  covariance,
  from_covariance,
)

VARIANTS = ('faithful', 'paper')
_NEVER = -1e9  # log of the prior where it is zero


def drawn_regions(
  points: jax.Array,
  picture: tuple[int, int],
  size: tuple[int, int],
  **maps: Any,
) -> Regions:
  """Regions of the prior alone, as the published code has them.

  A region's shift is its key point and its heat map the prior's, whose second
  moment about the key point is not divided by its mass: variances are some 3
  to 7 and nearly equal along all axes. Nothing here is learned.

  Args:
    points: b k 2, pixels of the picture.
    picture: its height and width.
    size: of the maps.
    **maps: of `drawn_maps`.
  """
  heatmap = drawn_maps(points, picture, size, **maps)
  shift = prior.normalised(points, *picture)
  return from_covariance(shift, covariance(heatmap, shift), heatmap)


class PriorRegionPredictor(nnx.Module):
  """A picture and its key points to a region a key point.

  - 'faithful': `drawn_regions`. The published code also runs a network whose
    result it drops; its weights are held here under the published names and
    not run: they have no gradient, nor do running statistics move.
  - 'paper': AWP gives the regions through learning. The prior's maps, joined
    into one by `Fusion`, are the fourth channel of MRAA's predictor, and the
    maps, brought to mass 1 each, are the prior of its heat maps in Bayes'
    sense: softmax(logits / T + log prior). Shift and covariance are the heat
    map's own, as in MRAA. With logits of zero the heat maps are the prior; no
    region leaves its map, which the code's reading ends at the map's mean.

  Args:
    points: number of key points k.
    variant: one of `VARIANTS`.
    reading: of the maps, 'code' or 'paper'; see `drawn_maps`.
    sigma: likewise.
    features: the hourglass's `features`; likewise `blocks`, `max_features`.
    factor: by how much the picture is shrunk first (1 / scale).
    temperature: T.

  Raises:
    ValueError: an unknown variant.
  """

  def __init__(
    self,
    points: int = prior.COUNT,
    *,
    variant: str = 'faithful',
    reading: str = 'code',
    sigma: float | None = None,
    features: int = 32,
    blocks: int = 5,
    max_features: int = 1024,
    factor: int = 4,
    temperature: float = 0.1,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if variant not in VARIANTS:
      raise ValueError(f'variant is one of {VARIANTS}, not {variant!r}')
    shared = {'dtype': dtype, 'rngs': rngs}
    self.hourglass = Hourglass(4, features, blocks, max_features, **shared)
    self.heat = Conv(
      self.hourglass.features, points, HEAD, padding=HEAD // 2, **shared
    )
    self.fusion = Fusion(points, **shared)
    self.variant, self.reading, self.sigma = variant, reading, sigma
    self.factor, self.temperature = factor, temperature

  def __call__(self, x: jax.Array, points: jax.Array) -> Regions:
    """B h w 3 in [0, 1] and b k 2 in its pixels to float32 regions."""
    picture = x.shape[1:3]
    size = tuple(-(-n // self.factor) for n in picture)
    drawn = {'reading': self.reading, 'sigma': self.sigma}
    if self.variant == 'faithful':
      return drawn_regions(points, picture, size, **drawn)
    maps = drawn_maps(points, picture, size, **drawn)
    small = downscale(x, self.factor)
    joined = self.fusion(maps).astype(small.dtype)
    features = self.hourglass(jnp.concatenate([small, joined], -1))
    logits = self.heat(features).astype(jnp.float32) / self.temperature
    heatmap = nnx.softmax(logits + _log_mass(maps), axis=(1, 2))
    shift = expectation(heatmap)
    return from_covariance(shift, covariance(heatmap, shift), heatmap)


def _log_mass(maps: jax.Array) -> jax.Array:
  """Log of b h w k brought to mass 1 each; a map of nothing is flat."""
  total = maps.sum((1, 2), keepdims=True)
  some = maps > 0
  return jnp.where(some, jnp.log(jnp.where(some, maps, 1) / total), _NEVER)
