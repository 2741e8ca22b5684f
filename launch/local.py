"""Runs of a sweep on this machine, several at a time."""

from collections.abc import Iterator
import contextlib
import signal
import sys
import time
from typing import Any

from absl import logging

from facegen_jax.core.clock import Progress, duration
from facegen_jax.core.errors import UserError
from launch import attempts
from launch.plan import Run, Sweep
from launch.process import Attempt
from launch.standing import is_done, tail

_STOPPED = 128 + signal.SIGTERM
_PAUSE = 0.1  # seconds between two looks at the processes
_TOLD = 10  # lines of a failed run's log


class Queue:
  """Starts the runs of a sweep that are not done, and follows them.

  Args:
    sweep: see `Sweep`.
    jobs: runs at a time.
    gpus_per_run: the first `jobs * gpus_per_run` GPUs are shared out; 0 lets
      every run see all.
  """

  def __init__(self, sweep: Sweep, *, jobs: int, gpus_per_run: int = 0):
    self._sweep, self._gpus = sweep, gpus_per_run
    self._left = [run for run in sweep.runs if not is_done(sweep, run)]
    self._done = len(sweep.runs) - len(self._left)
    self._free = list(range(jobs))
    self._jobs, self._begin = jobs, time.monotonic()
    self._running: dict[int, Attempt] = {}
    self._finished = 0  # by this call
    self._codes: dict[str, int] = {}  # of runs that did not end well
    self._elsewhere: list[str] = []
    self._progress = Progress()

  def follow(self) -> int:
    """Returns the exit code when all runs have ended, or were asked to."""
    self._show()
    with _signals() as came:
      while self._running or (self._left and not came):
        while self._left and self._free and not came:
          self._start(self._left.pop(0))
        for attempt in self._running.values():
          attempt.pass_on(len(came))
        if any([self._look(slot) for slot in [*self._running]]):
          self._show()
        time.sleep(_PAUSE)
    self._progress.close()
    return self._told(bool(came))

  def _start(self, run: Run) -> None:
    slot = self._free[0]
    first = slot * self._gpus
    gpus = ','.join(map(str, range(first, first + self._gpus)))
    attempt = Attempt(self._sweep, run, gpus if self._gpus else None)
    if attempt.held:
      self._running[self._free.pop(0)] = attempt
    else:
      logging.warning('%s runs elsewhere: left alone', run.name)
      self._elsewhere.append(run.name)
    self._show()

  def _look(self, slot: int) -> bool:
    """Whether the run of a slot has ended."""
    code = self._running[slot].ended()
    if code is None:
      return False
    run = self._running.pop(slot).run
    self._free.append(slot)
    self._finished += 1
    if code:
      self._codes[run.name] = code
    else:
      self._done += 1
    if code and code not in attempts.STOPPED:
      log = self._sweep.log(run)
      logging.error(
        '%s failed with %d, the end of %s:\n%s',
        *(run.name, code, log, tail(log, _TOLD)),
      )
    return True

  def _show(self) -> None:
    failed = sum(c not in attempts.STOPPED for c in self._codes.values())
    self._progress.show(
      f'sweep {self._done}/{len(self._sweep.runs)} done | '
      f'{len(self._running)} running | {failed} failed | {self._eta()} left'
    )

  def _eta(self) -> str:
    """By the mean time of the runs that ended; those under way count half."""
    if not self._finished:
      return '?'
    pace = (time.monotonic() - self._begin) / self._finished
    return duration(pace * (len(self._left) + len(self._running) / 2))

  def _told(self, stopped: bool) -> int:
    """Says what is not done, and gives the exit code."""
    failed = [k for k, c in self._codes.items() if c not in attempts.STOPPED]
    for name in failed:
      logging.error('failed: %s, exit code %d', name, self._codes[name])
    if stopped or len(self._codes) > len(failed):
      logging.warning('runs were asked to stop: the same command goes on')
    if stopped:
      return _STOPPED
    return int(bool(self._codes or self._elsewhere))


def start(sweep: Sweep, *, jobs: int, gpus_per_run: int = 0) -> None:
  """Trains all runs that are not done; exits with 1 where one did not end well.

  A run that fails is told of with the end of its log, and the others go on.
  SIGTERM and Ctrl-C are passed on: the runs save and end, and the exit code is
  143. A second one ends them at once.

  Raises:
    UserError: fewer than one job.
  """
  if jobs < 1 or gpus_per_run < 0:
    raise UserError(
      f'--jobs={jobs}, --gpus_per_run={gpus_per_run}: at least 1 run at a '
      'time, and 0 GPUs or more'
    )
  code = Queue(sweep, jobs=jobs, gpus_per_run=gpus_per_run).follow()
  if code:
    sys.exit(code)


@contextlib.contextmanager
def _signals() -> Iterator[list]:
  """A list that grows when SIGTERM or SIGINT comes."""
  came = []

  def note(number: int, frame: Any) -> None:
    del frame
    came.append(number)

  old = {s: signal.signal(s, note) for s in (signal.SIGTERM, signal.SIGINT)}
  try:
    yield came
  finally:
    for number, handler in old.items():
      signal.signal(number, handler)
