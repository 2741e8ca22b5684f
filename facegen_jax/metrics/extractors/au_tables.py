"""Intensities of action units from tables of OpenFace 2 and py-feat.

Both run apart from this package; their tables are CSV, a row a frame. One
table is one whole clip: OpenFace calibrates by video.
"""

from collections.abc import Iterable, Sequence
import csv
import os
import pathlib
import re
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.au_cells import Row, blank
from facegen_jax.metrics.extractors.extractor import Extractor, precomputed

MOST_FRAMES = 1_000_000  # beyond, a number is no frame's


class Tool(NamedTuple):
  """How a program writes its table.

  Attributes:
    name, licence: for tables of results.
    column: what a column of intensities is called; the group is the number.
    scale: intensities lie in 0..scale.
    first: number of the first frame.
    success: the column that says whether there is a face; without one, cells
      are empty where there is none.
    cure: how to make such a table.
  """

  name: str
  licence: str
  column: str
  scale: float
  first: int
  success: str | None
  cure: str


# `_c`, presence, is of other models than `_r` and may disagree with it.
OPENFACE2 = Tool(
  'OpenFace 2',
  'academic or non-commercial use only',
  r'AU(\d\d)_r',
  5.0,
  1,
  'success',
  'run FeatureExtraction -aus on the whole clip',
)
PY_FEAT = Tool(
  'py-feat',
  "MIT; its models' licences vary",
  r'AU(\d\d)',
  1.0,
  0,
  None,
  "save Detector.detect's Fex of the whole clip with to_csv",
)


class AuTable(NamedTuple):
  """A clip's intensities; frame i of the clip is row i.

  Attributes:
    tool: that wrote it.
    path: where it was read.
    aus: numbers of the columns.
    values: t a float32 in 0..tool.scale; NaN rows for frames without a face
      and frames that have no row.
    missing: how many these are.
  """

  tool: Tool
  path: pathlib.Path
  aus: tuple[int, ...]
  values: np.ndarray
  missing: int


def read(path: str | os.PathLike, tool: Tool) -> AuTable:
  """The table of one clip.

  Raises:
    UserError: naming file, line and cure: no readable table, a column that
      lacks, a cell that is no number or out of range, a second face or row
      for a frame, or no row.
  """
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such table; {tool.cure}')
  try:
    # A byte order mark, as spreadsheets write it, is no part of a name.
    with path.open(encoding='utf-8-sig', newline='') as lines:
      return _read(path, csv.reader(lines), tool)
  except UnicodeDecodeError as error:
    raise UserError(
      f'{path}: not UTF-8 text ({error.reason}); {tool.cure}'
    ) from error
  except (csv.Error, OSError) as error:
    raise UserError(f'{path}: cannot be read ({error}); {tool.cure}') from error


def pick(table: AuTable, aus: Sequence[int]) -> np.ndarray:
  """The columns of `aus`, t a. Raises UserError for one that lacks.

  OpenFace 2 has no intensity of AU16, AU24 and AU28; py-feat none of AU16.
  """
  missing = [f'AU{au}' for au in aus if au not in table.aus]
  if missing:
    raise UserError(
      f'{table.path}: {table.tool.name} gives no intensity of '
      f'{", ".join(missing)}; ask for some of '
      f'{", ".join(map(str, table.aus))}'
    )
  return table.values[:, [table.aus.index(au) for au in aus]]


def extractor(table: AuTable, aus: Sequence[int]) -> Extractor:
  """Intensities of `aus` over the tool's scale, for the clip of the table."""
  rows = pick(table, aus) / np.float32(table.tool.scale)
  columns = ', '.join(f'AU{au}' for au in aus)
  name = f'{table.tool.name} {columns} ({table.path.name})'
  return precomputed(name, table.tool.licence, rows)


def _read(path: pathlib.Path, rows: Iterable, tool: Tool) -> AuTable:
  header = [name.strip() for name in next(rows, [])]
  columns = _columns(path, header, tool)
  frames: dict[int, np.ndarray] = {}
  for cells in rows:
    if any(cell.strip() for cell in cells):
      row = Row(f'{path}: line {rows.line_num}', header, cells, tool.cure)
      frame = row.whole('frame', tool.first, tool.first + MOST_FRAMES - 1)
      if frame in frames:
        raise UserError(
          f'{row.place}: a second row for frame {frame}; keep one face a frame '
          'and one clip a table'
        )
      frames[frame] = _intensities(row, tuple(columns.values()), tool)
  if not frames:
    raise UserError(f'{path}: line 2: no row of a frame; {tool.cure}')
  values = np.full((max(frames) - tool.first + 1, len(columns)), np.nan)
  for frame, found in frames.items():
    values[frame - tool.first] = found
  missing = int(np.isnan(values).any(1).sum())
  return AuTable(tool, path, tuple(columns), values.astype(np.float32), missing)


def _columns(
  path: pathlib.Path, header: list[str], tool: Tool
) -> dict[int, str]:
  """Names of the columns of intensities by the number of their unit."""
  found = [re.fullmatch(tool.column, name) for name in header]
  columns = {int(match[1]): match[0] for match in found if match}
  needed = ['frame', *([tool.success] if tool.success else [])]
  lacking = [name for name in needed if name not in header]
  if not columns:
    lacking.append(tool.column.replace(r'(\d\d)', '01') + ' and the like')
  if lacking:
    raise UserError(
      f'{path}: line 1 lacks the column {", ".join(lacking)} of '
      f'{tool.name}; {tool.cure}'
    )
  used = [*needed, *columns.values()]
  twice = [name for name in used if header.count(name) > 1]
  if twice:
    raise UserError(f'{path}: line 1 has {twice[0]} twice; {tool.cure}')
  return columns


def _intensities(row: Row, names: tuple[str, ...], tool: Tool) -> np.ndarray:
  if tool.success:
    missing = not row.whole(tool.success, 0, 1)
  else:
    missing = all(blank(row.text(name)) for name in names)
  if missing:
    return np.full(len(names), np.nan)
  return np.array([row.number(name, 0, tool.scale) for name in names])
