"""A sweep as a user types it."""

import csv
import json

import pytest
from smoke import program

WORDS = ('--config=configs/sslg.py:smoke', '--config.stages.steps=2')


def swept(root, *words):
  return program('launch.sweep', *WORDS, f'--root={root}', *words)


@pytest.mark.parametrize('module', ['sweep', 'status', 'results'])
def test_help(module):
  done = program(f'launch.{module}', '--help')
  assert done.returncode in (0, 1)  # absl ends --help with 1
  assert '--root' in done.stdout + done.stderr


def test_two_runs_and_their_table(data_dir, tmp_path):
  root = tmp_path / 'sweep'
  words = ('--grid=seed=0,1', f'--config.data.dir={data_dir}', '--jobs=2')
  done = swept(root, *words)
  assert done.returncode == 0, done.stderr
  assert 'sweep 2/2 done | 0 running | 0 failed' in done.stderr
  status = program('launch.status', f'--root={root}')
  assert status.stdout.splitlines()[-1] == '2 runs: 2 done'
  table = program('launch.results', f'--root={root}')
  assert table.returncode == 0, table.stderr
  with (root / 'results.csv').open(newline='') as file:
    rows = list(csv.DictReader(file))
  assert [row['run'] for row in rows] == ['seed=0', 'seed=1']
  for row in rows:
    logged = (root / row['run'] / 'metrics.jsonl').read_text().splitlines()
    last = json.loads(logged[-1])
    name = next(k for k in last if k.endswith('/loss'))
    assert float(row[f'train/{name}']) == last[name]
  again = swept(root, *words)
  assert again.returncode == 0, again.stderr
  attempts = (root / 'launch' / 'seed=0.attempts').read_text()
  assert attempts.count('start') == 1


def test_commands_are_printed_and_nothing_is_written(tmp_path):
  root = tmp_path / 'sweep'
  done = swept(root, '--grid=seed=0,1', '--launcher=print', '--evaluate')
  first, second = done.stdout.splitlines()
  assert ' --config.seed=0 --mode=train && ' in first
  assert second.endswith(
    f'--workdir={root}/seed=1 --config.stages.steps=2 --config.seed=1 '
    '--mode=evaluate'
  )
  assert not root.exists()


@pytest.mark.parametrize(
  ('words', 'told'),
  [
    ((), 'nothing to sweep'),
    (('--grid=sed=1',), 'unknown config field sed'),
    (('--grid=stages.steps=1,2',), 'is swept and given as a flag'),
    (('--grid=seed=1', '--jobs=0'), '--jobs=0'),
  ],
)
def test_mistakes_end_before_anything_starts(tmp_path, words, told):
  done = swept(tmp_path / 'sweep', *words)
  assert done.returncode == 2, done.stderr
  (line,) = [x for x in done.stderr.splitlines() if 'facegen_jax: ' in x]
  assert told in line
  assert not list(tmp_path.rglob('*.attempts'))
