"""A signal is noted, and everything is as before afterwards."""

import os
import signal

import pytest

from facegen_jax.core import stopping


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted_and_handlers_come_back(number):
  before = signal.getsignal(number)
  with stopping.on_signals() as stop:
    assert not stop.asked(1)
    os.kill(os.getpid(), number)
    assert stop.asked(2) and stop.asked(3)
  assert signal.getsignal(number) is before


def test_a_second_signal_ends_at_once():
  pid = os.fork()
  if not pid:
    with stopping.on_signals():
      os.kill(os.getpid(), signal.SIGTERM)
      os.kill(os.getpid(), signal.SIGTERM)
    os._exit(0)
  assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 143
