"""How far each run of a sweep is."""

import json
import pathlib
from typing import NamedTuple

from facegen_jax.run_settings import results
from launch import attempts
from launch.plan import Run, Sweep

DONE, RUNNING, STOPPED = 'done', 'running', 'stopped'
FAILED, WAITING = 'failed', 'waiting'
STATES = (DONE, RUNNING, STOPPED, FAILED, WAITING)
_TAIL = 1 << 16  # bytes


class Standing(NamedTuple):
  """A run's state, one of `STATES`, its last logged step, and why.

  'stopped' was asked to stop or killed: the sweep's command goes on with it.
  """

  state: str
  step: int
  why: str


def standing(sweep: Sweep, run: Run) -> Standing:
  """Reads a run's files; starts and changes nothing."""
  record = attempts.read(sweep.record(run))
  workdir = sweep.workdir(run)
  step = _step(workdir / 'metrics.jsonl')
  if is_done(sweep, run):
    return Standing(DONE, step, '')
  if attempts.under_way(sweep.record(run)):
    return Standing(RUNNING, step, '')
  if not record.started:
    return Standing(WAITING, step, '')
  if record.last is None:
    return Standing(STOPPED, step, 'killed')
  part, code = record.last
  if code == 0:  # trained, and not evaluated yet
    return Standing(WAITING, step, f'{part} has ended')
  if code in attempts.STOPPED:
    return Standing(STOPPED, step, f'asked to stop in {part}')
  last = tail(sweep.log(run), 1)
  return Standing(FAILED, step, f'{part} ended with {code}: {last}')


def is_done(sweep: Sweep, run: Run) -> bool:
  """Whether a run has trained to its end and, where asked, has its results."""
  workdir = sweep.workdir(run)
  if results(workdir) is not None:
    return True
  saved = any(p.name.isdigit() for p in (workdir / 'checkpoints').glob('*'))
  trained = attempts.read(sweep.record(run)).trained and saved
  return trained and not sweep.evaluate


def tail(path: pathlib.Path, lines: int) -> str:
  """The last lines of a text file that are not empty."""
  if not path.is_file():
    return ''
  with path.open('rb') as file:
    file.seek(max(path.stat().st_size - _TAIL, 0))
    text = file.read().decode(errors='replace')
  kept = [line for line in text.splitlines() if line.strip()]
  return '\n'.join(kept[-lines:])


def _step(path: pathlib.Path) -> int:
  try:
    return int(json.loads(tail(path, 1))['step'])
  except (KeyError, TypeError, ValueError):  # none yet, or cut short by a kill
    return 0
