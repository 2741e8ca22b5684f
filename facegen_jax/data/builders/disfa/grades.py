"""Grades of the action units, a file of text each."""

from collections.abc import Mapping
import pathlib
import re
from typing import NamedTuple

import numpy as np

from facegen_jax.data.builders.findings import Findings
from facegen_jax.data.vocabulary import AUS

_FULL = 5  # the highest grade
_NAMED = 8  # lines or frames that a note lists


class Grades(NamedTuple):
  """What a person's files say of the decoded frames 0, 1, ..."""

  intensities: np.ndarray  # t x 12 in [0, 1] by `AUS`; NaN = not graded
  places: tuple[pathlib.Path, ...]  # the twelve files, by `AUS`


def read(
  findings: Findings, folder: pathlib.Path, subject: str
) -> Grades | None:
  """Grades of a person up to where the first file ends; None = unusable.

  Args:
    findings: gets what is wrong.
    folder: with the files SN001_au1.txt and so on.
    subject: in upper case.
  """
  places = _places(findings, folder, subject)
  lacking = [f'{subject}_au{au}.txt' for au in AUS if au not in places]
  if lacking:
    findings.skip(folder, f'{", ".join(lacking)} missing')
    return None
  columns = [_column(findings, places[au]) for au in AUS]
  if any(column is None for column in columns):
    findings.skip(folder, 'a label file cannot be read')
    return None
  intensities = _table(findings, folder, columns)
  return Grades(intensities, tuple(places[au] for au in AUS))


def _table(
  findings: Findings, folder: pathlib.Path, columns: list[Mapping[int, int]]
) -> np.ndarray:
  lengths = sorted({max(column, default=-1) + 1 for column in columns})
  if len(lengths) > 1:
    findings.note(
      folder,
      f'the label files end at frames {", ".join(map(str, lengths))}: '
      f'{lengths[0]} are used',
    )
  intensities = np.full((lengths[0], len(AUS)), np.nan, np.float32)
  for column, grades in enumerate(columns):
    for frame, grade in grades.items():
      if frame < lengths[0]:
        intensities[frame, column] = grade / _FULL
  return intensities


def _places(
  findings: Findings, folder: pathlib.Path, subject: str
) -> Mapping[int, pathlib.Path]:
  """Files by action unit."""
  places = {}
  for path in findings.files(folder):
    match = re.fullmatch(rf'{subject}_au0*(\d+)\.txt', path.name, re.IGNORECASE)
    au = int(match[1]) if match else 0
    if au not in AUS:
      findings.skip(path, f'not a label file of {subject}')
    elif au in places:
      findings.skip(path, f'a second file of AU{au}: {places[au].name} is read')
    else:
      places[au] = path
  return places


def _column(findings: Findings, path: pathlib.Path) -> Mapping[int, int] | None:
  """Grades by decoded frame, counted from 0."""
  try:
    text = path.read_bytes().decode('utf-8-sig', 'replace')
  except OSError as error:
    findings.skip(path, f'cannot be read ({error.strerror})')
    return None
  grades, bad, again = _graded(text)
  if bad:
    findings.note(
      path, f"no 'frame,grade 0 to 5' in {listed('line', bad)}: passed over"
    )
  if again:
    findings.note(
      path, f'a frame again in {listed("line", again)}: the first is taken'
    )
  return grades


def _graded(text: str) -> tuple[Mapping[int, int], list[int], list[int]]:
  """Grades by frame; numbers of bad lines, and of those of a frame again."""
  grades, bad, again = {}, [], []
  for number, line in enumerate(text.splitlines(), 1):
    match = re.fullmatch(r'\s*(\d{1,6})\s*,\s*([0-5])(?:\.0*)?\s*', line)
    frame = int(match[1]) - 1 if match else -1
    if frame < 0:
      bad += [number] if line.strip() else []
    elif frame in grades:
      again.append(number)
    else:
      grades[frame] = int(match[2])
  return grades, bad, again


def listed(what: str, numbers: list[int]) -> str:
  """'line 3', or 'lines 3, 4 and 7 more'."""
  shown = ', '.join(map(str, numbers[:_NAMED]))
  more = len(numbers) - _NAMED
  plural = 's' if len(numbers) > 1 else ''
  return f'{what}{plural} {shown}' + (f' and {more} more' if more > 0 else '')
