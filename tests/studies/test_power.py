"""Simulated power, against exact powers where votes are independent."""

import numpy as np
import pytest
from scipy import stats

from facegen_jax.core.errors import UserError
from facegen_jax.studies import power

RATERS, ITEMS, STUDIES = 9, 8, 1500


def _near(ours, exact):
  return abs(ours - exact) < 5 * np.sqrt(exact * (1 - exact) / STUDIES)


def _exact(trials, rate, alpha):
  """Power of the exact one-sided binomial test of `rate` 1/2."""
  wins = np.arange(trials + 1)
  found = stats.binom.sf(wins - 1, trials, 0.5) <= alpha
  return stats.binom.pmf(wins, trials, rate)[found].sum()


@pytest.mark.parametrize('rate', [0.5, 0.6])
def test_power_of_independent_votes_is_the_exact_one(rate):
  got = power.power(rate, RATERS, ITEMS, seed=0, studies=STUDIES)
  assert _near(got.binomial, _exact(RATERS * ITEMS, rate, 0.05))
  item = stats.binom.sf(RATERS // 2, RATERS, rate)  # A wins an item
  assert _near(got.sign, _exact(ITEMS, item, 0.05))
  assert got.z >= got.t


def test_tastes_and_hard_items_fool_the_tests_but_not_the_bootstrap():
  shares = {'rater_share': 0.25, 'item_share': 0.25}
  got = power.power(0.5, 21, 15, seed=1, studies=400, **shares)
  assert got.binomial > 0.15
  assert got.z > 0.08
  assert got.bootstrap < 0.08


@pytest.mark.parametrize('shares', [(0.0, 0.0), (0.5, 0.0), (0.3, 0.6)])
def test_simulated_votes_have_the_rate_and_the_clusters(shares):
  rng = np.random.default_rng(0)
  how = dict(zip(('rater_share', 'item_share'), shares, strict=True))
  studies = np.stack(
    [power.simulate(rng, 0.7, 6, 5, **how) for _ in range(6000)]
  )
  rates = studies.mean((1, 2))
  assert abs(rates.mean() - 0.7) < 5 * rates.std() / np.sqrt(6000)
  # Both choices of one rater: a bivariate normal law of correlation s.
  both = (studies[:, 0, 0] * studies[:, 0, 1]).mean()
  limit = np.full(2, stats.norm.ppf(0.7))
  covariance = [[1, shares[0]], [shares[0], 1]]
  exact = stats.multivariate_normal(cov=covariance).cdf(limit)
  assert abs(both - exact) < 5 * np.sqrt(exact * (1 - exact) / 6000)


def test_same_seed_same_power_and_more_is_found_at_higher_rates():
  how = {'seed': 2, 'studies': 200}
  first = power.power(0.65, 7, 6, **how)
  assert first == power.power(0.65, 7, 6, **how)
  sure = power.power(0.9, 7, 6, **how)
  assert all(b > a for a, b in zip(first, sure, strict=True))


def test_certain_votes():
  never, always = (power.power(r, 5, 8, seed=0, studies=3) for r in (0, 1))
  assert never == (0, 0, 0, 0, 0)
  # All votes alike: Z, t and the bootstrap are undefined and find nothing.
  assert always == (0, 0, 1, 1, 0)


@pytest.mark.parametrize(
  'wrong',
  [
    {'rate': 1.5},
    {'raters': 0},
    {'items': 0},
    {'rater_share': -0.1},
    {'rater_share': 0.5, 'item_share': 0.5},
    {'item_share': float('nan')},
    {'studies': 0},
    {'alpha': 0.0},
  ],
)
def test_impossible_plans(wrong):
  plan = {'rate': 0.5, 'raters': 3, 'items': 3, 'seed': 0, 'studies': 2}
  with pytest.raises(UserError):
    power.power(**(plan | wrong))


def test_command_prints_a_line_a_rate(capsys):
  words = ['--raters=5', '--items=6', '--rates=0.5,0.8', '--studies=20']
  assert power.main(words) == 0
  lines = capsys.readouterr().out.splitlines()
  assert [float(line.split()[0]) for line in lines[2:]] == [0.5, 0.8]
  assert len(lines[2].split()) == 6


@pytest.mark.parametrize(
  'words',
  [
    [],
    ['--raters=5'],
    ['--raters=0', '--items=5'],
    ['--raters=5', '--items=5', '--rates=0.5,x'],
    ['--raters=5', '--items=5', '--alpha=nan'],
    ['--raters=5', '--items=5', '--rater_share=1'],
    ['--raters=5', '--items=5', '--nonsense'],
  ],
)
def test_bad_flags_end_with_one_line_and_2(capsys, words):
  assert power.main(words) == 2
  out, err = capsys.readouterr()
  assert not out
  assert err.startswith('power: ')
  assert err.count('\n') == 1
