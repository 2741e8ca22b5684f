"""A table of figures with their intervals, as a person reads it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Column(NamedTuple):
  """A figure of `results.json`: its key, heading and digits."""

  key: str
  title: str
  form: str


def table(
  rows: Mapping[str, Mapping[str, Any]], columns: tuple[Column, ...]
) -> list[str]:
  """Lines: a row a method, a column a figure that any row has.

  `x_low` and `x_high` of a figure x follow it in brackets; a figure that is
  null or lacks is '-'.
  """
  used = [c for c in columns if any(c.key in row for row in rows.values())]
  cells = [['', *(c.title for c in used)]]
  for name, row in rows.items():
    cells.append([name, *(_cell(row, c) for c in used)])
  widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
  return [
    '  '.join(
      x.ljust(w) if i == 0 else x.rjust(w)
      for i, (x, w) in enumerate(zip(line, widths, strict=True))
    ).rstrip()
    for line in cells
  ]


def _cell(row: Mapping[str, Any], column: Column) -> str:
  value = row.get(column.key)
  if value is None:
    return '-'
  ends = [row.get(f'{column.key}_{end}') for end in ('low', 'high')]
  text = format(value, column.form)
  if None in ends:
    return text
  return f'{text} [{", ".join(format(x, column.form) for x in ends)}]'
