"""AffectNet's own sheets, training.csv and validation.csv, as labels.

A row is a picture: subDirectory_filePath, face_x, face_y, face_width,
face_height, facial_landmarks, expression, valence, arousal. Path and expression
are read. The line that names the columns may be missing.
"""

import csv
import itertools
import os
import pathlib
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.folder.label import Label

_NAMES = ('training.csv', 'validation.csv')  # of sheets without a first line
_FILE, _EXPRESSION = 'subDirectory_filePath', 'expression'
_PLACES = (0, 6)  # of these two where no line says so

_LABELS = {
  '0': Label('neutral'),
  '1': Label('happiness'),
  '2': Label('sadness'),
  '3': Label('surprise'),
  '4': Label('fear'),
  '5': Label('disgust'),
  '6': Label('anger'),
  '7': Label(),  # contempt, none of the six: a face without a label
  '8': Label(left_out='expression 8, none'),
  '9': Label(left_out='expression 9, uncertain'),
  '10': Label(left_out='expression 10, no face'),
}


def is_sheet(path: str | os.PathLike) -> bool:
  """Whether a table is AffectNet's, by its first line; see `_NAMES`."""
  try:
    with open(path, encoding='utf-8-sig', newline='') as file:
      first = next(csv.reader(file), [])
  except (UnicodeDecodeError, csv.Error):
    return False
  if _FILE in first:
    return True
  name = pathlib.Path(path).name.lower()
  return name in _NAMES and len(first) == 9 and first[6].strip() in _LABELS


def read(path: str | os.PathLike) -> dict[str, Label]:
  """Label of each picture, by its path from Manually_Annotated_Images.

  Nobody is named, so each picture is a person of its own. Contempt is ''; what
  shows no face, no expression or an uncertain one is `left_out`.

  Raises:
    UserError: not UTF-8, no column of expressions, a row that is too short or
      without a file, an expression that is none, or two unlike rows for one
      picture; names the line.
  """
  try:
    with open(path, encoding='utf-8-sig', newline='') as file:
      return _read(path, csv.reader(file, strict=True))
  except (UnicodeDecodeError, csv.Error) as error:
    raise UserError(
      f'{path}: not a table of comma-separated UTF-8 ({error}); save it as such'
    ) from error


def _read(path: str | os.PathLike, rows: Any) -> dict[str, Label]:
  """The labels of a `csv.reader`'s rows."""
  labels: dict[str, Label] = {}
  first = next(rows, [])
  places = _PLACES
  if _FILE in first:
    places = _named(path, first)
    first = []
  for cells in itertools.chain([first], rows):
    if not cells:
      continue
    place = f'{path}, line {rows.line_num}'
    name, label = _row(place, cells, *places)
    if labels.setdefault(name, label) != label:
      raise UserError(
        f'{place}: a second row for {name}, which says something else; delete '
        'one'
      )
  return labels


def _named(path: str | os.PathLike, columns: list[str]) -> tuple[int, int]:
  if _EXPRESSION not in columns:
    raise UserError(
      f"{path}: has no column '{_EXPRESSION}'; take AffectNet's own "
      f'{" or ".join(_NAMES)}'
    )
  return columns.index(_FILE), columns.index(_EXPRESSION)


def _row(
  place: str, cells: list[str], file: int, expression: int
) -> tuple[str, Label]:
  if len(cells) <= max(file, expression):
    raise UserError(
      f'{place}: only {len(cells)} cells; copy the sheet again, it may be cut '
      'short'
    )
  name = cells[file].strip().replace('\\', '/').removeprefix('./')
  if not name:
    raise UserError(f'{place}: names no file; fill in or delete the row')
  code = cells[expression].strip()
  if code not in _LABELS:
    raise UserError(
      f'{place}: {_EXPRESSION} is {code!r} for {name}; it is a number from 0, '
      'neutral, to 10, no face'
    )
  return name, _LABELS[code]._replace(subject=os.path.splitext(name)[0])
