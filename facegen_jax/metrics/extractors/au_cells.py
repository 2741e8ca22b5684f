"""The cells of one line of a table of action units."""

import math
from typing import NamedTuple

from facegen_jax.core.errors import UserError


class Row(NamedTuple):
  """A line, the names of its columns, and how to mend the table."""

  place: str  # file and line
  header: list[str]
  cells: list[str]
  cure: str

  def text(self, name: str) -> str:
    """A cell without outer blanks, '' where the line is too short."""
    index = self.header.index(name)
    return self.cells[index].strip() if index < len(self.cells) else ''

  def number(self, name: str, low: float, high: float) -> float:
    """A cell from `low` to `high`; else a UserError that names it."""
    text = self.text(name)
    try:
      value = math.nan if '_' in text else float(text)  # it takes '1_2'
    except ValueError:
      value = math.nan
    if not low <= value <= high:
      what = 'a number' if math.isnan(value) else f'in {low:g} to {high:g}'
      raise UserError(
        f'{self.place}, column {name}: "{text[:40]}" is not {what}; {self.cure}'
      )
    return value

  def whole(self, name: str, low: int, high: int) -> int:
    """A whole number, maybe written '3.0', from `low` to `high`."""
    value = self.number(name, low, high)
    if not value.is_integer():
      raise UserError(
        f'{self.place}, column {name}: "{self.text(name)[:40]}" is not whole; '
        f'{self.cure}'
      )
    return int(value)


def blank(text: str) -> bool:
  """Whether a cell holds nothing: empty, or written 'nan'."""
  return text.lower() in ('', 'nan')
