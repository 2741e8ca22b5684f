"""The command: tables of a study from its files."""

import itertools
import json

import numpy as np
import pytest
from smoke import command

from facegen_jax.studies import analyse


def _ballots(path, comparisons):
  """Writes votes: item j of each comparison is chosen by its first raters."""
  rows = ['rater,item,choice,method_a,method_b']
  for (a, b), (totals, count) in comparisons.items():
    for item, total in enumerate(totals):
      for rater in range(count):
        chosen = a if rater < total else b
        rows.append(f'r{rater},{item},{chosen},{a},{b}')
  path.write_text('\n'.join(rows) + '\n')
  return f'--votes={path}'


def _scores(path):
  rows = ['expert,method,item,upper,lower,noise']
  for n, key in enumerate(itertools.product('ab', ('P', 'Q'), '123')):
    rows.append(f'{",".join(key)},{n % 4},{n % 3},{n % 2}')
  path.write_text('\n'.join(rows) + '\n')
  return f'--experts={path}'


TWO = {
  ('EWP', 'FOMM'): ([3, 4, 2, 5, 4, 3], 5),
  ('AWP', 'EWP'): ([5, 5, 4, 5, 3, 5], 5),
}


def _blocks(text):
  """The blocks of comparisons: what stands at a line's start, its words."""
  return [
    {line[2:16].strip(): line[16:].split() for line in block.splitlines()[1:]}
    for block in text.split('\n\n')[:-1]
  ]


def test_tables_of_votes_and_experts(tmp_path, capsys):
  words = [_ballots(tmp_path / 'v.csv', TWO), _scores(tmp_path / 's.csv')]
  assert analyse.main([*words, '--resamples=200']) == 0
  out = capsys.readouterr().out
  assert 'EWP against FOMM: 5 raters, 6 items\n' in out
  assert 'AWP against EWP: 5 raters, 6 items\n' in out
  first, second = _blocks(out)[:2]
  assert first['Student t'][0] == '2.335'
  assert second['sign test'][:3] == ['6', '0.0156', '0.0312']
  assert first['sign test'][1:3] == ['0.1094', '0.1094']
  assert first['binomial'][0] == '21'
  assert 'method' in out.split('\n\n')[-1]
  assert '3 items' in out


def test_the_seed_alone_decides_the_draws(tmp_path, capsys):
  words = [_ballots(tmp_path / 'v.csv', TWO), '--resamples=200']
  texts = []
  for seed in (1, 1, 2):
    assert analyse.main([*words, f'--seed={seed}']) == 0
    texts.append(capsys.readouterr().out.replace(f'seed {seed}', ''))
  assert texts[0] == texts[1] != texts[2]


def test_missing_votes_and_undefined_tests_are_told(tmp_path, capsys):
  path = tmp_path / 'v.csv'
  path.write_text('rater,item,choice\nx,1,A\ny,1,B\nx,2,B\n')
  assert analyse.main([f'--votes={path}', '--resamples=100']) == 0
  assert '1 of 4 votes missing' in capsys.readouterr().out
  path.write_text('rater,item,choice\nx,1,A\n')
  assert analyse.main([f'--votes={path}']) == 0
  out = capsys.readouterr().out
  assert '[undefined, undefined]' in out
  assert _blocks(out)[0]['Z as printed'] == ['undefined'] * 3


@pytest.mark.parametrize(
  'words',
  [
    [],
    ['--votes=none.csv'],
    ['--experts=none.csv'],
    ['--nonsense'],
    ['--votes=none.csv', '--ddof=2'],
    ['--votes=none.csv', '--resamples=0'],
    ['--votes=none.csv', '--seed=x'],
  ],
)
def test_bad_input_ends_with_one_line_and_2(capsys, words):
  assert analyse.main(words) == 2
  out, err = capsys.readouterr()
  assert not out
  assert err.startswith('analyse: ')
  assert err.count('\n') == 1


def test_nothing_is_printed_before_all_is_read(tmp_path, capsys):
  words = [_ballots(tmp_path / 'v.csv', TWO), '--experts=none.csv']
  assert analyse.main(words) == 2
  assert not capsys.readouterr().out


def test_typed_command(tmp_path):
  done = command('studies.analyse', _scores(tmp_path / 's.csv'))
  assert done.returncode == 0, done.stderr
  assert 'normalised' in done.stdout
  done = command('studies.analyse', f'--votes={tmp_path}')
  assert done.returncode == 2
  assert done.stderr.count('\n') == 1


@pytest.mark.goldens
def test_printed_tables_4_and_5(goldens, tmp_path, capsys):
  """Votes that give the printed Z and wins, through the command."""
  paper = json.loads((goldens / 'metrics/paper003.json').read_text())
  cases = paper['tables4_5_votes']
  votes = {
    (f'{name}-new', f'{name}-old'): (case['votes_a'], case['N'])
    for name, case in cases.items()
  }
  words = [_ballots(tmp_path / 'v.csv', votes), '--resamples=100']
  assert analyse.main(words) == 0
  blocks = _blocks(capsys.readouterr().out)
  for block, case in zip(blocks, cases.values(), strict=True):
    z = block['Z as printed']
    assert float(z[0]) == pytest.approx(case['z_ddof1'], rel=6e-4)
    assert (z[3:] == ['above', '1.65']) == (case['printed_z'] > 1.65)
    rate = float(block['preference rat'][1].strip(','))
    assert np.isclose(rate * case['M'], case['printed_pref_wins'], atol=0.01)
    assert int(block['sign test'][0]) == case['printed_pref_wins']
