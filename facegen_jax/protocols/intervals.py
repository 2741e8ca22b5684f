"""Means over clips with their 95 % bootstrap interval."""

from collections.abc import Sequence
import math
from typing import NamedTuple

import numpy as np

DRAWS = 10_000
_AT_ONCE = 500  # draws in memory


class Interval(NamedTuple):
  """A mean over clips, the 2.5 % and 97.5 % percentile of its draws.

  `clips` have a value; NaN in `low` and `high` where there is but one group.
  """

  mean: float
  low: float
  high: float
  clips: int


def interval(
  values: Sequence[float],
  *,
  seed: int,
  groups: Sequence[str] | None = None,
  draws: int = DRAWS,
) -> Interval:
  """Mean of the values that are not NaN, clips drawn with replacement.

  Args:
    values: one a clip.
    seed: of the draws; the same seed gives the same numbers.
    groups: who each clip shows. Then people are drawn, as clips of one person
      are alike; by default each clip stands alone.
    draws: how many.

  Raises:
    ValueError: infinite values, or another number of groups.
  """
  values = np.asarray(values, np.float64)
  if np.isinf(values).any():
    raise ValueError('infinite values have no interval')
  names = np.arange(len(values)) if groups is None else np.asarray(groups)
  if len(names) != len(values):
    raise ValueError(f'{len(names)} groups for {len(values)} values')
  known = ~np.isnan(values)
  values = values[known]
  _, owner = np.unique(names[known], return_inverse=True)
  count = int(known.sum())
  if not count:
    return Interval(math.nan, math.nan, math.nan, 0)
  low, high = _ends(values, owner, np.random.default_rng(seed), draws)
  return Interval(float(values.mean()), low, high, count)


def _ends(
  values: np.ndarray, owner: np.ndarray, rng: np.random.Generator, draws: int
) -> tuple[float, float]:
  sums, sizes = np.bincount(owner, values), np.bincount(owner)
  if len(sums) < 2:
    return math.nan, math.nan
  even, means = np.full(len(sums), 1 / len(sums)), []
  for start in range(0, draws, _AT_ONCE):
    drawn = rng.multinomial(len(sums), even, min(_AT_ONCE, draws - start))
    means.append((drawn @ sums) / (drawn @ sizes))
  low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
  return float(low), float(high)


def described(name: str, found: Interval) -> dict[str, float | None]:
  """For JSON: `name`, `name_low`, `name_high`; null where undefined."""
  keys = (name, f'{name}_low', f'{name}_high')
  return {k: finite(v) for k, v in zip(keys, found[:3], strict=True)}


def finite(x: float) -> float | None:
  """The number, or None for JSON, which has no NaN."""
  return float(x) if math.isfinite(x) else None
