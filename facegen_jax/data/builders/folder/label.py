"""What a table of labels says of one file."""

from typing import NamedTuple


class Label(NamedTuple):
  """What a row says of a file; frame numbers count from 0, -1 = not given."""

  emotion: str = ''
  subject: str = ''
  onset: int = -1
  apex: int = -1
  offset: int = -1
  left_out: str = ''  # why the file is not to be used, '' = it is
