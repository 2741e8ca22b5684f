"""The blocks and the hourglass of the first order motion model.

Siarohin et al., NeurIPS 2019, supplement, A. The same blocks build its
generator, and the networks of "Motion representations for articulated
animation" (Siarohin et al., CVPR 2021).
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.resize import average_pool, nearest


def _norm(features: int, dtype: Any, rngs: nnx.Rngs) -> BatchNorm:
  return BatchNorm(features, momentum=0.9, dtype=dtype, rngs=rngs)


class SameBlock(nnx.Module):
  """Convolution, batch norm, ReLU; an odd `kernel` keeps the size."""

  def __init__(
    self,
    in_features: int,
    features: int,
    kernel: int = 3,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.conv = Conv(
      in_features,
      features,
      kernel,
      padding=kernel // 2,
      dtype=dtype,
      rngs=rngs,
    )
    self.norm = _norm(features, dtype, rngs)
    self.features = features

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w c -> b h w features."""
    return nnx.relu(self.norm(self.conv(x)))


class DownBlock(SameBlock):
  """A `SameBlock`, then means of 2x2: half the size, by floor."""

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w c -> b h/2 w/2 features."""
    return average_pool(super().__call__(x), 2, stride=2)


class UpBlock(SameBlock):
  """Twice the size by repeated pixels, then a `SameBlock`."""

  def __call__(
    self, x: jax.Array, size: tuple[int, int] | None = None
  ) -> jax.Array:
    """B h w c -> b 2h 2w features, or of `size` where an odd one was halved."""
    size = size or (2 * x.shape[1], 2 * x.shape[2])
    return super().__call__(nearest(x, size))


class ResBlock(nnx.Module):
  """Twice batch norm, ReLU, 3x3 convolution; the input is added."""

  def __init__(
    self, features: int, *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    self.norms, self.convs = nnx.List(), nnx.List()
    for _ in range(2):
      self.norms.append(_norm(features, dtype, rngs))
      self.convs.append(Conv(features, features, dtype=dtype, rngs=rngs))
    self.features = features

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w features, to the same."""
    y = x
    for norm, conv in zip(self.norms, self.convs, strict=True):
      y = conv(nnx.relu(norm(y)))
    return y + x


def _width(features: int, level: int, limit: int) -> int:
  return min(limit, features * 2**level)


class Encoder(nnx.Module):
  """Down blocks of `features` times 2, 4, 8 ..., at most `max_features`.

  `features` of the module is the width of the last.
  """

  def __init__(
    self,
    in_features: int,
    features: int,
    blocks: int,
    max_features: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    widths = [_width(features, i + 1, max_features) for i in range(blocks)]
    self.blocks = nnx.List()
    for a, b in zip((in_features, *widths), widths, strict=False):
      self.blocks.append(DownBlock(a, b, dtype=dtype, rngs=rngs))
    self.features = widths[-1]

  def __call__(self, x: jax.Array) -> list[jax.Array]:
    """B h w c -> the input and every block's output, finest first."""
    levels = [x]
    for block in self.blocks:
      levels.append(block(levels[-1]))
    return levels


class Decoder(nnx.Module):
  """Up blocks back to the input's size, each joined to its level.

  The block's output comes first, then the level; the last level is the raw
  input, so `features` of the module is `features` + `in_features`.
  """

  def __init__(
    self,
    in_features: int,
    features: int,
    blocks: int,
    max_features: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.blocks = nnx.List()
    for i in reversed(range(blocks)):
      a = _width(features, i + 1, max_features) * (1 if i == blocks - 1 else 2)
      b = _width(features, i, max_features)
      self.blocks.append(UpBlock(a, b, dtype=dtype, rngs=rngs))
    self.features = b + in_features

  def __call__(self, levels: list[jax.Array]) -> jax.Array:
    """What an `Encoder` gives -> b h w features."""
    *levels, x = levels
    for block, level in zip(self.blocks, reversed(levels), strict=True):
      x = block(x, level.shape[1:3])
      x = jnp.concatenate([x, level.astype(x.dtype)], -1)
    return x


class Hourglass(nnx.Module):
  """An `Encoder` and its `Decoder`: b h w in -> b h w `features`."""

  def __init__(
    self,
    in_features: int,
    features: int,
    blocks: int,
    max_features: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    sizes = (in_features, features, blocks, max_features)
    self.encoder = Encoder(*sizes, dtype=dtype, rngs=rngs)
    self.decoder = Decoder(*sizes, dtype=dtype, rngs=rngs)
    self.features = self.decoder.features

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w in -> b h w `features`; each side at least 2^blocks."""
    return self.decoder(self.encoder(x))
