"""Results in a folder: figures, and a sheet of clips over time."""

from collections.abc import Mapping, Sequence
import json
import pathlib
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import pictures
from facegen_jax.protocols import folders, footage

COLUMNS = 8
SOURCES = 3


def save(
  out: pathlib.Path,
  results: dict[str, Any],
  listings: Mapping[str, footage.Listing],
) -> None:
  """Writes `out`/results.json and sheet.png, and what the sheet shows.

  Raises:
    UserError: a place that cannot be written.
  """
  names = chosen(listings, SOURCES)
  results['sheet'] = {'rows': list(listings), 'clips': names}
  text = json.dumps(results, indent=2, allow_nan=False)
  shown = side_by_side(listings, names)
  try:
    out.mkdir(parents=True, exist_ok=True)
    (out / 'results.json').write_text(text + '\n')
    if shown is not None:
      (out / 'sheet.png').write_bytes(pictures.encode(shown))
  except OSError as error:
    raise UserError(
      f'{out}: cannot be written ({error.strerror}); pick another place'
    ) from error


def chosen(listings: Mapping[str, footage.Listing], count: int) -> list[str]:
  """Sources that every folder has, `count` of them, spread over the names."""
  names = [
    {folders.source(name) for name in listing.clips} | set(listing.clips)
    for listing in listings.values()
  ]
  common = sorted(set.intersection(*names))
  picks = np.linspace(0, len(common) - 1, min(count, len(common)))
  return [common[i] for i in picks.round().astype(int)]


def side_by_side(
  listings: Mapping[str, footage.Listing], names: Sequence[str]
) -> np.ndarray | None:
  """The sheet, h w 3 uint8, of some sources; None of none that can be read.

  For each source a row a folder, in their order; all are scaled to the first
  picture's size. Of repeats the first is shown. A clip that cannot be read is
  left white.
  """
  rows: list[list[np.ndarray]] = []
  size = None
  for name in names:
    for listing in listings.values():
      row = _row(listing, name)
      if size is None and row is not None:
        size = row.shape[1:3]
      rows.append(row)
  if size is None:
    return None
  blank = np.full((COLUMNS, *size, 3), 255, np.uint8)
  shown = [blank if r is None else folders.scaled(r, *size) for r in rows]
  return sheet([list(to_unit(r)) for r in shown])


def _row(listing: footage.Listing, name: str) -> np.ndarray | None:
  """Pictures at uniform times of the clip, or of its first repeat."""
  clip = listing.clips.get(name) or next(
    c for c in listing.clips.values() if folders.source(c.name) == name
  )
  try:
    frames = footage.read(clip)
  except UserError:
    return None
  times = np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int)
  return frames[times]
