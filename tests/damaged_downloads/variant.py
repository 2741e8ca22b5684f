"""What a damaged download is, and what is to be said of it."""

from collections.abc import Callable
from typing import NamedTuple


class Damaged(NamedTuple):
  """A valid download, of which clip A or the whole is damaged.

  In the texts {clip} stands for the last two levels of clip A's path, {name}
  for its folder and {frame} for the second of its frames.
  """

  dataset: str  # of `real.DOWNLOADS`
  name: str
  damages: tuple[Callable, ...]  # one after another
  says: list[tuple[str, str]]  # parts of a path and a remark
  left: str  # clips of 'ABC', '-' = a report of none, '' = a UserError
  frames: int = 0  # that lack of the clips that are left
  called: str = ''  # clip A, if not as before


def variants(dataset: str, *rows: tuple) -> list[Damaged]:
  """Of rows of all fields but the dataset; a single damage needs no tuple."""
  return [
    Damaged(dataset, name, many if isinstance(many, tuple) else (many,), *rest)
    for name, many, *rest in rows
  ]
