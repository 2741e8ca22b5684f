"""Freed memory that stays with the process."""

import subprocess
import sys

import pytest

_FAULTS = """
import resource
import numpy as np
from facegen_jax.core import memory
if {keep}:
  memory.keep_freed()
for i in range(21):
  np.ones(2**24, np.uint8).sum(), np.ones(2**26, np.uint8).sum()
  if i == 0:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)
"""


def faults(keep: bool) -> int:
  """Pages that were mapped in twenty rounds of 80 MiB."""
  words = [sys.executable, '-c', _FAULTS.format(keep=keep)]
  return int(subprocess.run(words, check=True, capture_output=True).stdout)


@pytest.mark.skipif(sys.platform != 'linux', reason='glibc is of Linux')
def test_freed_memory_is_not_mapped_again():
  pages = 20 * 2**26 // 2**21  # of 2 MiB, were they huge: the least
  assert faults(keep=False) > pages
  assert faults(keep=True) < pages / 4
