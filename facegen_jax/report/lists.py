"""Tables of lists: figures of every class or action unit, confusion counts."""

from collections.abc import Iterator
from typing import Any

from facegen_jax.report import units
from facegen_jax.report.table import Table


def is_number(value: Any) -> bool:
  """A figure, or null where it is undefined."""
  return value is None or isinstance(value, (int, float))


def of_lists(title: str, group: dict[str, Any], note: str) -> Iterator[Table]:
  """Equally long lists as columns, square ones on their own.

  Rows are named by a list of words of that length, else by number.
  """
  lists = {k: v for k, v in group.items() if isinstance(v, list) and v}
  words = [v for v in lists.values() if all(isinstance(x, str) for x in v)]
  plain = {k: v for k, v in lists.items() if all(map(is_number, v))}
  for size in dict.fromkeys(map(len, plain.values())):
    columns = {k: v for k, v in plain.items() if len(v) == size}
    rows = tuple(
      (name, *(units.number(v[i], k) for k, v in columns.items()))
      for i, name in enumerate(_names(words, size))
    )
    yield Table(title, ('', *map(units.header, columns)), rows, note)
  for key, rows in lists.items():
    if _is_matrix(rows):
      names, columns = (_names(words, n) for n in (len(rows), len(rows[0])))
      cells = tuple(
        (name, *(units.number(x, key) for x in row))
        for name, row in zip(names, rows, strict=True)
      )
      yield Table(f'{title}: {units.label(key)}', ('', *columns), cells, note)


def _is_matrix(rows: list) -> bool:
  return all(
    isinstance(row, list) and len(row) == len(rows[0]) and row for row in rows
  ) and all(is_number(x) for row in rows for x in row)


def _names(words: list[list[str]], size: int) -> list[str]:
  numbers = [str(i + 1) for i in range(size)]
  return next((w for w in words if len(w) == size), numbers)
