"""Pictures and the action units that they show, from a user's CSV."""

import csv
import os
import pathlib
import re
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS

_FORM = (
  'a header "file,person,AU1,AU12" (person may be left out), then a line a '
  'picture, intensities in [0, 1]'
)


class Labelled(NamedTuple):
  """One picture.

  Attributes:
    path: of the picture.
    person: who it is; '' where the CSV does not tell.
    intensities: (12,) by `AUS` in [0, 1]; 0 where there is no column.
  """

  path: pathlib.Path
  person: str
  intensities: np.ndarray


def read(path: str | os.PathLike) -> list[Labelled]:
  """Reads the CSV; files count from its folder.

  Raises:
    UserError: missing, no CSV of that form, a unit that is not one of the
      twelve, an intensity outside [0, 1], or a picture that is not there; with
      the line's number.
  """
  path = pathlib.Path(path)
  try:
    with path.open(encoding='utf-8-sig', newline='') as file:
      lines = csv.DictReader(file)
      units = _units(path, lines.fieldnames or [])
      rows = [_row(path, lines.line_num, line, units) for line in lines]
  except (OSError, UnicodeDecodeError, csv.Error) as error:
    raise UserError(f'{path}: cannot be read as CSV ({error})') from error
  if not rows:
    raise UserError(f'{path}: no picture in it; it wants {_FORM}')
  told = [row.person != '' for row in rows]
  if any(told) and not all(told):
    raise UserError(
      f'{path}: the person of some pictures is missing; fill the column, or '
      'leave it out'
    )
  return rows


def _units(path: pathlib.Path, columns: list[str]) -> dict[str, int]:
  """Columns of units -> index in `AUS`."""
  found = {}
  for name in columns:
    match = re.fullmatch(r'\s*AU0*(\d+)\s*', name, re.IGNORECASE)
    if match and int(match[1]) not in AUS:
      raise UserError(
        f'{path}: no unit {name.strip()}; there is '
        f'{", ".join(f"AU{au}" for au in AUS)}'
      )
    if match:
      found[name] = AUS.index(int(match[1]))
  if 'file' not in columns or not found:
    raise UserError(f'{path}: it wants {_FORM}')
  if len({*found.values()}) < len(found):
    raise UserError(f'{path}: a unit has two columns')
  return found


def _row(
  path: pathlib.Path, number: int, line: dict, units: dict[str, int]
) -> Labelled:
  intensities = np.zeros(len(AUS), np.float32)
  for name, index in units.items():
    try:
      intensities[index] = value = float(line[name])
    except (TypeError, ValueError) as error:
      raise UserError(
        f'{path}, line {number}: {name}={line[name]!r} is no intensity'
      ) from error
    if not 0 <= value <= 1:
      raise UserError(
        f'{path}, line {number}: {name}={line[name]} is outside [0, 1]; divide '
        "grades by the highest one (DISFA's by 5)"
      )
  picture = path.parent / (line['file'] or '')
  if not picture.is_file():
    raise UserError(f'{path}, line {number}: no picture {picture}')
  return Labelled(picture, (line.get('person') or '').strip(), intensities)
