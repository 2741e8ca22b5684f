"""A run that is asked to stop does so after a step, all processes the same."""

from collections.abc import Iterator
import contextlib
import os
import signal
from typing import Any

from jax.experimental import multihost_utils

from facegen_jax.core import processes

STOPPED = 128 + signal.SIGTERM  # exit code of a run that was asked to stop


class Stop:
  """Whether a signal has come, to this process or to another one."""

  came = False  # to this one

  def asked(self, step: int) -> bool:
    """Whether to save and leave after this step.

    To be called once after every step. Many processes agree on the step
    without waiting for the device: the coordinator picks one that none of
    them has passed.
    """
    if processes.alone():
      return self.came
    return multihost_utils.reached_preemption_sync_point(step)


@contextlib.contextmanager
def on_signals() -> Iterator[Stop]:
  """Takes note of SIGTERM and SIGINT; a second one ends at once.

  Among many processes JAX itself takes note of SIGTERM, and SIGINT is passed
  on to it.
  """
  stop = Stop()

  def note(number: int, frame: Any) -> None:
    del frame
    if stop.came:
      os._exit(128 + number)
    stop.came = True
    if not processes.alone():
      os.kill(os.getpid(), signal.SIGTERM)

  ours = (signal.SIGTERM, signal.SIGINT)
  old = {s: signal.signal(s, note) for s in ours[not processes.alone() :]}
  try:
    yield stop
  finally:
    for number, handler in old.items():
      signal.signal(number, handler)


def at_once() -> None:
  """SIGTERM ends this process, also where JAX would take note of it."""
  signal.signal(signal.SIGTERM, signal.SIG_DFL)
