"""Action units as coders type them: '4+L10', 'A1B + A2C', 'R14A or 17A'."""

import re
from typing import NamedTuple

from facegen_jax.data.builders.found import AU

_GRADES = 'ABCDE'  # trace to maximum
_UNIT = re.compile(r'(?:AU)?\s*([LRAB]?)\s*([1-9]\d?)\s*([A-E]?)')


class Units(NamedTuple):
  """Action units of a cell, and what is odd about them ('' = nothing)."""

  aus: tuple[AU, ...]
  remark: str


def parse(cell: object) -> Units:
  """Reads a cell; never raises.

  Units are joined by '+' (or ',' or ';'). A unit is its number, after 'L' or
  'R' for a side, and before 'A' to 'E' for an intensity of 0.2 to 1.0. 'A' and
  'B' before the number (asymmetric, both sides) give no side. Of 'x or y'
  both are taken and remarked on; what is no unit is left out and remarked on.

  Args:
    cell: text or a number; None = no unit.
  """
  if cell is None:
    return Units((), '')
  text = str(cell).strip().upper()
  if isinstance(cell, float) and cell.is_integer():
    text = str(int(cell))
  aus, remarks = [], []
  tokens = [token.strip() for token in re.split(r'\+|,|;|/|OR', text)]
  if not any(tokens):
    return Units((), f'action units "{cell}": none taken')
  if 'OR' in text or '/' in text:
    remarks.append('all of a choice are taken')
  for token in tokens:
    match = _UNIT.fullmatch(token)
    if not match:
      remarks.append(f'"{token}" is none: left out')
    elif _unit(match) in aus:
      remarks.append(f'{token} twice: taken once')
    else:
      aus.append(_unit(match))
  start = f'action units "{cell}": ' if remarks else ''
  return Units(tuple(aus), start + '; '.join(remarks))


def _unit(match: re.Match[str]) -> AU:
  side, number, grade = match.groups()
  return AU(
    int(number),
    side if side in ('L', 'R') else '',
    (_GRADES.index(grade) + 1) / len(_GRADES) if grade else -1.0,
  )
