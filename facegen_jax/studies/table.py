"""Reads a plain CSV with a header, as spreadsheets export it."""

import csv
import os
import pathlib
from typing import NamedTuple

from facegen_jax.core.errors import UserError


class Row(NamedTuple):
  """A row below the header.

  Attributes:
    line: its line in the file, from 1.
    cells: by the column's name in lower case; text without outer blanks.
  """

  line: int
  cells: dict[str, str]


def read(path: str | os.PathLike, columns: tuple[str, ...]) -> list[Row]:
  """The rows of a CSV (UTF-8, commas) in which `columns` are all filled.

  Columns may stand in any order and there may be more. Empty lines are passed
  over.

  Raises:
    UserError: no readable file, a column that lacks or is there twice, a row
      of another length, an empty cell in `columns`, or no row at all.
  """
  path = pathlib.Path(path)
  try:
    # A byte order mark, as spreadsheets write it, is no part of a name.
    with path.open(encoding='utf-8-sig', newline='') as file:
      lines = csv.reader(file, strict=True)
      table = [(lines.line_num, [c.strip() for c in line]) for line in lines]
  except UnicodeDecodeError as error:
    raise UserError(
      f'{path}: not UTF-8 text ({error.reason}); save it as CSV in UTF-8'
    ) from error
  except (csv.Error, OSError) as error:
    reason = getattr(error, 'strerror', None) or error
    raise UserError(
      f'{path}: cannot be read ({reason}); check the path, or export it anew'
    ) from error
  table = [(line, cells) for line, cells in table if any(cells)]
  if len(table) < 2:
    raise UserError(
      f'{path}: no row; it needs a line {",".join(columns)} and a row below'
    )
  header = _header(path, table[0], columns)
  return [_row(path, line, cells, header, columns) for line, cells in table[1:]]


def _header(
  path: pathlib.Path, first: tuple[int, list[str]], columns: tuple[str, ...]
) -> list[str]:
  line, header = first[0], [name.lower() for name in first[1]]
  missing = [name for name in columns if name not in header]
  twice = [n for n in dict.fromkeys(header) if n and header.count(n) > 1]
  if missing or twice:
    what = 'lacks' if missing else 'has twice'
    raise UserError(
      f'{path}, line {line}: the header {what} {", ".join(missing or twice)}; '
      f'it needs {",".join(columns)}, separated by commas'
    )
  return header


def _row(
  path: pathlib.Path,
  line: int,
  cells: list[str],
  header: list[str],
  columns: tuple[str, ...],
) -> Row:
  if len(cells) != len(header):
    raise UserError(
      f'{path}, line {line}: {len(cells)} cells below {len(header)} columns; '
      'put text that holds a comma in double quotes'
    )
  row = Row(line, dict(zip(header, cells, strict=True)))
  empty = [name for name in columns if not row.cells[name]]
  if empty:
    raise UserError(
      f'{path}, line {line}: {", ".join(empty)} is empty; fill it in or remove '
      'the row'
    )
  return row
