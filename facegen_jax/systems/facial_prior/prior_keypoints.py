"""FOMM's key points by the facial prior (EWP, AWP): placed, and bent.

"Facial prior guided micro-expression generation", TIP 2024, section III, on
Siarohin et al., "First order motion model", NeurIPS 2019.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.systems.facial_prior import prior
from facegen_jax.systems.facial_prior.keypoints import (
  KeyPoints,
  averaged,
  heatmaps,
  jacobian_head,
)
from facegen_jax.systems.facial_prior.prior_channel import Fusion, drawn_maps
from facegen_jax.systems.facial_prior.prior_maps import joined
from facegen_jax.systems.facial_prior.regions import HEAD

JOINED = ('ewp', 'awp')


class PriorKeypointDetector(nnx.Module):
  """A picture and its key points' places to their Jacobians.

  The places are the prior's and get no gradient. The network sees the picture
  and one map: the sum of the prior's ('ewp'), or what `Fusion` learns to make
  of them ('awp'). FOMM's head of heat maps only weighs the Jacobians.

  Args:
    points: number of key points k.
    joined: 'ewp' or 'awp'.
    reading: of the maps and of their sum, 'code' or 'paper'; see `drawn_maps`.
      The code's EWP has the city-block distance.
    sigma: likewise.
    features: the hourglass's `features`; likewise `blocks`, `max_features`.
    factor: by how much the picture is shrunk first (1 / scale).
    temperature: of the heat maps.
    padding: of the heads.

  Raises:
    ValueError: `joined` is neither.
  """

  def __init__(
    self,
    points: int = prior.COUNT,
    *,
    joined: str = 'awp',
    reading: str = 'code',
    sigma: float | None = None,
    features: int = 32,
    blocks: int = 5,
    max_features: int = 1024,
    factor: int = 4,
    temperature: float = 0.1,
    padding: int = 0,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if joined not in JOINED:
      raise ValueError(f'joined is one of {JOINED}, not {joined!r}')
    shared = {'dtype': dtype, 'rngs': rngs}
    self.predictor = Hourglass(4, features, blocks, max_features, **shared)
    out = self.predictor.features
    self.head = Conv(out, points, HEAD, padding=padding, **shared)
    self.jacobian = jacobian_head(out, points, padding=padding, **shared)
    self.fusion = Fusion(points, **shared) if joined == 'awp' else None
    self.reading, self.sigma = reading, sigma
    self.factor, self.temperature = factor, temperature

  def channel(
    self, points: jax.Array, picture: tuple[int, int], size: tuple[int, int]
  ) -> jax.Array:
    """The map beside the picture, b h w 1, of points b k 2 in its pixels."""
    maps = drawn_maps(
      points,
      picture,
      size,
      distance='city_block' if self.fusion is None else 'euclidean',
      reading=self.reading,
      sigma=self.sigma,
    )
    if self.fusion is None:
      return joined(maps, reading=self.reading)
    return self.fusion(maps)

  def __call__(self, x: jax.Array, points: jax.Array) -> KeyPoints:
    """B h w 3 in [0, 1] and b k 2 in its pixels to points in [-1, 1]."""
    small = downscale(x, self.factor)
    channel = self.channel(points, x.shape[1:3], small.shape[1:3])
    seen = jnp.concatenate([small, channel.astype(small.dtype)], -1)
    features = self.predictor(seen)
    maps = heatmaps(self.head(features), self.temperature)
    jacobian = averaged(maps, self.jacobian(features))
    value = jax.lax.stop_gradient(prior.normalised(points, *x.shape[1:3]))
    return KeyPoints(value, jacobian)
