"""Expert scores, raw and normalised."""

import itertools
import json

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.studies import experts

HEAD = 'expert,method,item,upper,lower,noise\n'
WHOLE = [
  f'{e},{m},{i},{n % 4},{n // 4 % 4},3'
  for n, (m, e, i) in enumerate(itertools.product('QP', 'ab', '12'))
]


def _read(tmp_path, rows, head=HEAD):
  path = tmp_path / 'scores.csv'
  path.write_text(head + '\n'.join(rows) + '\n')
  return experts.read(path)


def test_totals_of_a_file_in_any_order(tmp_path):
  scores = _read(tmp_path, WHOLE)
  assert scores[:3] == (('Q', 'P'), ('a', 'b'), ('1', '2'))
  assert scores.given.shape == (2, 2, 2, 3)
  np.testing.assert_array_equal(experts.totals(scores), [[7, 11], [9, 13]])
  np.testing.assert_array_equal(
    experts.by_criterion(scores), [[6, 0, 12], [6, 4, 12]]
  )
  share = np.array([18, 22]) / (9 * 2 * 2)
  np.testing.assert_allclose(experts.of_possible(scores), share)
  again = _read(tmp_path, [WHOLE[0], *WHOLE[:0:-1]])
  np.testing.assert_array_equal(again.given, scores.given)


@pytest.mark.parametrize(
  ('rows', 'words'),
  [
    (WHOLE[:-1], '1 of 8 scores lack, first item 2 of P by expert b'),
    ([*WHOLE, WHOLE[0]], 'line 10: item 1 of Q by expert a was scored before'),
    (['a,Q,1,4,0,0'], "line 2: upper '4' is no whole number from 0 to 3"),
    (['a,Q,1,0,-1,0'], 'lower'),
    (['a,Q,1,0,0,1.5'], 'noise'),
    (['a,Q,1,0,0,nan'], 'noise'),
    (['a,Q,1,0,0,'], 'noise is empty'),
    (['a,Q,1,0,0'], '5 cells'),
    ([], 'no row'),
  ],
)
def test_bad_scores_are_told_in_one_line(tmp_path, rows, words):
  with pytest.raises(UserError) as caught:
    _read(tmp_path, rows)
  assert words in str(caught.value)
  assert '\n' not in str(caught.value)


def test_missing_columns(tmp_path):
  with pytest.raises(UserError, match='lacks upper, lower, noise'):
    _read(tmp_path, ['a,Q,1,9'], 'expert,method,item,score\n')


def test_normalised_totals():
  got = experts.normalised([[2, 10], [4, 5]])
  np.testing.assert_allclose(got, [1.5, 1.5])
  # Another method that is the best of one expert lowers all others.
  again = experts.normalised([[2, 10], [4, 5], [8, 0]])
  np.testing.assert_allclose(again, [1.25, 1.0, 1.0])


def test_an_expert_without_any_point_leaves_it_undefined():
  assert np.isnan(experts.normalised([[0, 3], [0, 2]])).all()


@pytest.mark.parametrize('totals', [[], [1, 2], [[-1]], [[np.nan]], [[]]])
def test_no_totals(totals):
  with pytest.raises(ValueError, match='totals'):
    experts.normalised(totals)


@pytest.mark.goldens
def test_printed_figures_of_table_3(goldens):
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  rows = paper['table3'].values()
  totals = np.array([row['scores'] for row in rows])
  np.testing.assert_array_equal(totals.max(0), paper['table3_denominators'])
  for row, total, ours in zip(
    rows, totals, experts.normalised(totals), strict=True
  ):
    assert total.sum() == row['raw_total'] == row['printed_raw_total']
    assert ours == pytest.approx(row['normalised_total'], rel=1e-12)
    assert abs(ours - row['printed_normalised_total']) <= 5e-7
