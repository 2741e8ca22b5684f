"""How far long work on a dataset is, at a terminal or in a log."""

import sys
import time

from facegen_jax.core import clock


class Counted:
  """Done, rate and time left, one stage after the other, on stderr."""

  def __init__(self, unit: str) -> None:
    """Starts the first stage; `unit` is counted: 'frames' or 'files'."""
    self._unit, self._stage = unit, None
    self._start = self._now = time.monotonic()
    self._next = 0.0
    self._line = clock.Progress()

  def __call__(self, stage: str, done: int, total: int) -> None:
    """Shows that `done` of `total` are, say, 'verified' or 'written'."""
    if stage != self._stage:
      self._stage, self._start, self._next = stage, self._now, 0.0
    self._now = time.monotonic()
    if done < total and self._now < self._next:
      return
    self._next = self._now + (0.2 if sys.stderr.isatty() else 10)
    rate = done / max(self._now - self._start, 1e-9)
    self._line.show(
      f'{done}/{total} {self._unit} {stage}, {rate:.2f} a second, '
      f'{clock.duration((total - done) / rate)} left'
    )
    if done == total:
      self._line.close()
