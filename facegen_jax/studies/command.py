"""How the commands of this room start and end."""

import argparse
from collections.abc import Callable, Sequence
import math
import sys
from typing import NoReturn

from facegen_jax.core.errors import UserError


class Parser(argparse.ArgumentParser):
  """Tells of a wrong flag in one line, as of any other mistake."""

  def __init__(self, name: str, description: str) -> None:
    super().__init__(
      prog=f'python -m facegen_jax.studies.{name}',
      description=description,
      allow_abbrev=False,
    )

  def error(self, message: str) -> NoReturn:
    """Raises UserError."""
    raise UserError(f'{message}; --help lists the flags')


def ended(
  name: str, work: Callable[[Sequence[str] | None], str], argv: list[str] | None
) -> int:
  """Prints the text that `work` gives and returns 0; 2 after one error line."""
  try:
    print(work(argv))
  except UserError as error:
    print(f'{name}: {error}', file=sys.stderr)
    return 2
  return 0


def number(kind: type, low: float, high: float) -> Callable[[str], int | float]:
  """A flag's type: a number from `low` to `high`."""

  def read(text: str) -> int | float:
    try:
      value = kind(text)
    except ValueError:
      value = None
    if value is None or not low <= value <= high:
      raise argparse.ArgumentTypeError(
        f'{text!r} is no {kind.__name__} from {low} to {high}'
      )
    return value

  return read


def shown_p(p: float) -> str:
  """A p as a table has it."""
  if math.isnan(p):
    return 'undefined'
  return f'{p:.4f}' if p >= 1e-4 else f'{p:.1e}'
