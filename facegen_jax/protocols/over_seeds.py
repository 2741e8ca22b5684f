"""A figure of several runs that differ by their seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats


def spread(values: Sequence[float]) -> dict[str, Any]:
  """Mean, sample deviation and Student's 95 % interval over the seeds.

  `sd`, `low` and `high` are None for one seed; `each` is what was given.
  """
  each = [float(v) for v in values]
  mean, count = float(np.mean(each)), len(each)
  if count < 2:
    return {'mean': mean, 'sd': None, 'low': None, 'high': None, 'each': each}
  sd = float(np.std(each, ddof=1))
  half = float(stats.t.ppf(0.975, count - 1)) * sd / count**0.5
  ends = {'low': mean - half, 'high': mean + half}
  return {'mean': mean, 'sd': sd, **ends, 'each': each}


def cell(value: dict[str, Any], form: str = '.3f', ends: bool = False) -> str:
  """`0.600 ± 0.100`, with `ends` also ` [0.352, 0.848]`."""
  text = format(value['mean'], form)
  if value['sd'] is None:
    return text
  text += f' ± {value["sd"]:{form}}'
  return (
    f'{text} [{value["low"]:{form}}, {value["high"]:{form}}]' if ends else text
  )
