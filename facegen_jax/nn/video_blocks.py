"""Blocks of the 18-layer video ResNets (Tran et al., CVPR 2018)."""

from typing import Any

from flax import nnx
import jax

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv3d import Conv3d, Pair

_he = nnx.initializers.variance_scaling(2.0, 'fan_out', 'normal')


def middle_width(in_features: int, out_features: int) -> int:
  """Width between space and time that keeps a 3x3x3 kernel's parameters.

  Section 3.5 of the paper; a block takes it of its own input and output and
  uses it for both convolutions.
  """
  a, b = in_features, out_features
  return 27 * a * b // (9 * a + 3 * b)


class Factored(nnx.Module):
  """(2+1)D convolution: `spatial`, `norm`, ReLU, `temporal`."""

  def __init__(
    self,
    in_features: int,
    middle: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: Pair,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    (kt, k), (st, s) = kernel, stride
    shared = {'kernel_init': _he, 'dtype': dtype, 'rngs': rngs}
    self.spatial = Conv3d(
      in_features,
      middle,
      (1, k),
      stride=(1, s),
      padding=(0, k // 2),
      **shared,
    )
    self.norm = BatchNorm(middle, momentum=0.9, dtype=dtype, rngs=rngs)
    self.temporal = Conv3d(
      middle,
      out_features,
      (kt, 1),
      stride=(st, 1),
      padding=(kt // 2, 0),
      **shared,
    )

  def __call__(self, x: jax.Array) -> jax.Array:
    """Maps b t h w in to b t' h' w' out."""
    return self.temporal(nnx.relu(self.norm(self.spatial(x))))


class ConvNorm(nnx.Module):
  """`conv`, plain or factored through `middle` channels, and its `norm`."""

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: Pair = (1, 1),
    middle: int | None = None,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'stride': stride, 'dtype': dtype, 'rngs': rngs}
    if middle:
      self.conv = Factored(in_features, middle, out_features, kernel, **shared)
    else:
      self.conv = Conv3d(
        in_features,
        out_features,
        kernel,
        padding=(kernel[0] // 2, kernel[1] // 2),
        kernel_init=_he,
        **shared,
      )
    self.norm = BatchNorm(out_features, momentum=0.9, dtype=dtype, rngs=rngs)

  def __call__(self, x: jax.Array) -> jax.Array:
    """Maps b t h w in to b t' h' w' out."""
    return self.norm(self.conv(x))


class Block(nnx.Module):
  """Residual block: `conv1`, `conv2`; `shortcut` where the shape changes."""

  def __init__(
    self,
    in_features: int,
    out_features: int,
    *,
    frames: int,
    stride: Pair,
    factored: bool,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    middle = middle_width(in_features, out_features) if factored else None
    shared = {'dtype': dtype, 'rngs': rngs}
    same = {'middle': middle, **shared}
    kernel = (frames, 3)
    self.conv1 = ConvNorm(
      in_features, out_features, kernel, stride=stride, **same
    )
    self.conv2 = ConvNorm(out_features, out_features, kernel, **same)
    changes = stride != (1, 1) or in_features != out_features
    self.shortcut = (
      ConvNorm(in_features, out_features, (1, 1), stride=stride, **shared)
      if changes
      else None
    )

  def __call__(self, x: jax.Array) -> jax.Array:
    """Maps b t h w in to b t' h' w' out."""
    y = self.conv2(nnx.relu(self.conv1(x)))
    return nnx.relu(y + (x if self.shortcut is None else self.shortcut(x)))
