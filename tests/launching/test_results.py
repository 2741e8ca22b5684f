"""The tables of a sweep."""

import csv
import os

import pytest
from tiny_sweeps import leave, sweep_of

from facegen_jax.core.errors import UserError
from launch import plan, results
from launch.plan import Run

SSIM = {'a': (0.5, 0.7, 0.9), 'b': (0.2, 0.2, 0.2)}


@pytest.fixture
def root(tmp_path):
  """Two splits, three seeds, one run of which has failed."""
  runs = [
    Run(f'{split},seed={seed}', {'data.split': split, 'seed': seed})
    for split in 'ab'
    for seed in range(3)
  ]
  sweep = sweep_of(tmp_path)._replace(runs=tuple(runs), evaluate=True)
  for i, run in enumerate(runs):
    found = {'ssim': SSIM['ab'[i // 3]][i % 3], 'clips': 4, 'ssim_low': 0.1}
    whole = {'truth': found, 'worst': [1, 2], 'data': {'size': 16}, 'by': 'vgg'}
    failed = i == 5
    ended = ('train', 1 if failed else 0)
    os.close(
      leave(sweep, run, ended, step=6, results=None if failed else whole)
    )
  plan.stored(sweep)
  return tmp_path


def read(path):
  with path.open(newline='') as file:
    return list(csv.DictReader(file))


def test_a_row_a_run(root):
  results.collect(root)
  rows = read(root / 'results.csv')
  assert [*rows[0]] == [
    *('run', 'data.split', 'seed', 'status', 'step'),
    *('truth.ssim', 'truth.clips', 'truth.ssim_low'),
  ]
  assert [row['status'] for row in rows] == ['done'] * 5 + ['failed']
  assert [row['truth.ssim'] for row in rows] == [
    *('0.5', '0.7', '0.9', '0.2', '0.2', '')
  ]
  assert rows[1]['data.split'] == 'a' and rows[1]['seed'] == '1'


def test_means_over_the_seeds_that_are_done(root):
  text = results.collect(root)
  first, second = read(root / 'means.csv')
  assert (first['data.split'], first['runs']) == ('a', '3')
  assert float(first['truth.ssim.mean']) == pytest.approx(0.7)
  # Student's: 4.302653 deviations of the mean with two degrees of freedom.
  half = 4.302653 * 0.2 / 3**0.5
  assert float(first['truth.ssim.low']) == pytest.approx(0.7 - half)
  assert float(first['truth.ssim.high']) == pytest.approx(0.7 + half)
  assert (second['runs'], float(second['truth.ssim.mean'])) == ('2', 0.2)
  assert '0.7 ± 0.2' in text and 'data.split=b (n = 2)' in text
  assert (root / 'results.md').read_text() == text


def test_the_markdown_leaves_ends_of_clips_intervals_to_the_csv(root):
  text = results.collect(root)
  assert 'ssim\\_low' not in text
  assert '1 more figures are in results.csv' in text


def test_chosen_figures(root):
  results.collect(root, ['*.clips', 'train/loss'])
  (row, *_) = read(root / 'results.csv')
  assert [*row][5:] == ['truth.clips', 'train/loss']
  assert row['train/loss'] == '3.0'
  with pytest.raises(UserError, match=r'--metrics=psnr: .*truth\.ssim'):
    results.collect(root, ['psnr'])


def test_of_training_where_nothing_was_evaluated(tmp_path):
  sweep = sweep_of(tmp_path, 0)
  os.close(leave(sweep, sweep.runs[0], ('train', 0), step=6))
  plan.stored(sweep)
  results.collect(tmp_path)
  (row,) = read(tmp_path / 'results.csv')
  # Not how fast it was: the table of the same runs is the same table.
  assert [*row] == ['run', 'seed', 'status', 'step', 'train/loss']


def test_no_means_without_a_swept_seed(tmp_path):
  runs = (Run('batch_size=4', {'batch_size': 4}),)
  plan.stored(sweep_of(tmp_path)._replace(runs=runs))
  assert 'Means' not in results.collect(tmp_path)
  assert not (tmp_path / 'means.csv').exists()
