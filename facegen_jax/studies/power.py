r"""Plans a study of votes: how often each test would find a preference.

  python -m facegen_jax.studies.power --raters=31 --items=18 \
      --rates=0.5,0.55,0.6 --rater_share=0.1 --item_share=0.1

Studies are simulated. Rater r chooses A on item i when
sqrt(s) u_r + sqrt(t) v_i + sqrt(1 - s - t) e_ri < c, with u, v and e drawn
from the standard normal law and c such that A gets the given share of votes.
`rater_share` s and `item_share` t say how much of a choice is the rater's
taste and the item's difficulty; both 0 makes all votes independent. The row
for rate 0.5 is how often a test is wrong: above the level, do not trust it.
"""

from collections.abc import Sequence
import sys
from typing import NamedTuple

import numpy as np
from scipy import stats

from facegen_jax.core.errors import UserError
from facegen_jax.studies import command, significance
from facegen_jax.studies.bootstrap import bootstrap


class Power(NamedTuple):
  """Share of simulated studies in which each test finds A preferred."""

  z: float
  t: float
  sign: float
  binomial: float
  bootstrap: float


def simulate(
  rng: np.random.Generator,
  rate: float,
  raters: int,
  items: int,
  *,
  rater_share: float = 0.0,
  item_share: float = 0.0,
) -> np.ndarray:
  """One study's choices, raters items, float64: 1 for A, 0 for B.

  Raises:
    UserError: a rate outside [0, 1], nobody or nothing to rate, or shares
      that are negative or reach 1 together.
  """
  if not 0 <= rate <= 1:
    raise UserError(f'rate {rate}: it is the share of votes for A, 0 to 1')
  if raters < 1 or items < 1:
    raise UserError(f'{raters} raters, {items} items: there is at least one')
  if min(rater_share, item_share) < 0 or not rater_share + item_share < 1:
    raise UserError(
      f'rater_share {rater_share} and item_share {item_share}: each is from 0, '
      'and their sum is below 1'
    )
  taste = np.sqrt(rater_share) * rng.standard_normal((raters, 1))
  ease = np.sqrt(item_share) * rng.standard_normal((1, items))
  left = np.sqrt(1 - rater_share - item_share)
  whim = left * rng.standard_normal((raters, items))
  return (taste + ease + whim < stats.norm.ppf(rate)).astype(np.float64)


def power(
  rate: float,
  raters: int,
  items: int,
  *,
  seed: int,
  studies: int = 1000,
  alpha: float = 0.05,
  rater_share: float = 0.0,
  item_share: float = 0.0,
) -> Power:
  """Power of the tests at one-sided level `alpha`; the same seed, the same.

  With `studies` simulated a share p is off by about sqrt(p (1 - p) / studies).
  An undefined p (NaN) finds nothing. Z is the printed one with ddof 1. The
  bootstrap is over raters and items, with 20 / alpha draws.

  Raises:
    UserError: as `simulate`; no study, or a level outside (0, 0.5).
  """
  if studies < 1 or not 0 < alpha < 0.5:
    raise UserError(
      f'{studies} studies at level {alpha}: from 1, and above 0, below 0.5'
    )
  rng = np.random.default_rng(seed)
  shares = {'rater_share': rater_share, 'item_share': item_share}
  draws = int(np.ceil(20 / alpha)) - 1
  votes, p = np.empty((studies, items), np.int64), np.empty(studies)
  for n in range(studies):
    chosen = simulate(rng, rate, raters, items, **shares)
    votes[n] = chosen.sum(0)
    p[n] = bootstrap(chosen, seed=seed + n, resamples=draws).p
  tests = (
    significance.z_test(votes, raters).p,
    significance.t_test(votes, raters).p,
    significance.sign_test(votes, raters).p,
    significance.binomial_test(votes, raters).p,
    p,
  )
  return Power(*(float((p <= alpha).mean()) for p in tests))


def table(rates: Sequence[float], raters: int, items: int, **how: float) -> str:
  """The powers at several true rates, a line each; `how` as for `power`."""
  lines = [
    f'{raters} raters, {items} items: share of studies that find A preferred',
    f'{"rate of A":>9}' + ''.join(f'{name:>11}' for name in Power._fields),
  ]
  for rate in rates:
    found = power(rate, raters, items, **how)
    lines.append(f'{rate:9.3f}' + ''.join(f'{x:11.3f}' for x in found))
  return '\n'.join(lines)


def _work(argv: Sequence[str] | None) -> str:
  parser = command.Parser('power', 'Power of a study of votes, simulated.')
  whole, real = command.number(int, 1, 10_000), command.number(float, 0, 1)
  parser.add_argument('--raters', type=whole, required=True)
  parser.add_argument('--items', type=whole, required=True)
  parser.add_argument(
    '--rates',
    type=lambda text: [real(x) for x in text.split(',')],
    default=[0.5, 0.55, 0.6, 0.65, 0.7],
    help='true shares of votes for A, such as 0.5,0.6',
  )
  parser.add_argument('--rater_share', type=real, default=0.0)
  parser.add_argument('--item_share', type=real, default=0.0)
  parser.add_argument('--alpha', type=real, default=0.05)
  parser.add_argument('--studies', type=whole, default=1000)
  parser.add_argument('--seed', type=command.number(int, 0, 2**31), default=0)
  return table(**vars(parser.parse_args(argv)))


def main(argv: list[str] | None = None) -> int:
  """Command line; returns the exit status."""
  return command.ended('power', _work, argv)


if __name__ == '__main__':
  sys.exit(main())
