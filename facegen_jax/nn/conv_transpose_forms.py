"""Equal forms of a transposed convolution over any number of axes.

A transposed convolution is the gradient of a convolution with respect to its
input. Each form takes `x` (b m.. c), `kernel` (k.. c o), not flipped, and the
axes of that convolution, whose `outputs` are m; and gives b n.. o.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from facegen_jax.nn import conv_matmul
from facegen_jax.nn.conv_forms import (
  Axes,
  Axis,
  convolve,
  measure,
  split_kernel,
  valid,
)


def measure_transposed(
  sizes: Sequence[int],
  kernel: Sequence[int],
  strides: Sequence[int],
  padding: Sequence[int],
) -> tuple[Axis, ...]:
  """The axes of the convolution that makes m out of (m - 1) s - 2 p + k.

  Raises:
    ValueError: a number is out of range, or the padding leaves nothing.
  """
  sizes = [
    (m - 1) * s - 2 * p + k
    for m, k, s, p in zip(sizes, kernel, strides, padding, strict=False)
  ]
  if min(sizes) < 1:
    raise ValueError(
      f'padding {tuple(padding)} leaves nothing of an output: {sizes}'
    )
  return measure(sizes, kernel, strides, padding)


def _flip(kernel: jax.Array, axes: Axes) -> jax.Array:
  return jnp.flip(kernel, range(len(axes)))


def stock(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """XLA's own, over a dilated input."""
  return convolve(
    x,
    _flip(kernel, axes),
    (1,) * len(axes),
    [a.kernel - 1 - a.padding for a in axes],
    [a.stride for a in axes],
  )


def zeros(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """Lays zeros between the positions first, then convolves with stride 1."""
  margins = [a.kernel - 1 - a.padding for a in axes]
  pads = [(m, m, a.stride - 1) for m, a in zip(margins, axes, strict=True)]
  x = jax.lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *pads, (0, 0, 0)])
  return valid(x, _flip(kernel, axes))


def _depth_to_space(x: jax.Array, axes: Axes) -> jax.Array:
  """B blocks.. (stride.. c) -> b size.. c, without the padding."""
  n = len(axes)
  x = x.reshape(*x.shape[: n + 1], *[a.stride for a in axes], -1)
  order = [d for i in range(n) for d in (1 + i, 1 + n + i)]
  x = x.transpose(0, *order, 2 * n + 1)
  sizes = [a.blocks * a.stride for a in axes]
  x = x.reshape(x.shape[0], *sizes, x.shape[-1])
  crops = [(-a.padding, -a.high, 0) for a in axes]
  zero = jnp.zeros((), x.dtype)
  return jax.lax.pad(x, zero, [(0, 0, 0), *crops, (0, 0, 0)])


def phases(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """One convolution of stride 1 with a kernel for each of a stride's offsets.

  The offsets come out as channels, which depth-to-space lays between each
  other.
  """
  n, margins = len(axes), [(a.taps - 1,) * 2 for a in axes]
  kernel = split_kernel(kernel, axes)
  order = (*range(0, 2 * n, 2), 2 * n, *range(1, 2 * n, 2), 2 * n + 1)
  kernel = _flip(kernel.transpose(order), axes)
  kernel = kernel.reshape(*kernel.shape[: n + 1], -1)
  x = jnp.pad(x, [(0, 0), *margins, (0, 0)])
  return _depth_to_space(valid(x, kernel), axes)


def matmul(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """The transpose of the convolution that is one product of matrices."""
  sizes = [a.size for a in axes]
  shape = (x.shape[0], *sizes, kernel.shape[-1])
  (y,) = jax.linear_transpose(
    lambda y: conv_matmul.matmul(y, kernel.swapaxes(-1, -2), axes),
    jax.ShapeDtypeStruct(shape, x.dtype),
  )(x)
  return y
