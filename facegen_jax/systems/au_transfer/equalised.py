"""Layers of the equalised learning rate, and StyleGAN's resampling ones.

Karras, Aila, Laine & Lehtinen, "Progressive growing of GANs", ICLR 2018,
section 4.1: weights are stored with unit variance and scaled by He's constant
where they are used, so that Adam moves all of them alike.
"""

import math
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.conv_layer import ConvLayer
from facegen_jax.nn.conv_transpose import conv_transpose2d

ROOT_2 = math.sqrt(2)  # He's gain, ahead of a leaky ReLU
_SLOPE = 0.2
_unit_normal = nnx.initializers.normal(1.0)


def leaky(x: jax.Array) -> jax.Array:
  """The leaky ReLU of all layers, slope 0.2."""
  return nnx.leaky_relu(x, _SLOPE)


class EqualDense(nnx.Module):
  """... in -> ... out; `gain` / sqrt(in) scales the `kernel` (in out).

  `rate` is a learning rate's multiplier that is built into the weights: they
  are stored 1 / rate times as large, and so is the `bias` (out).
  """

  def __init__(
    self,
    in_features: int,
    out_features: int,
    *,
    gain: float = ROOT_2,
    rate: float = 1.0,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shape = (in_features, out_features)
    kernel = _unit_normal(rngs.params(), shape, jnp.float32) / rate
    self.kernel, self.bias = nnx.Param(kernel), nnx.Param(jnp.zeros(shape[1]))
    self.scale, self.rate = gain / math.sqrt(in_features) * rate, rate
    self.dtype = dtype

  def __call__(self, x: jax.Array) -> jax.Array:
    """Applies it in `dtype`, or in x's."""
    dtype = self.dtype or x.dtype
    kernel, bias = self.kernel[...] * self.scale, self.bias[...] * self.rate
    return x.astype(dtype) @ kernel.astype(dtype) + bias.astype(dtype)


class EqualConv(Conv):
  """`nn.conv.Conv` of stride 1 that keeps the size; scaled as `EqualDense`."""

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: int = 3,
    *,
    gain: float = ROOT_2,
    **options: Any,
  ) -> None:
    super().__init__(
      in_features,
      out_features,
      kernel,
      padding=kernel // 2,
      kernel_init=_unit_normal,
      **options,
    )
    self.scale = gain / math.sqrt(kernel**2 * in_features)

  def weights(self) -> jax.Array:
    """The kernel as it is used."""
    return self.kernel[...] * self.scale


def _doubled(kernel: jax.Array) -> jax.Array:
  """The four unit shifts of a kernel's taps added up: 3 3 .. -> 4 4 .."""
  for axis in (0, 1):
    pads = [[(0, 0)] * kernel.ndim for _ in range(2)]
    pads[0][axis], pads[1][axis] = (0, 1), (1, 0)
    kernel = jnp.pad(kernel, pads[0]) + jnp.pad(kernel, pads[1])
  return kernel


class UpConv(ConvLayer):
  """Nearest doubling, then a convolution with `kernel` (3 3 in out), no bias.

  b h w in -> b 2h 2w out, run as one transposed convolution with the 4x4 taps
  that fall on a pixel of the small map: equal, borders included, at 4/9 of the
  products.
  """

  run = staticmethod(conv_transpose2d)

  def __init__(self, in_features: int, out_features: int, **options: Any):
    super().__init__(
      (3, 3, in_features, out_features),
      stride=2,
      padding=1,
      use_bias=False,
      kernel_init=_unit_normal,
      **options,
    )
    self.scale = ROOT_2 / math.sqrt(9 * in_features)

  def weights(self) -> jax.Array:
    """The transposed convolution's kernel, 4 4 in out."""
    return _doubled(self.kernel[...][::-1, ::-1] * self.scale)


class DownConv(Conv):
  """A convolution with `kernel` (3 3 in out), then 2x2 means, then `bias`.

  b h w in -> b h/2 w/2 out, run as one convolution of stride 2 with 4x4 taps.
  """

  def __init__(self, in_features: int, out_features: int, **options: Any):
    super().__init__(
      in_features,
      out_features,
      3,
      stride=2,
      padding=1,
      kernel_init=_unit_normal,
      **options,
    )
    self.scale = ROOT_2 / math.sqrt(9 * in_features)

  def weights(self) -> jax.Array:
    """The kernel as it is used, 4 4 in out."""
    return _doubled(self.kernel[...] * (self.scale / 4))


def blur(x: jax.Array) -> jax.Array:
  """Weighs b h w c with [1 2 1] / 4 along both axes, zeros outside.

  Sums of slices: a convolution of single channels is slow on a CPU.
  """
  for axis in (1, 2):
    pads = [(0, 0)] * 4
    pads[axis] = (1, 1)
    wide, n = jnp.pad(x, pads), x.shape[axis]
    left, right = (
      jax.lax.slice_in_dim(wide, i, i + n, axis=axis) for i in (0, 2)
    )
    x = 0.5 * x + 0.25 * (left + right)
  return x


def channels(
  size: int, base: int, most: int, widths: dict[int, int] | None = None
) -> dict[int, int]:
  """Channels by resolution, 4, 8 ... `size`: min(base / R, most) unless given.

  Raises ValueError if the size is no power of 2 from 8, or a width is missing
  or no number from 1.
  """
  if size < 8 or size & (size - 1):
    raise ValueError(f'size is a power of 2 and at least 8, not {size}')
  sides = [2**i for i in range(2, size.bit_length())]
  found = {r: min(base // r, most) for r in sides} | dict(widths or {})
  wrong = [r for r in sides if found[r] < 1]
  if wrong:
    raise ValueError(f'no channels are left at {wrong[0]} px: raise base')
  return {r: found[r] for r in sides}
