"""AKD and AED: are landmarks and identity where they should be?

First-order motion model's evaluation, on faces of 256 x 256. Its published
code computes other numbers than its paper says, and those are what tables
hold: `akd` and `aed` are the code's forms, `*_euclidean` the textbook's. In
float64 on the host.

Frames without a face are rows with NaN, skipped and counted.
"""

from typing import NamedTuple

import numpy as np

# Two groups of the 68 landmarks; the unit is the distance of their centres.
_UNITS = {
  'inter-pupil': (slice(36, 42), slice(42, 48)),
  'inter-ocular': (slice(36, 37), slice(45, 46)),
}


class KeypointDistance(NamedTuple):
  """Over frames with both faces; the counts are of frames.

  `missing` are those where the generated face alone is not found, and
  `missing_rate` their share of those with a reference.
  """

  akd: float
  akd_euclidean: float
  compared: int
  missing: int
  missing_reference: int
  missing_rate: float


class EmbeddingDistance(NamedTuple):
  """Over frames with both faces; the counts as in `KeypointDistance`."""

  aed: float
  aed_euclidean: float
  compared: int
  missing: int
  missing_reference: int
  missing_rate: float


def average_keypoint_distance(
  reference: np.ndarray, generated: np.ndarray
) -> KeypointDistance:
  """AKD of landmarks t k 2 and t k 2, in pixels.

  `akd` is the mean of |dx| and |dy| over coordinates, an L1 distance;
  `akd_euclidean` that of lengths. Both scale with the picture's side: give
  them at 256. NaN where there is no frame to compare. Raises ValueError for
  other shapes or infinite values.
  """
  a, b, counts = _pairs(reference, generated, 3)
  if a.shape[2] != 2:
    raise ValueError(f'landmarks are t k 2, not {a.shape}')
  return KeypointDistance(
    _mean(np.abs(a - b)), _mean(np.linalg.norm(a - b, axis=-1)), *counts
  )


def average_embedding_distance(
  reference: np.ndarray, generated: np.ndarray
) -> EmbeddingDistance:
  """AED of identity features t d and t d.

  `aed` is the mean of squared L2 distances, `aed_euclidean` of plain ones.
  NaN where there is no frame to compare. Raises ValueError for other shapes
  or infinite values.
  """
  a, b, counts = _pairs(reference, generated, 2)
  squared = np.square(a - b).sum(-1)
  return EmbeddingDistance(_mean(squared), _mean(np.sqrt(squared)), *counts)


def normalised_mean_error(
  reference: np.ndarray, generated: np.ndarray, unit: str = 'inter-pupil'
) -> float:
  """Mean Euclidean error of 68 landmarks, t 68 2, in units of the reference.

  Frame by frame over the distance of the eyes' centres ('inter-pupil') or of
  their outer corners ('inter-ocular'). Frames without both faces are skipped;
  NaN of none, and where the unit is 0. Raises ValueError for other shapes,
  units or infinite values.
  """
  if unit not in _UNITS:
    raise ValueError(f'a unit is one of {", ".join(_UNITS)}, not {unit!r}')
  a, b, _ = _pairs(reference, generated, 3)
  if a.shape[1:] != (68, 2):
    raise ValueError(f'68 landmarks are t 68 2, not {a.shape}')
  left, right = (a[:, points].mean(1) for points in _UNITS[unit])
  length = np.linalg.norm(left - right, axis=-1)
  length = np.where(length > 0, length, np.nan)
  return _mean(np.linalg.norm(a - b, axis=-1).mean(1) / length)


def _pairs(
  reference: np.ndarray, generated: np.ndarray, rank: int
) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int, float]]:
  """The rows found in both, and (compared, missing, no reference, rate)."""
  a, b = (np.asarray(x, np.float64) for x in (reference, generated))
  if a.shape != b.shape or a.ndim != rank:
    raise ValueError(
      f'reference {a.shape} and generated {b.shape} are not both of rank {rank}'
    )
  if np.isinf(a).any() or np.isinf(b).any():
    raise ValueError('infinite values among the frames')
  inner = tuple(range(1, rank))
  known, made = (~np.isnan(x).any(inner) for x in (a, b))
  both, lost = known & made, int((known & ~made).sum())
  total = int(known.sum())
  rate = lost / total if total else np.nan
  counts = (int(both.sum()), lost, int((~known).sum()), rate)
  return a[both], b[both], counts


def _mean(x: np.ndarray) -> float:
  return float(x.mean()) if x.size else np.nan
