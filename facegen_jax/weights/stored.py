"""A stored network, and what its arrays tell of its blocks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.nn.antialias import taps

Sizes = dict[str, Any]
_BLUR = 0.01  # of the peak: half floats are read too
_HOURGLASS_LIMIT = 1024  # published, where the file does not reach it


class Stored(NamedTuple):
  """One network's state dict, and where it lies, for errors."""

  state: dict[str, np.ndarray]
  place: str

  def shape(self, name: str, axes: int = 4) -> tuple[int, ...]:
    """Shape of an array that there must be, of so many axes."""
    if name not in self.state:
      raise UserError(f'{self.place} lacks {name}')
    shape = self.state[name].shape
    if len(shape) != axes or not all(shape):
      raise UserError(
        f'{self.place}: {name} has shape {shape}, {axes} axes are expected'
      )
    return shape

  def widths(self, pattern: str) -> list[int]:
    """Output channels of the kernels `pattern`.format(0), 1 ..., at least one.

    The pattern is without '.weight'.
    """
    names = [pattern.format(i) + '.weight' for i in range(len(self.state) + 1)]
    there = [self.shape(n)[0] for n in names if n in self.state]
    return there or [self.shape(names[0])[0]]


def limit(widths: Sequence[int], doubled: Sequence[int], published: int) -> int:
  """The most features: the width that no longer doubles, if there is one."""
  short = [w for w, d in zip(widths, doubled, strict=True) if w < d]
  return short[0] if short else max(published, widths[-1])


def pyramid(
  widths: Sequence[int],
  features: int,
  published: int = _HOURGLASS_LIMIT,
) -> Sizes:
  """Blocks of features times 2, 4, 8 ... up to a limit."""
  doubled = [features * 2 ** (i + 1) for i in range(len(widths))]
  return {
    'features': features,
    'blocks': len(widths),
    'max_features': limit(widths, doubled, published),
  }


def hourglass(stored: Stored, start: str) -> Sizes:
  """Of an `Hourglass` whose names begin with `start`."""
  widths = stored.widths(start + 'encoder.down_blocks.{}.conv')
  last = f'{start}decoder.up_blocks.{len(widths) - 1}.conv.weight'
  return pyramid(widths, stored.shape(last)[0])


def factor(stored: Stored, start: str = '') -> int:
  """By how much pictures are shrunk: told by the blur that is stored."""
  name = f'{start}down.weight'
  if name not in stored.state:
    return 1
  side = stored.shape(name)[-1]
  kernel = taps(max(1, (side + 3) // 4))
  found = stored.state[name].astype(np.float32)
  wanted = np.outer(kernel, kernel)
  off = np.inf
  if found.shape[2:] == wanted.shape:
    off = abs(found - wanted).max() / wanted.max()
  if not off < _BLUR:
    raise UserError(f'{stored.place}: {name} is not the published blur')
  return len(kernel) // 4 + 1
