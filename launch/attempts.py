"""The record of a run's starts: a file of lines, locked while one is under way.

  start HOST ...      an attempt has begun
  train 143           a part of it has ended, with this exit code

Whoever starts a run writes it, a batch script as well as `launch.local`. The
lock is the operating system's, so that it ends with the last process of the
attempt, however that was ended.
"""

import fcntl
import os
import pathlib
from typing import NamedTuple

TRAIN, EVALUATE = 'train', 'evaluate'
STOPPED = (143, 130)  # exit codes of a run that was asked to stop


class Record(NamedTuple):
  """What a file of attempts tells.

  Attributes:
    started: how often the run has been.
    trained: whether training has ever ended well.
    last: (part, exit code) with which the last attempt ended, None where it
      is under way or was killed.
  """

  started: int
  trained: bool
  last: tuple[str, int] | None


def read(path: pathlib.Path) -> Record:
  """The record in a file, which need not be there."""
  started, trained, last = 0, False, None
  lines = path.read_text().splitlines() if path.is_file() else []
  for line in lines:
    part, _, told = line.partition(' ')
    if part == 'start':
      started, last = started + 1, None
    elif part in (TRAIN, EVALUATE) and told.lstrip('-').isdigit():
      last = (part, int(told))
      trained |= last == (TRAIN, 0)
  return Record(started, trained, last)


def opened(path: pathlib.Path) -> int | None:
  """A locked file descriptor to append to; None where another holds it.

  A process that inherits it holds the lock too.
  """
  path.parent.mkdir(parents=True, exist_ok=True)
  file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
  if _locked(file, fcntl.LOCK_EX):
    return file
  os.close(file)
  return None


def under_way(path: pathlib.Path) -> bool:
  """Whether any process holds the lock."""
  if not path.is_file():
    return False
  file = os.open(path, os.O_RDONLY)
  try:
    return not _locked(file, fcntl.LOCK_SH)
  finally:
    os.close(file)


def write(file: int, *told: object) -> None:
  """A line, at once."""
  os.write(file, (' '.join(map(str, told)) + '\n').encode())


def _locked(file: int, kind: int) -> bool:
  try:
    fcntl.flock(file, kind | fcntl.LOCK_NB)
  except BlockingIOError:
    return False
  except OSError:  # a file system without locks
    return True
  return True
