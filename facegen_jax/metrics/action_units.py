"""Action units over time: generated against real expressions.

Latent-sequence generation compares, from onset to offset, normalised
intensities of AU6, AU12, AU9 and AU10 by OpenFace 2 (Fig. 7), and finds those
of other methods linear. Here that becomes numbers. In float64 on the host.

Trajectories are t a: frames, action units. A frame without a face is a row
with NaN.
"""

from typing import NamedTuple

import numpy as np

from facegen_jax.metrics.trajectory import (
  FLAT,
  apex,
  checked,
  concordance,
  onset_linearity,
  pearson,
)

POINTS = 100  # of a resampled trajectory


class Normalised(NamedTuple):
  """Intensities in [0, 1], and how many values were cut to get there."""

  values: np.ndarray
  cut: int


class Resampled(NamedTuple):
  """A trajectory at uniform times, and how many frames had no face."""

  values: np.ndarray
  missing: int


class Comparison(NamedTuple):
  """A number an action unit in each field, but of frames without a face.

  `apex_*` are shares of the time from onset to offset. `onset_r2_*` say how
  well a straight line tells the onset: `1 - onset_r2` is its non-linearity.
  """

  mae: np.ndarray
  rmse: np.ndarray
  pearson: np.ndarray
  ccc: np.ndarray
  apex_real: np.ndarray
  apex_generated: np.ndarray
  onset_r2_real: np.ndarray
  onset_r2_generated: np.ndarray
  missing_real: int
  missing_generated: int


def normalise(intensity: np.ndarray, scale: float = 5.0) -> Normalised:
  """clip(intensity / scale, 0, 1) of t a; NaN stays.

  `scale` is 5 for OpenFace 2 and for FACS grades, 1 for tools that give
  [0, 1] themselves. Raises ValueError for a scale that is not positive, and
  for infinite values.
  """
  if not (np.isfinite(scale) and scale > 0):
    raise ValueError(f'a scale of intensities is positive, not {scale}')
  share = checked(intensity) / scale
  cut = (share < 0) | (share > 1)
  return Normalised(np.clip(share, 0, 1), int(cut.sum()))


def min_max(x: np.ndarray) -> np.ndarray:
  """Each trajectory of t a over its own range; 0 where it is constant.

  An option, never the default: it makes a full curve of the noise of an
  inactive action unit. NaN stays.
  """
  x = checked(x)
  known = ~np.isnan(x)
  low = np.where(known, x, np.inf).min(0)
  span = np.where(known, x, -np.inf).max(0) - low
  steady = ~(span >= FLAT)
  return np.where(steady, x * 0, (x - low) / np.where(steady, 1, span))


def resample(
  x: np.ndarray,
  points: int = POINTS,
  *,
  onset: int = 0,
  offset: int | None = None,
) -> Resampled:
  """x, t a, from frame `onset` to frame `offset` at `points` uniform times.

  By straight lines; `offset` is the last frame unless given. Frames without a
  face are counted, and the line runs on between those beside them; at an end
  the nearest holds. Fewer than two with a face give NaN. Raises ValueError
  where onset and offset are not frames in this order.
  """
  x = checked(x)
  last = len(x) - 1 if offset is None else offset
  if not 0 <= onset < last < len(x):
    raise ValueError(f'onset {onset} to offset {last} of {len(x)} frames')
  if points < 2:
    raise ValueError(f'a trajectory has 2 points or more, not {points}')
  x = x[onset : last + 1]
  found = ~np.isnan(x).any(1)
  missing = int((~found).sum())
  if found.sum() < 2:
    return Resampled(np.full((points, x.shape[1]), np.nan), missing)
  times = np.linspace(0, 1, len(x))[found]
  grid = np.linspace(0, 1, points)
  columns = [np.interp(grid, times, column) for column in x[found].T]
  return Resampled(np.stack(columns, 1), missing)


def compare(
  real: np.ndarray,
  generated: np.ndarray,
  points: int = POINTS,
  *,
  over_range: bool = False,
) -> Comparison:
  """Normalised trajectories t a and u a of two clips, onset to offset.

  Both are resampled whole to `points`; cut longer clips to onset and offset
  first. `over_range` then compares their `min_max`: shapes without levels.
  All is NaN where one of them has fewer than two frames with a face;
  `trajectory` says what else has no answer. Raises ValueError for values
  outside [-1, 1] (below 0 is what lies below a neutral frame) and for another
  number of action units.
  """
  for x in (real, generated):
    if (np.abs(checked(x)) > 1).any():
      raise ValueError('intensities outside [-1, 1]: normalise them first')
  (a, missing_a), (b, missing_b) = (
    resample(x, points) for x in (real, generated)
  )
  if a.shape != b.shape:
    raise ValueError(f'{a.shape[1]} action units against {b.shape[1]}')
  if over_range:
    a, b = min_max(a), min_max(b)
  return Comparison(
    mae=np.abs(a - b).mean(0),
    rmse=np.sqrt(np.square(a - b).mean(0)),
    pearson=pearson(a, b),
    ccc=concordance(a, b),
    apex_real=apex(a),
    apex_generated=apex(b),
    onset_r2_real=onset_linearity(a),
    onset_r2_generated=onset_linearity(b),
    missing_real=missing_a,
    missing_generated=missing_b,
  )
