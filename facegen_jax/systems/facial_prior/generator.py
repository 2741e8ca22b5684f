"""Painting a source picture in another pose: features moved along a flow.

Siarohin et al., NeurIPS 2019, section 3.3 (the occlusion-aware generator), and
with `skips` that of Siarohin et al., "Motion representations for articulated
animation", CVPR 2021.
"""

import itertools
from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.hourglass import DownBlock, ResBlock, SameBlock, UpBlock
from facegen_jax.nn.resize import bilinear
from facegen_jax.nn.warp import warp


class Generated(NamedTuple):
  """What the generator makes.

  Attributes:
    prediction: b h w 3 in [0, 1].
    deformed: b h w 3, the source's own pixels moved along the flow.
    motion: what the motion network gave.
  """

  prediction: jax.Array
  deformed: jax.Array
  motion: Any


class _Reader:
  """Moves maps of any size along one flow, resized to them."""

  def __init__(
    self, flow: jax.Array, occlusion: jax.Array | None, align_corners: bool
  ) -> None:
    self._flow, self._occlusion = flow, occlusion
    self._align = align_corners

  def _resized(self, x: jax.Array, like: jax.Array) -> jax.Array:
    # A place blurred by a matrix unit's short floats would be another place.
    with jax.default_matmul_precision('highest'):
      return bilinear(x, like.shape[1:3])

  def read(self, x: jax.Array) -> jax.Array:
    """Reads b h w c along the flow."""
    flow = self._resized(self._flow, x)
    return warp(x, flow, align_corners=self._align)

  def shown(self, moved: jax.Array) -> jax.Array:
    """Leaves of moved maps what is not occluded."""
    if self._occlusion is None:
      return moved
    return moved * self._resized(self._occlusion, moved).astype(moved.dtype)

  def blended(self, moved: jax.Array, painted: jax.Array) -> jax.Array:
    """The painted maps show where the moved ones are occluded."""
    share = self._resized(self._occlusion, moved).astype(painted.dtype)
    return moved.astype(painted.dtype) * share + painted * (1 - share)


class Generator(nnx.Module):
  """A motion network, and an encoder and decoder about the moved features.

  Args:
    motion: a network of the source and of whatever describes the motion, whose
      result has `flow` (b p q 2, (x, y) in [-1, 1]) and `occlusion` (b p q 1 in
      [0, 1], or None), of any size.
    features: of the first layer; each of `down_blocks` doubles them, up to
      `max_features`.
    res_blocks: between encoder and decoder.
    skips: every level's moved features, and last the moved picture, show
      through where nothing is occluded.
    align_corners: of reading; FOMM's published weights want True, MRAA's False.
  """

  def __init__(
    self,
    motion: nnx.Module,
    *,
    features: int = 64,
    max_features: int = 512,
    down_blocks: int = 2,
    res_blocks: int = 6,
    in_features: int = 3,
    skips: bool = False,
    align_corners: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    levels = range(down_blocks + 1)
    widths = [min(max_features, features * 2**i) for i in levels]
    self.motion = motion
    self.first = SameBlock(in_features, widths[0], 7, **shared)
    self.downs, self.ups = nnx.List(), nnx.List()
    for a, b in itertools.pairwise(widths):
      self.downs.append(DownBlock(a, b, **shared))
    self.middle = nnx.List()
    for _ in range(res_blocks):
      self.middle.append(ResBlock(widths[-1], **shared))
    for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True):
      self.ups.append(UpBlock(a, b, **shared))
    self.final = Conv(widths[0], in_features, 7, padding=3, **shared)
    self.skips, self.align_corners = skips, align_corners

  def _decoded(
    self, x: jax.Array, levels: list[jax.Array], reader: _Reader
  ) -> jax.Array:
    for up, level in zip(self.ups, reversed(levels[:-1]), strict=True):
      x = up(x, level.shape[1:3])
      x = reader.blended(level, x) if self.skips else x
    return nnx.sigmoid(self.final(x).astype(jnp.float32))

  def paint(
    self, source: jax.Array, flow: jax.Array, occlusion: jax.Array | None
  ) -> tuple[jax.Array, jax.Array]:
    """The prediction and the moved picture, both b h w 3.

    One source also serves b flows, and is encoded once.

    Raises ValueError if there are skips and no occlusion.
    """
    if self.skips and occlusion is None:
      raise ValueError('skips blend by the occlusion: let motion estimate it')
    reader = _Reader(flow, occlusion, self.align_corners)
    levels = [self.first(source)]
    for down in self.downs:
      levels.append(down(levels[-1]))
    source, *levels = (
      jnp.broadcast_to(x, (len(flow), *x.shape[1:])) for x in (source, *levels)
    )
    moved = reader.read(source)
    wanted = levels if self.skips else levels[-1:]
    shown = [reader.read(level) for level in wanted]
    x = reader.shown(shown[-1])
    for block in self.middle:
      x = block(x)
    if not self.skips:
      return self._decoded(x, levels, reader), moved
    x = reader.blended(shown[-1], x)
    return reader.blended(moved, self._decoded(x, shown, reader)), moved

  def __call__(self, source: jax.Array, *described: Any) -> Generated:
    """Paints `source`, b h w 3 in [0, 1], as `motion` is `described`."""
    motion = self.motion(source, *described)
    made = self.paint(source, motion.flow, motion.occlusion)
    return Generated(*made, motion)
