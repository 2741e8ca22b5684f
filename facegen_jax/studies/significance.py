"""Is A preferred? One-sided tests of H0: A gets at most half of the votes.

All take `votes` for A and votes `cast` of M items (... M whole numbers; `cast`
may be one number N) and return arrays over the leading axes. They differ in
what they hold for independent, and none of them knows that the same raters
judge all items; `bootstrap` does.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from facegen_jax.studies.votes import checked

Z_CRITICAL = 1.65  # FME generation, section IV-F: the level is 5 %


class Result(NamedTuple):
  """A test's statistic and its one-sided p, each of the leading axes."""

  statistic: np.ndarray | float
  p: np.ndarray | float


def _standardised(
  votes: np.ndarray, cast: np.ndarray | int, ddof: int
) -> np.ndarray:
  """(mean - N/2) / (sigma / sqrt(M)); NaN where sigma is 0 or undefined.

  Written with votes - N/2, so that items may have lost some votes.
  """
  votes, cast = checked(votes, cast)
  count = votes.shape[-1]
  if count <= ddof:
    return np.full(votes.shape[:-1], np.nan)[()]
  margin = votes - cast / 2
  error = margin.std(-1, ddof=ddof) / np.sqrt(count)
  known = error > 0
  mean = np.where(known, margin.mean(-1), np.nan)
  return (mean / np.where(known, error, 1))[()]


def z_test(
  votes: np.ndarray, cast: np.ndarray | int, *, ddof: int = 1
) -> Result:
  """Z of FME generation, Table IV, as printed: above 1.65 A is preferred.

  The mean and spread are those of the items' totals; the normal law is used
  for however few items. The paper does not say whether sigma divides by M - 1
  (`ddof` 1) or M (0). NaN, never infinite, if all items have one total or
  there is one item.
  """
  if ddof not in (0, 1):
    raise ValueError(f'ddof is 0 or 1, not {ddof}')
  z = _standardised(votes, cast, ddof)
  return Result(z, stats.norm.sf(z))


def t_test(votes: np.ndarray, cast: np.ndarray | int) -> Result:
  """Student's t of the items' totals, M - 1 degrees of freedom.

  What Z should have been for few items. NaN where Z is.
  """
  t = _standardised(votes, cast, 1)
  df = max(np.shape(votes)[-1] - 1, 1)
  return Result(t, stats.t.sf(t, df))


def sign_test(votes: np.ndarray, cast: np.ndarray | int) -> Result:
  """Exact sign test: items won by A among the items won; p is 1 for none."""
  votes, cast = checked(votes, cast)
  won, lost = (2 * votes > cast).sum(-1), (2 * votes < cast).sum(-1)
  return Result(won, stats.binom.sf(won - 1, won + lost, 0.5))


def binomial_test(votes: np.ndarray, cast: np.ndarray | int) -> Result:
  """Exact binomial test of all votes, as if each came from another rater.

  Its p is too small as soon as raters or items differ.
  """
  votes, cast = checked(votes, cast)
  total = votes.sum(-1)
  return Result(total, stats.binom.sf(total - 1, cast.sum(-1), 0.5))


def holm(p: Sequence[float]) -> np.ndarray:
  """Holm's adjusted p of several tests: at most alpha is significant.

  An undefined p (NaN) stays so and counts as a test all the same.

  Raises:
    ValueError: a p outside [0, 1].
  """
  p = np.asarray(p, np.float64)
  if p.ndim != 1 or (p < 0).any() or (p > 1).any():
    raise ValueError(f'p lies in [0, 1], one a test, not {p}')
  order = np.argsort(p)  # NaN last
  factor = np.arange(len(p), 0, -1)
  adjusted = np.empty_like(p)
  adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factor), 1)
  return adjusted
