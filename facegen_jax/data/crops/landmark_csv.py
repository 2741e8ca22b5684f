"""A user's own landmarks, as OpenFace 2 writes them."""

from collections.abc import Callable
import csv
import math
import os
import pathlib
from typing import TypeVar

import numpy as np

from facegen_jax.core.errors import UserError

_KEYS = ('subject', 'clip', 'frame')
_POINTS = tuple(f'{axis}_{i}' for axis in 'xy' for i in range(68))

Landmarks = dict[tuple[str, str], dict[int, np.ndarray]]
Value = TypeVar('Value')


def read(path: str | os.PathLike) -> Landmarks:
  """Landmarks by (subject, clip) and by the frame's number in the footage.

  Columns `subject`, `clip`, `frame`, `x_0` to `x_67`, `y_0` to `y_67`, in any
  order, pixels of the frame with centres at integers, as in OpenFace 2. Where
  there is a column `success`, a row with 0 counts as no face. Others are
  passed over.

  Returns:
    68 2 float32 in iBUG order by frame, by (subject, clip).

  Raises:
    UserError: missing or unreadable file, missing columns, a cell that is no
      number, a second row for a frame, or no row at all.
  """
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such landmark file; check the path')
  found: Landmarks = {}
  try:
    # A byte order mark, as spreadsheets write it, is no part of a name.
    with path.open(encoding='utf-8-sig', newline='') as lines:
      _read_rows(path, csv.reader(lines), found)
  except UnicodeDecodeError as error:
    raise UserError(
      f'{path}: not UTF-8 text ({error.reason}); save it as CSV in UTF-8'
    ) from error
  except (csv.Error, OSError) as error:
    reason = f'{path}: cannot be read ({error}); export it anew'
    raise UserError(reason) from error
  if not found:
    raise UserError(f'{path}: no row has a face; check how it was made')
  return found


def _read_rows(path: pathlib.Path, rows: object, found: Landmarks) -> None:
  header = [name.strip() for name in next(rows, [])]
  missing = [name for name in (*_KEYS, *_POINTS) if name not in header]
  if missing:
    raise UserError(
      f'{path}: line 1 lacks the column{"s" * (len(missing) > 1)} '
      f'{_shortened(missing)}; add to OpenFace 2\'s "2D landmarks" table, '
      'separated by commas, who and which clip a row is of'
    )
  places = {name: header.index(name) for name in (*_KEYS, *_POINTS)}
  success = header.index('success') if 'success' in header else None
  for cells in rows:
    if not any(cell.strip() for cell in cells):
      continue
    row = _Row(path, rows.line_num, cells)
    if success is None or row.cell('success', success, _number):
      _add(row, places, found)


def _add(row: '_Row', places: dict[str, int], found: Landmarks) -> None:
  subject, clip = (row.cell(name, places[name], _text) for name in _KEYS[:2])
  frame = row.cell('frame', places['frame'], _whole)
  faces = found.setdefault((subject, clip), {})
  if frame in faces:
    raise UserError(
      f'{row.place}: a second row for frame {frame} of {subject} {clip}; keep '
      'one face a frame'
    )
  points = [row.cell(name, places[name], _number) for name in _POINTS]
  faces[frame] = np.array(points, np.float32).reshape(2, 68).T.copy()


class _Row:
  """The cells of one line."""

  def __init__(self, path: pathlib.Path, line: int, cells: list[str]) -> None:
    self.place = f'{path}: line {line}'
    self._cells = cells

  def cell(
    self, name: str, index: int, convert: Callable[[str], Value]
  ) -> Value:
    text = self._cells[index].strip() if index < len(self._cells) else ''
    try:
      return convert(text)
    except ValueError as error:
      raise UserError(
        f'{self.place}, column {name}: "{text[:40]}" is not {error}; mend or '
        'remove the line'
      ) from error


def _text(text: str) -> str:
  if not text:
    raise ValueError('a name')
  return text


def _number(text: str) -> float:
  try:
    value = math.nan if '_' in text else float(text)  # float() takes '1_2'
  except ValueError:
    value = math.nan
  if not math.isfinite(value):
    raise ValueError('a number')
  return value


def _whole(text: str) -> int:
  value = _number(text)
  if value < 0 or not value.is_integer():
    raise ValueError('the number of a frame')
  return int(value)


def _shortened(names: list[str]) -> str:
  return ', '.join(names[:5]) + (', ...' if len(names) > 5 else '')
