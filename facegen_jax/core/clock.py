"""How fast, how long still, and how much of the time was spent waiting."""

from collections.abc import Iterator
import contextlib
import sys
import time
from typing import TextIO

# The figures of a log line that no two runs share.
TIMES = ('steps_per_second', 'data_wait_share', 'eta_seconds')


class Clock:
  """Rate and remaining time of a run of known length.

  Args:
    done: steps that were finished before this process began.
    total: steps in all.
  """

  def __init__(self, done: int, total: int):
    self._total = total
    self._begin = self._last = time.monotonic()
    self._first = self._step = done
    self._waited = 0.0

  @contextlib.contextmanager
  def waiting(self) -> Iterator[None]:
    """Counts the time inside as time spent waiting for data."""
    start = time.monotonic()
    yield
    self._waited += time.monotonic() - start

  def tick(self, step: int) -> dict[str, float]:
    """Figures since the last tick: steps/s, share waited, seconds left."""
    now = time.monotonic()
    seconds = max(now - self._last, 1e-9)
    rate, waited = (step - self._step) / seconds, self._waited / seconds
    figures = (rate, waited, self._eta(now, step))
    self._last, self._step, self._waited = now, step, 0.0
    return dict(zip(TIMES, figures, strict=True))

  def _eta(self, now: float, step: int) -> float:
    pace = (now - self._begin) / max(step - self._first, 1)
    return pace * (self._total - step)


def duration(seconds: float) -> str:
  """`75` -> `1:15`, `3700` -> `1:01:40`."""
  minutes, seconds = divmod(round(seconds), 60)
  hours, minutes = divmod(minutes, 60)
  if hours:
    return f'{hours}:{minutes:02}:{seconds:02}'
  return f'{minutes}:{seconds:02}'


class Progress:
  """One line that is rewritten at a terminal, and printed line by line else."""

  def __init__(self, stream: TextIO | None = None):
    self._stream = stream or sys.stderr
    self._live = self._stream.isatty()

  def show(self, line: str) -> None:
    """Shows the newest line."""
    end = '\x1b[K\r' if self._live else '\n'
    print(line, end=end, file=self._stream, flush=True)

  def close(self) -> None:
    """Leaves the last line standing."""
    if self._live:
      print(file=self._stream)
