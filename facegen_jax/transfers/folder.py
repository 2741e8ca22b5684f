"""The folder of transferred clips, as `data.generated` reads it."""

import csv
import io
import json
import os
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from facegen_jax.core import claim
from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode, video
from facegen_jax.data.generated import COLUMNS
from facegen_jax.transfers.pairs import Pairs

# The largest error of a gray level is then 1 to 2 of 255, where a
# micro-expression moves it by some ten; lossless files are twice as large.
CRF = 6
_FPS = 25.0  # of drivers that do not tell
_SHEET_PAIRS, _SHEET_COLUMNS = 6, 8


class Folder:
  """Clips of pairs, each whole or not there.

  Args:
    root: is there.
    pairs: see `Pairs`.
    count: how many of the pairs, from the first.
  """

  def __init__(self, root: pathlib.Path, pairs: Pairs, count: int):
    self.root, self._pairs = root, pairs
    self._rows = pairs.rows[:count]
    for part in root.glob('.*.part'):  # what a kill cut short
      part.unlink()

  def path(self, pair: int) -> pathlib.Path:
    """Of a pair's clip; a longer list of pairs does not change it."""
    return self.root / f'{pair:06}.mp4'

  def missing(self) -> np.ndarray:
    """Which pairs have no clip yet, n bool."""
    there = set(os.listdir(self.root))
    names = (self.path(pair).name for pair in range(len(self._rows)))
    return np.array([name not in there for name in names], bool)

  def write(self, pair: int, frames: list[np.ndarray]) -> None:
    """Encodes a clip, h w 3 uint8 each; it takes its name when it is whole."""
    clip = self._pairs.clips[self._rows[pair, 2]]
    height, width, _ = frames[0].shape
    with encode.Writer(
      self.path(pair),
      rate=clip.fps or _FPS,
      width=width,
      height=height,
      crf=CRF,
      # Many clips are written at once; and bits do not depend on the cores.
      threads=1,
    ) as writer:
      for frame in frames:
        writer.write(frame)

  def finish(self, about: dict[str, Any]) -> None:
    """Writes the sheet and the tables; labels.csv, which is read, last.

    Args:
      about: for generator.json.
    """
    made = np.flatnonzero(~self.missing()).tolist()
    if made:
      Image.fromarray(self._sheet(made)).save(self.root / '.sheet.part', 'PNG')
      (self.root / '.sheet.part').replace(self.root / 'sheet.png')
    text = json.dumps(about, indent=2) + '\n'
    claim.write(self.root / 'generator.json', text)
    columns = ('file', 'source_clip', 'source_frame', 'driving_clip')
    clips = self._pairs.clips
    self._table(
      'pairs.csv',
      columns,
      [(p, clips[s].name, t, clips[d].name) for p, s, t, d in self._of(made)],
    )
    who = self._pairs.person
    self._table(
      'labels.csv',
      COLUMNS,
      [(p, clips[d].emotion, who(d), who(s)) for p, s, _, d in self._of(made)],
    )

  def _of(self, made: list[int]) -> list[tuple]:
    return [(self.path(i).name, *self._rows[i].tolist()) for i in made]

  def _table(self, name: str, columns: tuple[str, ...], rows: list) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows(rows)
    claim.write(self.root / name, text.getvalue())

  def _sheet(self, made: list[int]) -> np.ndarray:
    """Of some pairs the driver above, below it the portrait and the clip."""
    picks = np.linspace(0, len(made) - 1, min(_SHEET_PAIRS, len(made)))
    rows = []
    for i in picks.round().astype(int):
      source, still, driver = self._rows[made[i]].tolist()
      face = to_unit(self._pairs.clips[source].picture(still))
      clip = self._pairs.clips[driver]
      moments = np.linspace(0, len(clip) - 1, _SHEET_COLUMNS).round()
      shown = list(video.read(self.path(made[i])))
      height, width, _ = face.shape
      above = [to_unit(clip.picture(int(t))) for t in moments]
      below = [to_unit(shown[int(t)][:height, :width]) for t in moments]
      rows += [[np.ones_like(face), *above], [face, *below]]
    return sheet(rows)
