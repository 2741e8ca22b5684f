"""Key points that nobody marked: the detector of the first order motion model.

Siarohin et al., "First order motion model for image animation", NeurIPS 2019,
section 3.1: each point is the mean of a map, and a matrix tells how the
picture about it is bent.
"""

from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.coordinates import axis
from facegen_jax.nn.hourglass import Hourglass

JACOBIANS = ('each', 'shared', None)


class KeyPoints(NamedTuple):
  """Points of a batch of pictures.

  Attributes:
    value: b k 2, (x, y) in [-1, 1].
    jacobian: b k 2 2, of the map from a reference frame; None for shifts only.
  """

  value: jax.Array
  jacobian: jax.Array | None = None


def heatmaps(logits: jax.Array, temperature: float) -> jax.Array:
  """Softmax over the map's pixels, b h w k: every map has sum 1, float32."""
  b, h, w, k = logits.shape
  flat = logits.astype(jnp.float32).reshape(b, h * w, k) / temperature
  return jax.nn.softmax(flat, axis=1).reshape(b, h, w, k)


def expectation(maps: jax.Array) -> jax.Array:
  """Mean place of maps of sum 1: b h w k -> b k 2, (x, y) in [-1, 1]."""
  x = (maps.sum(1) * axis(maps.shape[2])[:, None]).sum(1)
  y = (maps.sum(2) * axis(maps.shape[1])[:, None]).sum(1)
  return jnp.stack([x, y], -1)


def averaged(maps: jax.Array, entries: jax.Array) -> jax.Array:
  """Matrices b h w (n 4) weighed by maps b h w k of sum 1: b k 2 2.

  Row by row; n is k, or 1 for matrices that all points share.
  """
  b, h, w, k = maps.shape
  entries = entries.astype(jnp.float32).reshape(b, h, w, -1, 4)
  entries = jnp.broadcast_to(entries, (b, h, w, k, 4))
  found = jnp.einsum('bhwk,bhwke->bke', maps, entries, precision='highest')
  return found.reshape(b, k, 2, 2)


def jacobian_head(
  in_features: int,
  matrices: int,
  *,
  padding: int = 0,
  dtype: Any = None,
  rngs: nnx.Rngs,
) -> Conv:
  """The 7x7 convolution to `matrices` times 4 entries, identities at first."""
  conv = Conv(
    in_features,
    4 * matrices,
    7,
    padding=padding,
    kernel_init=nnx.initializers.zeros,
    dtype=dtype,
    rngs=rngs,
  )
  conv.bias[...] = jnp.tile(jnp.eye(2).ravel(), matrices)
  return conv


class KeypointDetector(nnx.Module):
  """A picture's key points.

  Args:
    points: how many.
    features: of the hourglass, as `blocks` and `max_features`.
    factor: by which the picture is shrunk first.
    temperature: of the softmax over pixels.
    jacobian: matrices 'each' point has, 'shared' maps of, or None.
    padding: of the 7x7 heads. Published: 0, so that the map is 6 pixels
      smaller than the features, and stretched to [-1, 1] all the same.
  """

  def __init__(
    self,
    points: int = 10,
    *,
    features: int = 32,
    blocks: int = 5,
    max_features: int = 1024,
    in_features: int = 3,
    factor: int = 4,
    temperature: float = 0.1,
    jacobian: str | None = 'each',
    padding: int = 0,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if jacobian not in JACOBIANS:
      raise ValueError(f'jacobian is one of {JACOBIANS}, not {jacobian!r}')
    self.predictor = Hourglass(
      in_features, features, blocks, max_features, dtype=dtype, rngs=rngs
    )
    out = self.predictor.features
    # The temperature multiplies a logit's error: never in half floats.
    shared = {'padding': padding, 'dtype': jnp.float32, 'rngs': rngs}
    self.head = Conv(out, points, 7, **shared)
    matrices = {'each': points, 'shared': 1, None: 0}[jacobian]
    self.jacobian = jacobian_head(out, matrices, **shared) if matrices else None
    self.factor, self.temperature = factor, temperature

  def __call__(self, x: jax.Array) -> KeyPoints:
    """Finds the points of b h w 3 in [0, 1]."""
    x = self.predictor(downscale(x, self.factor))
    maps = heatmaps(self.head(x), self.temperature)
    if self.jacobian is None:
      return KeyPoints(expectation(maps))
    return KeyPoints(expectation(maps), averaged(maps, self.jacobian(x)))
