"""A study's figures, fit for JSON."""

import json

import numpy as np
import pytest

from facegen_jax.studies import experts, figures, significance
from facegen_jax.studies.votes import Votes, totals


def _votes(chosen, a='ours', b='theirs'):
  chosen = np.asarray(chosen, np.float64)
  names = (
    tuple(f'{k}{i}' for i in range(n))
    for k, n in zip('ri', chosen.shape, strict=True)
  )
  return Votes(a, b, *names, chosen)


def test_figures_are_those_of_the_tests():
  chosen = np.random.default_rng(0).integers(0, 2, (9, 6)).astype(float)
  chosen[0] = 1
  chosen[1, 2] = np.nan
  cast = [_votes(chosen), _votes(1 - chosen, 'theirs', 'others')]
  found = figures.results(cast, seed=3)
  assert json.loads(json.dumps(found, allow_nan=False)) == found
  row = found['comparisons']['ours against theirs']
  z = significance.z_test(*totals(cast[0]))
  assert row['z'] == pytest.approx(z.statistic)
  assert row['z_p'] == pytest.approx(z.p)
  assert row['z_holm_p'] >= row['z_p']
  assert row['missing_votes'] == 1
  assert row['voting_rate'] == pytest.approx(np.nanmean(chosen))
  assert row['voting_rate_low'] < row['voting_rate'] < row['voting_rate_high']
  assert figures.results(cast, seed=3) == found


def test_what_is_undefined_is_null():
  found = figures.results([_votes(np.ones((4, 3)))], seed=0)
  row = found['comparisons']['ours against theirs']
  assert row['z'] is None and row['z_holm_p'] is None
  assert row['voting_rate_low'] is None and row['voting_rate'] == 1
  json.dumps(found, allow_nan=False)


def test_experts_are_table_three():
  given = np.zeros((2, 2, 1, 3), np.int64)
  given[0], given[1, 0] = 3, 1
  scores = experts.Scores(('A', 'B'), ('e1', 'e2'), ('x',), given)
  rows = figures.results([_votes([[1, 0]])], scores, seed=0)['experts']
  assert rows['A'] == {
    'e1': 9,
    'e2': 9,
    'total': 18,
    'normalised': 2.0,
    'of_most': 1.0,
  }
  assert rows['B']['normalised'] == pytest.approx(3 / 9)
