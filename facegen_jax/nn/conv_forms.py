"""Equal forms of a convolution over any number of axes.

Each takes `x` (b n.. c), `kernel` (k.. c o) and an `Axis` for every n, and
gives b m.. o. The kernel is the same in all, so a checkpoint does not know
the form.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Axis(NamedTuple):
  """Sizes of a convolution along one axis.

  It is cut into blocks of `unit` positions, which become channels: of the
  stride, which leaves a convolution of stride 1 with `taps` taps, or, if
  `single`, of one position.
  """

  size: int
  kernel: int
  stride: int
  padding: int
  single: bool = False

  @property
  def outputs(self) -> int:
    """Positions of the output."""
    return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

  @property
  def unit(self) -> int:
    """Positions of a block."""
    return 1 if self.single else self.stride

  @property
  def step(self) -> int:
    """Blocks from an output to the next."""
    return self.stride if self.single else 1

  @property
  def taps(self) -> int:
    """Taps of the kernel, in blocks."""
    return -(-self.kernel // self.unit)

  @property
  def blocks(self) -> int:
    """Blocks that the outputs read."""
    return (self.outputs - 1) * self.step + self.taps

  @property
  def fill(self) -> int:
    """Zeros that make the kernel whole blocks."""
    return self.taps * self.unit - self.kernel

  @property
  def high(self) -> int:
    """Padding behind up to the last block; a negative one crops."""
    return self.blocks * self.unit - self.size - self.padding


Axes = Sequence[Axis]


def measure(
  sizes: Sequence[int],
  kernel: Sequence[int],
  strides: Sequence[int],
  padding: Sequence[int],
) -> tuple[Axis, ...]:
  """Makes the axes of a convolution.

  Raises:
    ValueError: a kernel, stride or padding is out of range, or the kernel
      does not fit the input.
  """
  axes = tuple(map(Axis, sizes, kernel, strides, padding))
  for axis in axes:
    if axis.kernel < 1 or axis.stride < 1 or axis.padding < 0:
      raise ValueError(f'kernel and stride are >= 1, padding >= 0, not {axis}')
    if axis.outputs < 1:
      raise ValueError(
        f'{axis.kernel} taps do not fit {axis.size} positions padded by '
        f'{axis.padding} on both sides'
      )
  return axes


def convolve(
  x: jax.Array,
  kernel: jax.Array,
  strides: Sequence[int],
  padding: Sequence[int],
  dilation: Sequence[int] | None = None,
) -> jax.Array:
  """XLA's own; a negative padding crops, `dilation` lays zeros into x."""
  space = 'DHW'[-len(strides) :]
  return jax.lax.conv_general_dilated(
    x,
    kernel,
    strides,
    [(p, p) for p in padding],
    lhs_dilation=dilation,
    dimension_numbers=(f'N{space}C', f'{space}IO', f'N{space}C'),
  )


def valid(
  x: jax.Array, kernel: jax.Array, strides: Sequence[int] | None = None
) -> jax.Array:
  """XLA's own without padding."""
  none = (0,) * (x.ndim - 2)
  return convolve(x, kernel, strides or (1,) * len(none), none)


def stock(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """XLA's own."""
  strides, padding = ([a[i] for a in axes] for i in (2, 3))
  return convolve(x, kernel, strides, padding)


def padded(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """Adds the zeros first: gradients then keep to XLA's fast path on a CPU."""
  pads = [(a.padding, a.padding) for a in axes]
  x = jnp.pad(x, [(0, 0), *pads, (0, 0)])
  return valid(x, kernel, [a.stride for a in axes])


def split(x: jax.Array, axes: Axes) -> jax.Array:
  """Pads x (b n.. c) to whole blocks: b blocks.. unit.. c."""
  pads = [(a.padding, a.high, 0) for a in axes]
  x = jax.lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *pads, (0, 0, 0)])
  pairs = [size for a in axes for size in (a.blocks, a.unit)]
  x = x.reshape(x.shape[0], *pairs, x.shape[-1])
  last = x.ndim - 1
  return x.transpose(0, *range(1, last, 2), *range(2, last, 2), last)


def split_kernel(kernel: jax.Array, axes: Axes) -> jax.Array:
  """Fills kernel (k.. c o) to whole blocks: (taps unit).. c o."""
  kernel = jnp.pad(kernel, [*[(0, a.fill) for a in axes], (0, 0), (0, 0)])
  pairs = [size for a in axes for size in (a.taps, a.unit)]
  return kernel.reshape(*pairs, *kernel.shape[-2:])


def space_to_depth(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  """Moves the strides into channels and convolves with stride 1."""
  n = len(axes)
  x = split(x, axes)
  x = x.reshape(*x.shape[: n + 1], -1)
  kernel = split_kernel(kernel, axes)
  order = (*range(0, 2 * n, 2), *range(1, 2 * n, 2), 2 * n, 2 * n + 1)
  kernel = kernel.transpose(order)
  taps = [a.taps for a in axes]
  return valid(x, kernel.reshape(*taps, x.shape[-1], -1))
