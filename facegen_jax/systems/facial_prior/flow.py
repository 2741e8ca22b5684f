"""MRAA's flow from the driving to the source picture, by their regions.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.3. One motion a region and one of the background; a network
says which holds where.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.antialias import downscale
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.coordinates import gaussian, grid
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.nn.matrix2 import apply, inverse, product
from facegen_jax.systems.facial_prior.background import warp_places
from facegen_jax.systems.facial_prior.dense_motion import (
  Motion,
  read_each,
  slots,
)
from facegen_jax.systems.facial_prior.regions import HEAD, Regions

_VARIANCE = 0.01  # of regions without a covariance


def upright(affine: jax.Array) -> jax.Array:
  """Matrices ... 2 2 times the sign of their first entry.

  An axis of a covariance has no sign; this undoes a swap of both
  (`revert_axis_swap`).
  """
  return affine * jnp.sign(affine[..., :1, :1])


def sparse_motions(
  source: Regions,
  driving: Regions,
  size: tuple[int, int],
  *,
  homography: jax.Array | None = None,
  revert_axis_swap: bool = True,
) -> jax.Array:
  """Where each place of the driving picture comes from: b h w k+1 2.

  Slot 0 is the background, by `homography` (b 3 3) or at rest. A region moves
  by A_source inverse(A_driving), by a shift alone if it has no affine.
  """
  places = grid(*size)
  moved = places[None, :, :, None] - driving.shift[:, None, None]
  if driving.affine is not None:
    affine = product(source.affine, inverse(driving.affine))
    if revert_axis_swap:
      affine = upright(affine)
    moved = apply(affine[:, None, None], moved)
  moved = moved + source.shift[:, None, None]
  if homography is None:
    return slots(moved)
  still = warp_places(homography, places)
  return jnp.concatenate([still[:, :, :, None], moved], 3)


class PixelwiseFlow(nnx.Module):
  """A source picture and two sets of regions to a flow and an occlusion.

  Args:
    regions: their number k.
    features: the hourglass's `features`; likewise `blocks`, `max_features`.
    factor: by how much the source is shrunk (1 / scale); the flow's size.
    occlusion: whether the occlusion map is predicted.
    covar_heatmap: blobs of the regions' covariances, else of variance 0.01.
    deformed_source: the network sees the source warped by each motion.
    revert_axis_swap: see `upright`.
    align_corners: of the warp; False is how the published weights learned.
  """

  def __init__(
    self,
    regions: int = 10,
    *,
    features: int = 64,
    blocks: int = 5,
    max_features: int = 1024,
    factor: int = 4,
    occlusion: bool = True,
    covar_heatmap: bool = True,
    deformed_source: bool = True,
    revert_axis_swap: bool = True,
    align_corners: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    inputs = (regions + 1) * (4 if deformed_source else 1)
    self.hourglass = Hourglass(inputs, features, blocks, max_features, **shared)
    width = self.hourglass.features
    self.mask = Conv(width, regions + 1, HEAD, padding=HEAD // 2, **shared)
    self.occlusion = (
      Conv(width, 1, HEAD, padding=HEAD // 2, **shared) if occlusion else None
    )
    self.covar_heatmap, self.deformed_source = covar_heatmap, deformed_source
    self.revert_axis_swap, self.align_corners = revert_axis_swap, align_corners
    self.factor, self.dtype = factor, dtype

  def _blobs(
    self, source: Regions, driving: Regions, size: tuple[int, int]
  ) -> jax.Array:
    """Where a region comes to less where it was: b h w k+1, 0 for slot 0."""
    now, before = (
      gaussian(r.shift, *size, r.covar if self.covar_heatmap else _VARIANCE)
      for r in (driving, source)
    )
    return jnp.pad(now - before, [(0, 0)] * 3 + [(1, 0)])

  def __call__(
    self,
    picture: jax.Array,
    source: Regions,
    driving: Regions,
    homography: jax.Array | None = None,
  ) -> Motion:
    """The motion from `source`, the regions of b h w 3 in [0, 1], to `driving`.

    `homography` (b 3 3) moves the background, which else rests. `deformed` of
    the result is None unless the network sees it. One picture and its regions
    also serve b rows of `driving`.
    """
    small = downscale(picture, self.factor)
    h, w, c = small.shape[1:]
    places = sparse_motions(
      source,
      driving,
      (h, w),
      homography=homography,
      revert_axis_swap=self.revert_axis_swap,
    )
    b = len(places)
    small = jnp.broadcast_to(small, (b, h, w, c))
    x = self._blobs(source, driving, (h, w)).astype(small.dtype)[..., None]
    deformed = None
    if self.deformed_source:
      deformed = read_each(small, places, align_corners=self.align_corners)
      x = jnp.concatenate([x, deformed], -1)
    x = self.hourglass(x.reshape(b, h, w, -1))
    mask = nnx.softmax(self.mask(x).astype(jnp.float32))
    flow = (mask[..., None] * places).sum(3)
    occlusion = None
    if self.occlusion is not None:
      occlusion = nnx.sigmoid(self.occlusion(x).astype(jnp.float32))
    return Motion(flow, occlusion, mask, deformed)
