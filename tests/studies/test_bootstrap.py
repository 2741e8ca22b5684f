"""The cluster bootstrap, against exact laws where there is one."""

import numpy as np
import pytest
from scipy import stats

from facegen_jax.studies.bootstrap import bootstrap
from facegen_jax.studies.power import simulate


def test_same_seed_same_numbers():
  chosen = simulate(np.random.default_rng(0), 0.6, 11, 7)
  first = bootstrap(chosen, seed=3, resamples=500)
  assert first == bootstrap(chosen, seed=3, resamples=500)
  assert first != bootstrap(chosen, seed=4, resamples=500)
  assert first.rate == chosen.mean()
  assert first.low < first.rate < first.high
  assert first.draws == 500


@pytest.mark.parametrize('over', ['raters', 'items'])
def test_one_kind_of_cluster_is_a_binomial(over):
  """Raters who always choose alike: a draw's rate is Binomial(20, 0.6) / 20."""
  chosen = np.repeat([[1.0]] * 12 + [[0.0]] * 8, 5, 1)
  chosen = chosen if over == 'raters' else chosen.T
  got = bootstrap(chosen, seed=0, resamples=20_000, over=over)
  law = stats.binom(20, 0.6)
  assert abs(got.low * 20 - law.ppf(0.025)) <= 1
  assert abs(got.high * 20 - law.ppf(0.975)) <= 1
  p = law.cdf(10)
  assert abs(got.p - p) < 5 * np.sqrt(p * (1 - p) / 20_000)
  other = 'items' if over == 'raters' else 'raters'
  alike = bootstrap(chosen, seed=0, resamples=50, over=other)
  assert np.isnan([alike.low, alike.high, alike.p]).all()


def test_drawing_both_is_widest():
  rng = np.random.default_rng(1)
  chosen = simulate(rng, 0.6, 25, 15, rater_share=0.3, item_share=0.3)
  width = {}
  for over in ('both', 'raters', 'items'):
    got = bootstrap(chosen, seed=0, resamples=4000, over=over)
    width[over] = got.high - got.low
  assert width['both'] > 1.1 * max(width['raters'], width['items'])


def test_missing_votes_and_empty_draws():
  chosen = np.array([[1, np.nan, np.nan], [np.nan, 0, 1]])
  got = bootstrap(chosen, seed=0, resamples=400)
  assert got.rate == pytest.approx(2 / 3)
  assert 0 < got.draws < 400
  assert 0 <= got.low <= got.high <= 1


@pytest.mark.parametrize(
  ('chosen', 'over'),
  [
    (np.ones((5, 4)), 'both'),
    (np.array([[1.0, 0.0, 1.0]]), 'both'),
    (np.array([[1.0], [0.0], [1.0]]), 'both'),
    (np.array([[1.0, 0.0, 1.0]]), 'raters'),
  ],
)
def test_without_spread_nothing_is_claimed(chosen, over):
  got = bootstrap(chosen, seed=0, resamples=50, over=over)
  assert got.rate == chosen.mean()
  assert np.isnan([got.low, got.high, got.p]).all()


@pytest.mark.parametrize(
  ('chosen', 'how'),
  [
    (np.full((3, 3), np.nan), {}),
    (np.zeros((0, 3)), {}),
    (np.ones(3), {}),
    (np.full((2, 2), 0.5), {}),
    (np.full((2, 2), np.inf), {}),
    (np.ones((2, 2)), {'over': 'all'}),
    (np.ones((2, 2)), {'resamples': 0}),
  ],
)
def test_what_is_no_table_of_votes(chosen, how):
  with pytest.raises(ValueError):
    bootstrap(chosen, seed=0, **how)
