"""From values to places on a chart, and the round numbers between."""

from collections.abc import Sequence
import math
from typing import NamedTuple

_LOG = 50.0  # ratio above which positive values get a logarithmic axis


class Axis(NamedTuple):
  """`low` and `high` lie at `start` and `end`.

  A logarithmic one has ticks at powers of `base`.
  """

  low: float
  high: float
  start: float
  end: float
  log: bool = False
  base: int = 10

  def at(self, value: float) -> float:
    """Where a value lies."""
    low, high = self.low, self.high
    if self.log:
      low, high, value = (math.log10(v) for v in (low, high, value))
    share = (value - low) / (high - low)
    return round(self.start + share * (self.end - self.start), 1)

  def ticks(self) -> list[float]:
    """Round numbers on it: five or so, powers on a logarithmic one."""
    if self.log:
      return _powers(self.low, self.high, self.base)
    return _steps(self.low, self.high)


def linear(values: Sequence[float], start: float, end: float) -> Axis:
  """As wide as the finite `values`; wider where they are all one."""
  low, high = min(values), max(values)
  if low == high:
    pad = abs(low) / 2 or 0.5
    low, high = low - pad, high + pad
  return Axis(low, high, start, end)


def fitting(values: Sequence[float], start: float, end: float) -> Axis:
  """A linear axis, or whole decades where positive values span many."""
  low, high = min(values), max(values)
  if low <= 0 or high / low <= _LOG:
    return linear(values, start, end)
  low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
  return Axis(10.0**low, 10.0**high, start, end, log=True)


def doubling(values: Sequence[float], start: float, end: float) -> Axis:
  """A logarithmic axis of base 2, as wide as the positive `values`."""
  low, high = min(values), max(values)
  return Axis(low, max(high, 2 * low), start, end, log=True, base=2)


def _steps(low: float, high: float, most: int = 5) -> list[float]:
  raw = (high - low) / most
  power = 10.0 ** math.floor(math.log10(raw))
  step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
  first = math.ceil(low / step - 1e-9)
  last = math.floor(high / step + 1e-9)
  return [float(f'{i * step:.10g}') for i in range(first, last + 1)]


def _powers(low: float, high: float, base: int) -> list[float]:
  """Five or so powers of ten, ten of two."""
  first = math.ceil(math.log(low, base) - 1e-9)
  last = math.floor(math.log(high, base) + 1e-9)
  every = max(-(-(last - first) // (5 if base == 10 else 10)), 1)
  return [float(base) ** i for i in range(first, last + 1, every)]
