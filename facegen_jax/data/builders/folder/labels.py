"""labels.csv: file,emotion[,subject,onset,apex,offset], a row a file."""

import csv
import os
import pathlib

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.builders.folder import affectnet
from facegen_jax.data.builders.folder.label import Label

COLUMNS = ('file', 'emotion', 'subject', 'onset', 'apex', 'offset')
_FRAMES = ('onset', 'apex', 'offset')


def find(
  root: str | os.PathLike, given: str | os.PathLike | None
) -> pathlib.Path | None:
  """The table's path: `given`, or labels.csv in the root if there is one.

  Raises:
    UserError: `given` does not exist.
  """
  if given:
    path = pathlib.Path(given)
    if not path.is_file():
      raise UserError(f'{path}: no such labels file; check --labels')
    return path
  path = pathlib.Path(root) / 'labels.csv'
  return path if path.is_file() else None


def read(path: str | os.PathLike) -> dict[str, Label]:
  """Label of each file, by its path from the root.

  Emotions are those of `vocabulary.EMOTIONS` in any case, or '' or 'neutral'.
  A sheet of AffectNet's is known by its columns, see `affectnet`.

  Raises:
    UserError: not UTF-8, no `file` column, an unknown column or emotion, a
      frame number that is none, or two rows for one file; names the line.
  """
  if affectnet.is_sheet(path):
    return affectnet.read(path)
  try:
    with open(path, encoding='utf-8-sig', newline='') as file:
      reader = csv.DictReader(file, strict=True)
      _check_columns(path, reader.fieldnames or [])
      rows = [(reader.line_num, row) for row in reader]
  except (UnicodeDecodeError, csv.Error) as error:
    raise UserError(
      f'{path}: not a table of comma-separated UTF-8 ({error}); save it as such'
    ) from error
  labels: dict[str, Label] = {}
  for line, row in rows:
    name, label = _row(f'{path}, line {line}', row)
    if name in labels:
      raise UserError(
        f'{path}, line {line}: a second row for {name}; delete one'
      )
    labels[name] = label
  return labels


def _check_columns(path: str | os.PathLike, columns: list[str]) -> None:
  known = ', '.join(COLUMNS)
  if 'file' not in columns:
    raise UserError(
      f"{path}: has no column 'file'; the first line names the columns: {known}"
    )
  unknown = [column for column in columns if column not in COLUMNS]
  if unknown:
    raise UserError(
      f'{path}: unknown column {", ".join(map(repr, unknown))}; the columns '
      f'are {known}'
    )


def _row(place: str, row: dict[str, str | None]) -> tuple[str, Label]:
  if None in row:
    raise UserError(f'{place}: more cells than columns; quote commas')
  cells = {key: (value or '').strip() for key, value in row.items()}
  name = cells['file'].replace('\\', '/').removeprefix('./')
  if not name:
    raise UserError(f'{place}: names no file; fill in or delete the row')
  emotion = cells.get('emotion', '').lower()
  if emotion not in (*vocabulary.EMOTIONS, 'neutral', ''):
    raise UserError(
      f'{place}: unknown emotion {emotion!r} for {name}; use one of '
      f'{", ".join(vocabulary.EMOTIONS)}, neutral, or leave it empty'
    )
  frames = (_frame(place, key, cells.get(key, '')) for key in _FRAMES)
  return name, Label(emotion, cells.get('subject', ''), *frames)


def _frame(place: str, key: str, cell: str) -> int:
  if not cell:
    return -1
  if not cell.isascii() or not cell.isdigit():
    raise UserError(
      f'{place}: {key} is {cell!r}; give a frame number from 0, or leave it '
      'empty'
    )
  return int(cell)
