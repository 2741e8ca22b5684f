"""A signal is noted, and everything is as before afterwards."""

import os
import signal
import subprocess
import sys

import pytest
from smoke import ROOT

from facegen_jax.core import stopping


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted_and_handlers_come_back(number):
  before = signal.getsignal(number)
  with stopping.on_signals() as stop:
    assert not stop.asked(1)
    os.kill(os.getpid(), number)
    assert stop.asked(2) and stop.asked(3)
  assert signal.getsignal(number) is before


_TWICE = """
import os
import signal
from facegen_jax.core import stopping

with stopping.on_signals():
  for _ in range(2):
    os.kill(os.getpid(), signal.SIGTERM)
print('still here')
"""


def test_a_second_signal_ends_at_once():
  done = subprocess.run(
    [sys.executable, '-c', _TWICE], cwd=ROOT, capture_output=True, text=True
  )
  assert (done.returncode, done.stdout) == (143, ''), done.stderr
