"""The discriminator of progressive growing, as StyleGAN trains it."""

from collections.abc import Mapping as Mapped
import itertools
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.resize import average_pool
from facegen_jax.systems.au_transfer.equalised import (
  DownConv,
  EqualConv,
  EqualDense,
  blur,
  channels,
  leaky,
)

_GROUP = 4  # pictures that are told apart by their spread
_EPSILON = 1e-8


def minibatch_spread(x: jax.Array) -> jax.Array:
  """Adds a channel with a group's mean standard deviation to b h w c.

  (Karras et al., ICLR 2018, section 3.) A group is of min(4, b) pictures that
  lie b / 4 apart in the batch, not of neighbours.

  Raises:
    ValueError: b is over 4 and no multiple of it.
  """
  b, h, w, c = x.shape
  group = min(_GROUP, b)
  if b % group:
    raise ValueError(f'a batch of {b} is no multiple of {group}')
  y = x.astype(jnp.float32).reshape(group, b // group, h, w, c)
  variance = jnp.square(y - y.mean(0)).mean(0)
  spread = jnp.sqrt(variance + _EPSILON).mean((1, 2, 3)).astype(x.dtype)
  spread = jnp.broadcast_to(spread[None, :, None], (group, b // group, h * w))
  return jnp.concatenate([x, spread.reshape(b, h, w, 1)], -1)


class Block(nnx.Module):
  """Convolution, then blur and convolution that halves; both with lrelu."""

  def __init__(
    self, features: int, out: int, *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.conv = EqualConv(features, features, **shared)
    self.down = DownConv(features, out, **shared)

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w c -> b h/2 w/2 c'."""
    return leaky(self.down(blur(leaky(self.conv(x)))))


class Discriminator(nnx.Module):
  """Pictures to one score each, high for real ones.

  `from_rgb` and `blocks` go up with the resolution: from_rgb 0 is that of 4x4,
  block 0 that from 8 to 4. Arguments as `Generator`'s.
  """

  def __init__(
    self,
    *,
    size: int,
    base: int = 16384,
    most: int = 512,
    widths: Mapped[int, int] | None = None,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    found = [*channels(size, base, most, widths).values()]
    shared = {'dtype': dtype, 'rngs': rngs}
    self.from_rgb = nnx.List(EqualConv(3, c, 1, **shared) for c in found)
    self.blocks = nnx.List(
      Block(b, a, **shared) for a, b in itertools.pairwise(found)
    )
    last = found[0]
    self.conv = EqualConv(last + 1, last, **shared)
    self.hidden = EqualDense(16 * last, last, **shared)
    self.head = EqualDense(last, 1, gain=1.0, rngs=rngs)
    self.size = size

  def _level(self, x: jax.Array) -> int:
    side = x.shape[1]
    if x.shape[1] != x.shape[2] or not 4 <= side <= self.size:
      raise ValueError(f'pictures of {x.shape[1:3]}: 4 .. {self.size} px')
    if side & (side - 1):
      raise ValueError(f'pictures of {side} px: a power of 2')
    return side.bit_length() - 3

  def __call__(
    self, x: jax.Array, *, fade: jax.Array | float | None = None
  ) -> jax.Array:
    """Pictures b R R 3 in [-1, 1], R up to `size` -> b scores, float32.

    `fade` is the share, in [0, 1], that the features of the 2x2 averaged
    picture have behind the first block; None is 0 without computing it.
    """
    level = self._level(x)
    y = leaky(self.from_rgb[level](x))
    for i in reversed(range(level)):
      y = self.blocks[i](y)
      if i == level - 1 and fade is not None:
        small = average_pool(x, 2, stride=2)
        before = leaky(self.from_rgb[i](small))
        y = y + jnp.asarray(fade, y.dtype) * (before - y)
    y = leaky(self.conv(minibatch_spread(y)))
    y = leaky(self.hidden(y.reshape(len(y), -1)))
    return self.head(y.astype(jnp.float32))[:, 0]
