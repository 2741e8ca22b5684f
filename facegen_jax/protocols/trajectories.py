"""Action units of a clip over time: by MediaPipe, or from a user's tables."""

from collections.abc import Callable, Sequence
import pathlib
from typing import NamedTuple

import numpy as np

from facegen_jax.metrics import action_units, temporal
from facegen_jax.metrics.extractors import au_tables, blendshapes
from facegen_jax.metrics.extractors.extractor import Detector, features
from facegen_jax.protocols.footage import Clip

FIG7 = (6, 12, 9, 10)  # of latent-sequence generation, Fig. 7


class Measured(NamedTuple):
  """How action units are measured.

  Attributes:
    name, licence: of the tool.
    aus: numbers of the columns.
    of: a clip and its pictures t h w 3 uint8 -> t a in [-1, 1], NaN rows
      without a face. Raises UserError for a table that lacks or is wrong.
    poor: units that the tool hardly sees.
  """

  name: str
  licence: str
  aus: tuple[int, ...]
  of: Callable[[Clip, np.ndarray], np.ndarray]
  poor: tuple[int, ...] = ()


class Shape(NamedTuple):
  """A clip's trajectories.

  Attributes:
    curve: 100 a, at uniform times from first to last frame.
    moves: a bool, whether the unit moves at all (a range of 0.01).
    non_linearity: a, 1 - R^2 of a straight line over the onset, from the
      first frame to the apex; NaN where the unit does not move.
    rows: t a as measured.
    missing: frames without a face.
  """

  curve: np.ndarray
  moves: np.ndarray
  non_linearity: np.ndarray
  rows: np.ndarray
  missing: int


def by_mediapipe(landmarker: Detector, aus: Sequence[int] = FIG7) -> Measured:
  """Blendshapes in their stead, above those of the first frame with a face."""
  extractor = blendshapes.action_units(landmarker, aus)

  def of(clip: Clip, pictures: np.ndarray) -> np.ndarray:
    rows = features(extractor, pictures).rows
    found = np.flatnonzero(~np.isnan(rows).any(1))
    return blendshapes.above_neutral(rows, found[0]) if len(found) else rows

  name = f'{extractor.name}, above the first frame with a face'
  facts = blendshapes.table()
  poor = tuple(au for au in aus if facts[au].quality == 'poor')
  return Measured(name, extractor.licence, tuple(aus), of, poor)


def by_tables(tool: au_tables.Tool, aus: Sequence[int] = FIG7) -> Measured:
  """Tables beside the clips: `x.csv` beside `x.mp4` or the folder `x`."""

  def of(clip: Clip, pictures: np.ndarray) -> np.ndarray:
    table = au_tables.read(beside(clip), tool)
    return features(au_tables.extractor(table, aus), pictures).rows

  columns = ', '.join(f'AU{au}' for au in aus)
  name = f'{tool.name} {columns}, over its scale of {tool.scale:g}'
  return Measured(name, tool.licence, tuple(aus), of)


def beside(clip: Clip) -> pathlib.Path:
  """Where the table of a clip lies."""
  stem = clip.path.name if clip.pictures else clip.path.stem
  return clip.path.parent / f'{stem}.csv'


def agreement(real: Shape, generated: Shape) -> action_units.Comparison | None:
  """How alike two clips' trajectories are; None of single frames.

  NaN for a unit that does not move in the real clip, which is noise, and
  Pearson's for one that does not move in the other.
  """
  if min(len(real.rows), len(generated.rows)) < 2:
    return None
  found = action_units.compare(real.rows, generated.rows)
  both = real.moves & generated.moves
  return found._replace(
    mae=np.where(real.moves, found.mae, np.nan),
    ccc=np.where(real.moves, found.ccc, np.nan),
    pearson=np.where(both, found.pearson, np.nan),
  )


def smoothness(one: Shape) -> np.ndarray:
  """Log dimensionless jerk of each unit, a; NaN of what does not move.

  It depends on no rate. NaN too with a frame without a face, under four
  frames, and of uniform motion, which has no jerk.
  """
  found = temporal.log_dimensionless_jerk(one.rows, 1.0)
  return np.where(one.moves & np.isfinite(found), found, np.nan)


def shape(rows: np.ndarray) -> Shape:
  """The shape of trajectories t a; all NaN with fewer than two faces."""
  if len(rows) < 2:
    nothing = np.full((action_units.POINTS, rows.shape[1]), np.nan)
    missing = int(np.isnan(rows).any(1).sum())
  else:
    nothing, missing = action_units.resample(rows)
  moves = blendshapes.available(rows)
  bent = 1 - action_units.onset_linearity(nothing)
  return Shape(nothing, moves, np.where(moves, bent, np.nan), rows, missing)
