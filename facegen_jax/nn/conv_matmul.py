"""A convolution as one product of matrices, and all its gradients likewise.

The strides go into channels. Then the taps of an axis are gathered in the input
(shifted copies beside each other in its channels) or spread in the output (the
product gives all taps, their shifted sum is the result). Every choice is exact;
the matrices' sizes differ widely.
"""

from collections.abc import Sequence
import itertools
import math

import jax
import jax.numpy as jnp

from facegen_jax.nn.conv_forms import Axes, split, split_kernel

# A matrix's element costs as much to move as this many multiply-adds, and one
# of the kernel as this many to permute: fitted on two cores with AVX-512.
_MOVE, _PERMUTE = 200, 100


def product_sizes(
  batch: int, ci: int, co: int, axes: Axes, gathered: Sequence[int]
) -> tuple[int, int, int]:
  """Rows, inner size and columns of the product."""
  rows, inner, columns = batch, ci, co
  for i, a in enumerate(axes):
    rows *= a.outputs if i in gathered else a.blocks
    inner *= a.kernel if i in gathered else a.stride
    columns *= 1 if i in gathered else a.taps
  return rows, inner, columns


def best_gathered(batch: int, ci: int, co: int, axes: Axes) -> tuple[int, ...]:
  """The axes to gather so that arithmetic and memory traffic are least."""

  def price(gathered: tuple[int, ...]) -> int:
    rows, inner, columns = product_sizes(batch, ci, co, axes, gathered)
    permuted = 0 if len(gathered) == len(axes) else inner * columns
    moved = _MOVE * (inner + columns)
    return rows * (inner * columns + moved) + _PERMUTE * permuted

  n = range(len(axes))
  choices = (itertools.combinations(n, count) for count in range(len(axes) + 1))
  return min(itertools.chain(*choices), key=price)


def _gather(x: jax.Array, axes: Axes, gathered: Sequence[int]) -> jax.Array:
  """B blocks.. unit.. c -> b rows.. (taps before their unit).. c."""
  n = len(axes)
  for count, i in enumerate(gathered):
    a = axes[i]
    reach = (a.outputs - 1) * a.step + 1
    windows = [
      jax.lax.slice_in_dim(x, j, j + reach, a.step, 1 + i)
      for j in range(a.taps)
    ]
    x = jnp.stack(windows, 1 + n + i + count)
  return x


def _spread(y: jax.Array, axes: Axes, spread: Sequence[int]) -> jax.Array:
  """B rows.. taps.. o -> b outputs.. o: the shifted sum."""
  for i in reversed(spread):
    size = axes[i].outputs
    y = sum(
      jax.lax.slice_in_dim(y[..., j, :], j, j + size, axis=1 + i)
      for j in range(axes[i].taps)
    )
  return y


def matmul(
  x: jax.Array,
  kernel: jax.Array,
  axes: Axes,
  gathered: Sequence[int] | None = None,
) -> jax.Array:
  """The convolution b n.. c -> b m.. o; `gathered` axes, or the best."""
  n, (ci, co) = len(axes), kernel.shape[-2:]
  if gathered is None:
    gathered = best_gathered(x.shape[0], ci, co, axes)
  spread = [i for i in range(n) if i not in gathered]
  # Where the stride does not divide the kernel, blocks would hold zeros.
  axes = [
    a._replace(single=i in gathered and a.fill > 0) for i, a in enumerate(axes)
  ]
  x = _gather(split(x, axes), axes, gathered)
  rows = x.shape[: n + 1]
  # Gathered taps stay before their unit: with all, the kernel as stored.
  inner = [
    d for i in range(n) for d in (2 * i, 2 * i + 1) if d % 2 or i in gathered
  ]
  kernel = split_kernel(kernel, axes)
  kernel = kernel.transpose(*inner, 2 * n, *[2 * i for i in spread], 2 * n + 1)
  size = math.prod(x.shape[n + 1 :])
  y = jnp.matmul(
    x.reshape(-1, size),
    kernel.reshape(size, -1),
    preferred_element_type=jnp.promote_types(x.dtype, jnp.float32),
  )
  y = y.reshape(*rows, *[axes[i].taps for i in spread], co)
  return _spread(y, axes, spread).astype(x.dtype)
