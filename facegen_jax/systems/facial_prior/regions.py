"""MRAA's regions: heat maps, their moments, and their principal axes.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.2.
"""

from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.coordinates import grid
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.nn.matrix2 import product
from facegen_jax.systems.facial_prior.keypoints import (
  averaged,
  expectation,
  heatmaps,
  jacobian_head,
)
from facegen_jax.systems.facial_prior.principal_axes import principal_axes

HEAD = 7  # side of the heads' kernels


class Regions(NamedTuple):
  """Where k regions are, in [-1, 1], (x, y), and how they lie.

  Attributes:
    shift: b k 2, their means.
    covar: b k 2 2, their covariances.
    affine: b k 2 2, from the unit circle to the region.
    heatmap: b h w k, what they were measured on.

  What a use does not need may be None.
  """

  shift: jax.Array
  covar: jax.Array | None = None
  affine: jax.Array | None = None
  heatmap: jax.Array | None = None


def covariance(heatmap: jax.Array, about: jax.Array) -> jax.Array:
  """Second moment of b h w k about b k 2: b k 2 2; not over the mass."""
  places = grid(*heatmap.shape[1:3])[None, :, :, None]
  away = places - about[:, None, None]  # b h w k 2
  entries = [
    (heatmap * away[..., i] * away[..., j]).sum((1, 2))
    for i, j in ((0, 0), (0, 1), (1, 1))
  ]
  xx, xy, yy = entries
  return jnp.stack([jnp.stack([xx, xy], -1), jnp.stack([xy, yy], -1)], -2)


def from_covariance(
  shift: jax.Array, covar: jax.Array, heatmap: jax.Array
) -> Regions:
  """Regions whose affine is U sqrt(S) of the covariance (equation 5)."""
  axes, variances = principal_axes(covar)
  affine = axes * jnp.sqrt(variances)[..., None, :]
  return Regions(shift, covar, affine, heatmap)


class RegionPredictor(nnx.Module):
  """A picture to k regions.

  Args:
    regions: their number k.
    features: the hourglass's `features`; likewise `blocks`, `max_features`.
    factor: by how much the picture is shrunk first (1 / scale).
    temperature: of the heat maps.
    padding: of the heads; less than 3 crops the maps, which are then spread
      over [-1, 1] all the same.
    pca: the affine from the covariance; else the mean of a predicted map of
      2x2 matrices A, the same for all regions, and the covariance A A^T.
  """

  def __init__(
    self,
    regions: int = 10,
    *,
    features: int = 32,
    blocks: int = 5,
    max_features: int = 1024,
    factor: int = 4,
    temperature: float = 0.1,
    padding: int = 3,
    pca: bool = True,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.hourglass = Hourglass(3, features, blocks, max_features, **shared)
    head = (self.hourglass.features, regions, HEAD)
    self.heat = Conv(*head, padding=padding, **shared)
    one = {'padding': padding, **shared}  # matrix a pixel
    self.affine = None if pca else jacobian_head(head[0], 1, **one)
    self.factor, self.temperature = factor, temperature

  def __call__(self, x: jax.Array) -> Regions:
    """B h w 3 in [0, 1] to float32 regions."""
    features = self.hourglass(downscale(x, self.factor))
    heatmap = heatmaps(self.heat(features), self.temperature)
    shift = expectation(heatmap)
    if self.affine is None:
      return from_covariance(shift, covariance(heatmap, shift), heatmap)
    affine = averaged(heatmap, self.affine(features))
    covar = product(affine, affine.swapaxes(-1, -2))
    return Regions(shift, covar, affine, heatmap)
