"""Sweeps for the tests, of real folders and of commands that take no time."""

import json
import sys

from launch import attempts
from launch.plan import Run, Sweep


class Scripted(Sweep):
  """A sweep whose runs are a Python script with their name and workdir."""

  SCRIPT = ''

  def words(self, run):
    return [sys.executable, '-c', self.SCRIPT, run.name, self.workdir(run)]


def sweep_of(root, *seeds, kind=Sweep, evaluate=False, **more):
  """Runs over `seed`, and whatever else has one value each."""
  runs = [Run(f'seed={s}', {'seed': s, **more}) for s in seeds]
  made = kind(root, 'configs/sslg.py:smoke', {}, tuple(runs), evaluate)
  made.records.mkdir(parents=True, exist_ok=True)
  return made


def leave(sweep, run, *ended, step=0, results=None):
  """What a run leaves: attempts, as ('train', 0), a log line and results."""
  workdir = sweep.workdir(run)
  (workdir / 'checkpoints' / str(step)).mkdir(parents=True, exist_ok=True)
  row = {'step': step, 'loss': step / 2, 'steps_per_second': 3.0}
  (workdir / 'metrics.jsonl').write_text(json.dumps(row) + '\n')
  file = attempts.opened(sweep.record(run))
  attempts.write(file, 'start', 'here')
  for part, code in ended:
    attempts.write(file, part, code)
  if results is not None:
    (workdir / 'evaluation').mkdir()
    text = json.dumps(results | {'step': step})
    (workdir / 'evaluation' / 'results.json').write_text(text)
  return file
