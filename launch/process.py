"""A run of a sweep as processes of this machine."""

import os
import subprocess

from launch import attempts
from launch.plan import Run, Sweep


class Attempt:
  """A run under way: its parts as processes, one after the other.

  Args:
    sweep: see `Sweep`.
    run: one of its runs.
    gpus: numbers of those that it may see, None = all.
  """

  def __init__(self, sweep: Sweep, run: Run, gpus: str | None = None):
    self.run = run
    self._sweep, self._gpus = sweep, gpus
    self._parts = list(sweep.parts())
    self._stops = 0  # signals that were passed on
    self._record = attempts.opened(sweep.record(run))
    self.held = self._record is not None  # else it runs elsewhere
    if self.held:
      attempts.write(self._record, 'start', os.uname().nodename, os.getpid())
      self._process = self._begun()

  def ended(self) -> int | None:
    """The exit code of the attempt; None while it is under way."""
    code = self._process.poll()
    if code is None:
      return None
    code = 128 - code if code < 0 else code  # as a shell tells of a signal
    attempts.write(self._record, self._parts.pop(0), code)
    if code == 0 and self._parts and not self._stops:
      self._process = self._begun()
      return None
    os.close(self._record)
    return attempts.STOPPED[0] if code == 0 and self._parts else code

  def pass_on(self, stops: int) -> None:
    """Sends SIGTERM until `stops` were sent; a training run saves and ends."""
    while self._stops < stops and self._process.poll() is None:
      self._process.terminate()
      self._stops += 1

  def _begun(self) -> subprocess.Popen:
    words = [*self._sweep.words(self.run), f'--mode={self._parts[0]}']
    own = {} if self._gpus is None else {'CUDA_VISIBLE_DEVICES': self._gpus}
    with self._sweep.log(self.run).open('a') as log:
      return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=os.environ | own,
        pass_fds=[self._record],  # the lock lives as long as the process
        start_new_session=True,  # a terminal's Ctrl-C comes through us, once
      )
