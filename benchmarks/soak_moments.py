"""A process of `facegen_jax.main`, ended by a signal at a chosen moment."""

import contextlib
import pathlib
import random
import signal
import subprocess
import sys
import time
from typing import NamedTuple

KINDS = ('start', 'step', 'save', 'evaluate')
_PATIENCE = 1800  # seconds until a run counts as hung
_POLL = 0.002


class Moment(NamedTuple):
  """When a run is ended, and by what.

  Attributes:
    kind: 'start', some way into imports and restoring; 'step', some way after
      a line of metrics; 'save', while a checkpoint is being written;
      'evaluate', some way into the evaluation.
    share: of the time that there is, or of the events, in [0, 1).
    number: of the signal.
  """

  kind: str
  share: float
  number: int


class Took(NamedTuple):
  """Seconds of an unbroken run, as a measure for moments."""

  first_line: float
  train: float
  evaluate: float


def moment(rng: random.Random, kind: str) -> Moment:
  """A moment of a kind; SIGKILL two times of three."""
  number = rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
  return Moment(kind, rng.random(), number)


def start(
  words: list[str], log: pathlib.Path, **environ: str
) -> subprocess.Popen:
  """Starts `main` with these words; what it says is added to `log`."""
  with log.open('a') as f:
    return subprocess.Popen(
      [sys.executable, '-m', 'facegen_jax.main', *words],
      stdout=f,
      stderr=subprocess.STDOUT,
      env=environ or None,
    )


def end_at(
  process: subprocess.Popen, when: Moment, workdir: pathlib.Path, took: Took
) -> bool:
  """Sends the signal at its moment; False where the process ended before."""
  begin = time.monotonic()
  if when.kind == 'start':
    came = _after(process, begin, when.share * took.first_line)
  elif when.kind == 'evaluate':
    came = _after(process, begin, when.share * took.evaluate)
  elif when.kind == 'step':
    came = _after_line(process, workdir, when, took)
  else:
    came = _while_saving(process, workdir, when)
  if came:
    process.send_signal(when.number)
  return came


def wait(process: subprocess.Popen) -> int:
  """Its exit code."""
  try:
    return process.wait(_PATIENCE)
  except subprocess.TimeoutExpired:
    process.kill()
    process.wait()
    raise


def _after(process: subprocess.Popen, begin: float, seconds: float) -> bool:
  while time.monotonic() < begin + seconds:
    if process.poll() is not None:
      return False
    time.sleep(_POLL)
  return process.poll() is None


def _after_line(
  process: subprocess.Popen, workdir: pathlib.Path, when: Moment, took: Took
) -> bool:
  """After one to three new lines of metrics, and a share of the rest."""
  lines = 1 + int(when.share * 3)
  path, size = workdir / 'metrics.jsonl', None
  while process.poll() is None:
    now = path.read_bytes().count(b'\n') if path.exists() else 0
    # A run that goes on first drops the lines behind its checkpoint.
    size = now if size is None else min(size, now)
    if now >= size + lines:
      rest = max(took.train - took.first_line, 0.0)
      return _after(process, time.monotonic(), (when.share * 7 % 1) * rest / 4)
    time.sleep(_POLL)
  return False


def _while_saving(
  process: subprocess.Popen, workdir: pathlib.Path, when: Moment
) -> bool:
  """When the first or second unfinished folder is seen, a moment later."""
  wanted, seen = 1 + int(when.share * 2), set()
  old = _unfinished(workdir)
  while process.poll() is None:
    seen |= _unfinished(workdir) - old
    if len(seen) >= wanted:
      return _after(process, time.monotonic(), (when.share * 11 % 1) * 0.05)
    time.sleep(_POLL)
  return False


def _unfinished(workdir: pathlib.Path) -> set[tuple[str, int]]:
  """Folders by name and inode: one that is written again is another one."""
  found = set()
  for path in workdir.glob('checkpoints/*tmp*'):
    with contextlib.suppress(FileNotFoundError):  # it has its name now
      found.add((path.name, path.stat().st_ino))
  return found
