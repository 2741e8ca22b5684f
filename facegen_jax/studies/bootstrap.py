"""Cluster bootstrap of the voting rate: raters and items are the samples.

31 raters on 18 items are not 558 independent votes: each rater has a taste and
each item is easy or hard. So whole raters and whole items are drawn with
replacement, each on their own (Owen 2007, "pigeonhole bootstrap"; it errs on
the wide side), and the voting rate is taken of each draw.
"""

from typing import NamedTuple

import numpy as np

OVER = ('both', 'raters', 'items')


class Bootstrap(NamedTuple):
  """The voting rate of A, its 95 % interval and the p of H0: at most 1/2.

  Attributes:
    rate: over all votes.
    low: 2.5 % percentile of the draws.
    high: 97.5 % percentile.
    p: (1 + draws of at most 1/2) / (1 + draws).
    draws: how many had any vote; fewer than asked only if votes are missing,
      0 where nothing could be drawn.
  """

  rate: float
  low: float
  high: float
  p: float
  draws: int


def bootstrap(
  chosen: np.ndarray, *, seed: int, resamples: int = 10_000, over: str = 'both'
) -> Bootstrap:
  """Draws raters, items or both anew; the same seed gives the same numbers.

  `low`, `high` and `p` are NaN where draws cannot show the spread: one rater
  (or item) alone where they are drawn, all votes alike.

  Args:
    chosen: N M (raters, items): 1 where A was chosen, 0 where B, NaN where
      there is no vote.
    seed: of the draws.
    resamples: how many.
    over: what is drawn: 'both', 'raters' (for other raters, these items) or
      'items'.

  Raises:
    ValueError: no vote, another number in `chosen`, or a bad option.
  """
  cast = _checked(chosen, resamples, over)
  votes = np.where(cast, chosen, 0.0)
  rate = float(votes.sum() / cast.sum())
  drawn = [over in ('both', name) for name in OVER[1:]]
  if any(d and n < 2 for d, n in zip(drawn, cast.shape, strict=True)):
    return Bootstrap(rate, np.nan, np.nan, np.nan, 0)
  rng = np.random.default_rng(seed)
  raters, items = (
    _weights(rng, n, resamples) if d else np.ones((1, n))
    for d, n in zip(drawn, cast.shape, strict=True)
  )
  won = ((raters @ votes) * items).sum(-1)
  of = ((raters @ cast.astype(np.float64)) * items).sum(-1)
  return _summary(rate, won[of > 0], of[of > 0])


def _checked(chosen: np.ndarray, resamples: int, over: str) -> np.ndarray:
  """Where there are votes; ValueError as `bootstrap`."""
  chosen = np.asarray(chosen, np.float64)
  cast = ~np.isnan(chosen)
  if chosen.ndim != 2 or not cast.any():
    raise ValueError(f'no votes in {chosen.shape}: give raters x items')
  if not np.isin(chosen[cast], (0, 1)).all():
    raise ValueError('a vote is 1 (for A), 0 (for B) or NaN (none)')
  if over not in OVER or resamples < 1:
    raise ValueError(f'over={over!r}, resamples={resamples}: {OVER}, from 1')
  return cast


def _weights(
  rng: np.random.Generator, count: int, resamples: int
) -> np.ndarray:
  """How often each of `count` is in each draw: resamples count, float64."""
  even = np.full(count, 1 / count)
  return rng.multinomial(count, even, resamples).astype(np.float64)


def _summary(rate: float, won: np.ndarray, of: np.ndarray) -> Bootstrap:
  rates = won / of
  if not rates.size or np.ptp(rates) == 0:
    return Bootstrap(rate, np.nan, np.nan, np.nan, rates.size)
  low, high = np.quantile(rates, (0.025, 0.975))
  p = (1 + (2 * won <= of).sum()) / (1 + rates.size)
  return Bootstrap(rate, float(low), float(high), float(p), rates.size)
