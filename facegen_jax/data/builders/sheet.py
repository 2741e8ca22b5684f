"""Reading the table of a workbook by the names of its columns."""

from collections.abc import Iterable
import pathlib
import re
from typing import NamedTuple
import warnings

import openpyxl

from facegen_jax.core.errors import UserError


class Row(NamedTuple):
  """A row below the header.

  Attributes:
    line: its number in the sheet, from 1.
    cells: by our names, as typed there ('01' stays text, 1 a number); text
      in one line, without outer blanks; None = empty, or an optional column
      that lacks.
  """

  line: int
  cells: dict[str, object]


def read(
  path: pathlib.Path,
  *,
  key: str,
  columns: dict[str, tuple[str, ...]],
  optional: tuple[str, ...] = (),
) -> list[Row]:
  """Rows of the first sheet that hold anything in the columns.

  Args:
    path: an .xlsx file.
    key: our name of the column whose header marks the header's row; rows
      above it are passed over.
    columns: our name to the spellings of its header; case and blanks do not
      matter. Of two columns of one name the left one is taken.
    optional: our names of those that may lack.

  Raises:
    UserError: the file cannot be read, or lacks a column.
  """
  table = _table(path)
  spelt = {name: set(map(_plain, texts)) for name, texts in columns.items()}
  start, header = _header(table, spelt[key], set().union(*spelt.values()))
  places = {name: _place(header, texts) for name, texts in spelt.items()}
  needed = [name for name in columns if name not in optional]
  if start < 0 or any(places[name] is None for name in needed):
    raise UserError(
      f'{path}: its first sheet needs a row of headers with '
      f'{", ".join(columns[name][0] for name in needed)}; found '
      f'{_listed(header)}; put the published workbook there'
    )
  rows = []
  for line, values in enumerate(table[start + 1 :], start + 2):
    cells = {name: _cell(values, place) for name, place in places.items()}
    if any(cell is not None for cell in cells.values()):
      rows.append(Row(line, cells))
  return rows


def whole(cell: object) -> int | None:
  """The whole number in a cell, written as number or text; None = no such."""
  text = str(cell).strip()  # not float(): it takes '1_2' for 12
  return int(float(text)) if re.fullmatch(r'-?\d{1,15}(\.0*)?', text) else None


def _table(path: pathlib.Path) -> list[tuple[object, ...]]:
  try:
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')  # about drawings and styles, unused here
      book = openpyxl.load_workbook(path, read_only=True, data_only=True)
      try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size
        return list(sheet.iter_rows(values_only=True))
      finally:
        book.close()
  except Exception as error:  # a damaged file raises whatever comes
    reason = ' '.join(f'{type(error).__name__}: {error}'.split())
    raise UserError(
      f'{path}: no readable workbook ({reason}); it may be damaged, locked or '
      'protected by a password: save it anew as .xlsx'
    ) from error


def _header(
  table: list[tuple[object, ...]], marks: set[str], wanted: set[str]
) -> tuple[int, list[str]]:
  """The marked row with most wanted headers; -1 and the likeliest if none.

  Notes above a table may name a column too, so the first mark will not do.
  """
  best, start, header = (False, 0), -1, []
  for index, values in enumerate(table):
    texts = [_plain(value) for value in values]
    rank = (bool(marks.intersection(texts)), len(wanted.intersection(texts)))
    if rank > best or (any(texts) and not header):
      best, header = rank, texts
      start = index if rank[0] else -1
  return start, header


def _place(header: list[str], texts: set[str]) -> int | None:
  return next((i for i, text in enumerate(header) if text in texts), None)


def _plain(value: object) -> str:
  return '' if value is None else ' '.join(str(value).split()).casefold()


def _cell(values: tuple[object, ...], place: int | None) -> object:
  if place is None or place >= len(values):
    return None
  value = values[place]
  if isinstance(value, str):
    return ' '.join(value.split()) or None
  return value


def _listed(texts: Iterable[str]) -> str:
  return ', '.join(text for text in texts if text)[:200] or 'nothing'
