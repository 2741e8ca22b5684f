"""From the motion of a few points to a flow of every pixel.

Siarohin et al., NeurIPS 2019, sections 3.1 (equation 4) and 3.3.
"""

from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn import matrix2
from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.coordinates import gaussian, grid
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.nn.warp import warp
from facegen_jax.systems.facial_prior.keypoints import KeyPoints


class Motion(NamedTuple):
  """Where each pixel of the driving pose is to be read in the source.

  Slot 0 is the background, which stands still; slot i follows point i - 1.

  Attributes:
    flow: b h w 2, (x, y) in [-1, 1].
    occlusion: b h w 1 in [0, 1], 0 where the source does not show it; or None.
    mask: b h w k+1, sums to 1 over the slots.
    deformed: b h w k+1 3, the source read by the motion of each slot.
  """

  flow: jax.Array
  occlusion: jax.Array | None
  mask: jax.Array
  deformed: jax.Array


def sparse_motions(
  source: KeyPoints, driving: KeyPoints, height: int, width: int
) -> jax.Array:
  """The places that each point's motion alone reads: b h w k 2.

  J_source inverse(J_driving) (z - driving) + source, equation 4.
  """
  places = grid(height, width)[None, :, :, None]
  offset = places - driving.value[:, None, None]
  if driving.jacobian is not None:
    bend = matrix2.product(source.jacobian, matrix2.inverse(driving.jacobian))
    offset = matrix2.apply(bend[:, None, None], offset)
  return offset + source.value[:, None, None]


def slots(sparse: jax.Array) -> jax.Array:
  """Puts the identity before the points' motions: b h w k 2 -> b h w k+1 2."""
  b, h, w, _, _ = sparse.shape
  still = jnp.broadcast_to(grid(h, w)[None, :, :, None], (b, h, w, 1, 2))
  return jnp.concatenate([still, sparse], 3)


def read_each(
  x: jax.Array, places: jax.Array, *, align_corners: bool
) -> jax.Array:
  """Reads b h w c at b p q k 2: b p q k c, in one gather."""
  b, p, q, k, _ = places.shape
  rows = places.reshape(b, p, q * k, 2)
  return warp(x, rows, align_corners=align_corners).reshape(b, p, q, k, -1)


class DenseMotion(nnx.Module):
  """Weighs the motions of all points at every pixel.

  Args:
    points: how many.
    features: of the hourglass, as `blocks` and `max_features`.
    factor: by which the source is shrunk first; the flow has that size.
    variance: of the points' Gaussians, on [-1, 1].
    occlusion: whether it is estimated too.
    align_corners: of reading the source; published weights want True.
  """

  def __init__(
    self,
    points: int = 10,
    *,
    features: int = 64,
    blocks: int = 5,
    max_features: int = 1024,
    in_features: int = 3,
    factor: int = 4,
    variance: float = 0.01,
    occlusion: bool = True,
    align_corners: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    inputs = (points + 1) * (in_features + 1)
    self.hourglass = Hourglass(
      inputs, features, blocks, max_features, dtype=dtype, rngs=rngs
    )
    # These weigh places, so they never are in half floats.
    head = {'kernel': 7, 'padding': 3, 'dtype': jnp.float32, 'rngs': rngs}
    out = self.hourglass.features
    self.mask = Conv(out, points + 1, **head)
    self.occlusion = Conv(out, 1, **head) if occlusion else None
    self.factor, self.variance = factor, variance
    self.align_corners = align_corners

  def _heat(
    self, source: KeyPoints, driving: KeyPoints, height: int, width: int
  ) -> jax.Array:
    """Where a point comes to less where it was: b h w k+1, 0 for slot 0."""
    now, before = (
      gaussian(points.value, height, width, self.variance)
      for points in (driving, source)
    )
    return jnp.pad(now - before, [(0, 0)] * 3 + [(1, 0)])

  def __call__(
    self, picture: jax.Array, source: KeyPoints, driving: KeyPoints
  ) -> Motion:
    """The motion from `source`, points of b h w 3 in [0, 1], to `driving`.

    One picture and its points also serve b rows of `driving`.
    """
    small = downscale(picture, self.factor)
    h, w, c = small.shape[1:]
    places = slots(sparse_motions(source, driving, h, w))
    b = len(places)
    small = jnp.broadcast_to(small, (b, h, w, c))
    deformed = read_each(small, places, align_corners=self.align_corners)
    heat = self._heat(source, driving, h, w).astype(deformed.dtype)
    x = jnp.concatenate([heat[..., None], deformed], -1)
    x = self.hourglass(x.reshape(b, h, w, -1))
    mask = jax.nn.softmax(self.mask(x))
    flow = (mask[..., None] * places).sum(3)
    occlusion = None
    if self.occlusion is not None:
      occlusion = nnx.sigmoid(self.occlusion(x))
    return Motion(flow, occlusion, mask, deformed)
