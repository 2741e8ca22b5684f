"""Done, running, stopped, failed or waiting, by what a run has left."""

import os

from tiny_sweeps import leave, sweep_of

from launch import attempts, plan, status
from launch.standing import Standing, standing


def test_states(tmp_path):
  sweep = sweep_of(tmp_path, *range(7))
  files = [
    leave(sweep, sweep.runs[0], ('train', 0), step=6),
    leave(sweep, sweep.runs[1], step=2),
    leave(sweep, sweep.runs[2], ('train', 143), step=3),
    leave(sweep, sweep.runs[3], step=3),
    leave(sweep, sweep.runs[4], ('train', 1)),
  ]
  for i in (0, 2, 3, 4):
    os.close(files[i])
  sweep.log(sweep.runs[4]).write_text('Traceback\nValueError: no\n\n')
  leave(sweep, sweep.runs[5], step=4, results={'ssim': 0.5})
  assert [standing(sweep, run) for run in sweep.runs] == [
    Standing('done', 6, ''),
    Standing('running', 2, ''),
    Standing('stopped', 3, 'asked to stop in train'),
    Standing('stopped', 3, 'killed'),
    Standing('failed', 0, 'train ended with 1: ValueError: no'),
    Standing('done', 4, ''),
    Standing('waiting', 0, ''),
  ]
  plan.stored(sweep)
  told = status.table(tmp_path).splitlines()
  assert len(told) == 8
  assert told[1].split() == ['running', '2', 'seed=1']
  assert told[-1] == (
    '7 runs: 2 done, 1 running, 2 stopped, 1 failed, 1 waiting'
  )


def test_with_results_wanted_training_alone_is_not_done(tmp_path):
  sweep = sweep_of(tmp_path, 0, evaluate=True)
  os.close(leave(sweep, sweep.runs[0], ('train', 0), step=6))
  assert standing(sweep, sweep.runs[0]).state == 'waiting'
  results = tmp_path / 'seed=0' / 'evaluation' / 'results.json'
  results.parent.mkdir()
  results.write_text('{"step": ')  # cut short by a kill
  assert standing(sweep, sweep.runs[0]).state == 'waiting'
  results.write_text('{"step": 6}')
  assert standing(sweep, sweep.runs[0]).state == 'done'


def test_a_run_whose_checkpoints_are_gone_is_not_done(tmp_path):
  sweep = sweep_of(tmp_path, 0)
  os.close(leave(sweep, sweep.runs[0], ('train', 0), step=6))
  (tmp_path / 'seed=0' / 'checkpoints' / '6').rmdir()
  assert standing(sweep, sweep.runs[0]).state == 'waiting'


def test_one_attempt_at_a_time(tmp_path):
  path = tmp_path / 'launch' / 'a.attempts'
  assert not attempts.under_way(path)
  first = attempts.opened(path)
  assert attempts.under_way(path)
  assert attempts.opened(path) is None
  os.close(first)
  assert not attempts.under_way(path)
  second = attempts.opened(path)
  attempts.write(second, 'start', 'host', 7)
  attempts.write(second, 'train', -9)
  os.close(second)
  assert attempts.read(path) == attempts.Record(1, False, ('train', -9))
