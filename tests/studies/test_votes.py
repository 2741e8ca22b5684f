"""Reading of votes, preference and voting rate."""

import json

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.studies import votes


def _file(tmp_path, text):
  path = tmp_path / 'votes.csv'
  path.write_text(text, encoding='utf-8')
  return path


def test_plain_votes(tmp_path):
  path = _file(
    tmp_path,
    '\ufeffItem,choice,Rater,note\n2,A,x,"fast, late"\n\n1,b,x,\n 1 ,a,y,\n',
  )
  (v,) = votes.read(path)
  assert v[:4] == ('A', 'B', ('x', 'y'), ('1', '2'))
  np.testing.assert_array_equal(v.chosen, [[0, 1], [1, np.nan]])
  won, cast = votes.totals(v)
  np.testing.assert_array_equal(won, [1, 1])
  np.testing.assert_array_equal(cast, [2, 1])


def test_several_comparisons_by_name_or_letter(tmp_path):
  head = 'rater,item,choice,method_a,method_b\n'
  rows = 'r,1,EWP,EWP,FOMM\nr,1,B,AWP,EWP\nr,2,B,EWP,FOMM\nr,3,AWP,AWP,EWP\n'
  first, second = votes.read(_file(tmp_path, head + rows))
  assert (first.a, first.b, first.items) == ('EWP', 'FOMM', ('1', '2'))
  assert (second.a, second.b, second.items) == ('AWP', 'EWP', ('1', '3'))
  np.testing.assert_array_equal(first.chosen, [[1, 0]])
  np.testing.assert_array_equal(second.chosen, [[0, 1]])


@pytest.mark.parametrize(
  ('text', 'words'),
  [
    ('', 'no row'),
    ('rater,item,choice\n', 'no row'),
    ('rater,item\nx,1\n', 'line 1: the header lacks choice'),
    ('rater,item,choice,item\nx,1,A,1\n', 'has twice item'),
    ('rater;item;choice\nx;1;A\n', 'lacks rater, item, choice'),
    ('rater,item,choice\nx,1\n', 'line 2: 2 cells below 3 columns'),
    ('rater,item,choice\nx,1,A\n,2,A\n', 'line 3: rater is empty'),
    ('rater,item,choice\nx,1,tie\n', "line 2: choice 'tie' is neither"),
    ('rater,item,choice\nx,1,A\nx,1,B\n', 'line 3: a second vote of rater x'),
    ('rater,item,choice,method_a\nx,1,A,P\n', 'go together'),
    ('rater,item,choice,method_a,method_b\nx,1,A,P,P\n', 'two different'),
    ('rater,item,choice,method_a,method_b\nx,1,A,P,\n', 'two different'),
    ('rater,item,choice,method_a,method_b\nx,1,A,P,A\n', 'rename'),
    ('rater,item,choice,method_a,method_b\nx,1,A,b,P\n', 'rename'),
    (
      'rater,item,choice,method_a,method_b\nx,1,P,P,Q\nx,2,P,Q,P\n',
      'line 3: Q against P stands the other way round',
    ),
    ('rater,item,choice\nx,1,"A\n', 'cannot be read'),
  ],
)
def test_bad_votes_are_told_in_one_line(tmp_path, text, words):
  path = _file(tmp_path, text)
  with pytest.raises(UserError) as caught:
    votes.read(path)
  message = str(caught.value)
  assert words in message
  assert message.startswith(str(path))
  assert '\n' not in message


def test_unreadable_files(tmp_path):
  for path in (tmp_path / 'none.csv', tmp_path):
    with pytest.raises(UserError, match='cannot be read'):
      votes.read(path)
  (tmp_path / 'x.csv').write_bytes(b'rater,item,choice\nj\xf6rg,1,A\n')
  with pytest.raises(UserError, match='UTF-8'):
    votes.read(tmp_path / 'x.csv')


def test_ties_count_for_neither_side():
  assert votes.preference([3, 2, 1, 2], 4) == (0.25, 0.25, 0.5)
  assert votes.preference([2, 1], [3, 2]) == (0.5, 0.0, 0.5)


def test_sides_mirror_each_other():
  rng = np.random.default_rng(0)
  cast = rng.integers(1, 30, 50)
  won = rng.integers(0, cast + 1)
  a, b = votes.preference(won, cast), votes.preference(cast - won, cast)
  assert (a.a, a.b, a.tied) == (b.b, b.a, b.tied)
  total = votes.voting_rate(won, cast) + votes.voting_rate(cast - won, cast)
  assert total == pytest.approx(1, rel=1e-14)


def test_voting_rate_counts_votes_not_items():
  assert votes.voting_rate([3, 0], [3, 1]) == 0.75


@pytest.mark.parametrize(
  ('won', 'cast'),
  [
    ([], 3),
    ([4], 3),
    ([-1], 3),
    ([0], 0),
    ([1.5], 3),
    ([1, np.nan], 3),
    (1, 3),
  ],
)
def test_impossible_votes_are_refused(won, cast):
  for rate in (votes.preference, votes.voting_rate):
    with pytest.raises(ValueError):
      rate(won, cast)


def _stored(goldens):
  first = json.loads((goldens / 'metrics/votes.json').read_text())
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  return [*first.values(), *paper['tables4_5_votes'].values()]


@pytest.mark.goldens
def test_stored_rates(goldens):
  for case in _stored(goldens):
    won = votes.preference(case['votes_a'], case['N'])
    rate = votes.voting_rate(case['votes_a'], case['N'])
    ours = {
      'pref_rate_a': won.a,
      'pref_rate_b': won.b,
      'ties': won.tied * case['M'],
      'voting_rate_a': rate,
      'voting_rate_b': 1 - rate,
    }
    known = ours.keys() & case.keys()
    assert {'pref_rate_a', 'voting_rate_a'} <= known
    for key in known:
      assert ours[key] == pytest.approx(case[key], rel=1e-9, abs=1e-12), key


@pytest.mark.goldens
def test_printed_wins_of_table_5(goldens):
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  for case in paper['tables4_5_votes'].values():
    won = votes.preference(case['votes_a'], case['N'])
    assert won.a * case['M'] == pytest.approx(case['printed_pref_wins'])
