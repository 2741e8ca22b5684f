"""The tests of votes, and Holm's correction."""

import json

import numpy as np
import pytest
from scipy import stats

from facegen_jax.studies.significance import (
  Z_CRITICAL,
  binomial_test,
  holm,
  sign_test,
  t_test,
  z_test,
)


def _votes(seed, shape=(18,), count=31):
  return np.random.default_rng(seed).integers(8, count + 1, shape)


@pytest.mark.parametrize('seed', range(3))
def test_tests_equal_scipy(seed):
  votes = _votes(seed)
  wanted = stats.ttest_1samp(votes, 15.5, alternative='greater')
  t = t_test(votes, 31)
  np.testing.assert_allclose(t, (wanted.statistic, wanted.pvalue), rtol=1e-9)
  z = z_test(votes, 31)
  assert z.statistic == t.statistic
  assert z.p == pytest.approx(stats.norm.sf(wanted.statistic), rel=1e-9)
  for ours, k, n in (
    (sign_test(votes, 31), (votes > 15.5).sum(), 18),
    (binomial_test(votes, 31), votes.sum(), 18 * 31),
  ):
    p = stats.binomtest(int(k), n, alternative='greater').pvalue
    assert ours.statistic == k
    assert ours.p == pytest.approx(p, rel=1e-9)


def test_z_is_the_printed_formula_with_either_sigma():
  votes = _votes(0)
  for ddof in (0, 1):
    sigma = np.sqrt(((votes - votes.mean()) ** 2).sum() / (18 - ddof))
    wanted = (votes.mean() - 31 / 2) / (sigma / np.sqrt(18))
    assert z_test(votes, 31, ddof=ddof).statistic == pytest.approx(wanted)
  with pytest.raises(ValueError, match='ddof'):
    z_test(votes, 31, ddof=2)


@pytest.mark.parametrize('test', [z_test, t_test, sign_test, binomial_test])
def test_leading_axes_are_studies(test):
  votes = _votes(1, (4, 3, 9))
  votes[0, 0] = 20  # one study without any spread
  whole = test(votes, 31)
  assert np.shape(whole.p) == np.shape(whole.statistic) == (4, 3)
  for place in np.ndindex(4, 3):
    alone = test(votes[place], 31)
    np.testing.assert_allclose(whole.p[place], alone.p, rtol=1e-12)


@pytest.mark.parametrize('votes', [[20] * 18, [31] * 18, [0] * 18, [20]])
def test_z_and_t_are_undefined_without_spread(votes):
  for result in (z_test(votes, 31), t_test(votes, 31)):
    assert np.isnan(result.statistic)
    assert np.isnan(result.p)
  assert np.isnan(z_test(votes, 31, ddof=0).statistic)
  assert 0 <= sign_test(votes, 31).p <= 1


def test_sign_test_leaves_ties_out():
  result = sign_test([5, 5, 9, 8, 2], 10)
  assert result.statistic == 2
  assert result.p == pytest.approx(0.5)
  assert sign_test([5, 5], 10) == (0, 1)


def test_mirrored_votes_mirror_the_statistic():
  votes = _votes(2)
  assert z_test(31 - votes, 31).statistic == -z_test(votes, 31).statistic
  p = t_test(votes, 31).p + t_test(31 - votes, 31).p
  assert p == pytest.approx(1, rel=1e-12)


def test_holm():
  # By hand: 4, 3, 2, 1 times the sorted p, the largest so far, at most 1.
  got = holm([0.01, 0.04, 0.03, 0.005])
  np.testing.assert_allclose(got, [0.03, 0.06, 0.06, 0.02])
  np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])
  np.testing.assert_allclose(holm([0.02]), [0.02])
  assert holm([]).shape == (0,)


def test_holm_counts_an_undefined_p_as_a_test():
  got = holm([0.01, np.nan, 0.02])
  np.testing.assert_allclose(got, [0.03, np.nan, 0.04])
  with pytest.raises(ValueError, match=r'\[0, 1\]'):
    holm([1.2])


def _compared(case):
  """Our values of a stored case by the file's names."""
  votes, count = case['votes_a'], case['N']
  z, t = z_test(votes, count), t_test(votes, count)
  return {
    'z_ddof1': z.statistic,
    'p_z_ddof1': z.p,
    'z_ddof0': z_test(votes, count, ddof=0).statistic,
    't_stat': t.statistic,
    'p_t': t.p,
    'sign_test_p': sign_test(votes, count).p,
    'reject_at_1.65_ddof1': bool(z.statistic > Z_CRITICAL),
  }


@pytest.mark.goldens
def test_stored_tests(goldens):
  stored = json.loads((goldens / 'metrics/votes.json').read_text())
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  for case in [*stored.values(), *paper['tables4_5_votes'].values()]:
    ours = _compared(case)
    known = ours.keys() & case.keys()
    if 'z_ddof1' not in case:  # told in words: sigma is 0
      assert np.isnan(ours['z_ddof1'])
      assert np.isnan(ours['z_ddof0'])
    else:
      assert len(known) >= 6
    for key in known:
      assert ours[key] == pytest.approx(case[key], rel=1e-9), key


@pytest.mark.goldens
def test_printed_z_of_table_4(goldens):
  """Two digits and the side of 1.65, from votes that give them."""
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  for case in paper['tables4_5_votes'].values():
    ddof = int(case['invented_for'].removeprefix('ddof'))
    z = z_test(case['votes_a'], case['N'], ddof=ddof).statistic
    assert abs(z - case['printed_z']) <= 0.005 + 1e-9
    assert (z > Z_CRITICAL) == (case['printed_z'] > Z_CRITICAL)
