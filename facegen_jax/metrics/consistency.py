"""ACD and ACD-I: does a generated face stay one person, and the right one?

FEV-GAN, section 4.3. Both are mean L2 distances of identity features, in
[0, 2] where these have unit norm. Values are comparable for one extractor and
one alignment only. A frozen clip has the best ACD of all: print ACD beside
ACD-I and a measure of motion.

Rows with NaN stand for frames without a face. They are left out and counted.
In float64 on the host: a few numbers a clip.
"""

from collections.abc import Sequence
import math
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist


class Consistency(NamedTuple):
  """Mean distance within a clip; `missing` of `frames` show no face.

  The extractor that FEV-GAN names compares squared distances, and its printed
  1.55 is much for plain ones, so both are here.
  """

  plain: float
  squared: float
  pairs: int
  frames: int
  missing: int


class ClipMean(NamedTuple):
  """Mean over clips; `left_out` of them had no pair to compare."""

  plain: float
  squared: float
  clips: int
  left_out: int
  frames: int
  missing: int


def acd(features: np.ndarray, *, all_pairs: bool = False) -> Consistency:
  """Average content distance of a clip's features t d.

  Of consecutive frames, as FEV-GAN writes, never across a frame without a
  face; `all_pairs` takes every two frames with one, as MoCoGAN's sentence
  reads. NaN where there is no such pair. Raises ValueError for features of
  another shape, or infinite ones.
  """
  features, found = _rows(features)
  if all_pairs:
    distances = pdist(features[found])
  else:
    both = found[1:] & found[:-1]
    distances = _norm(np.diff(features, axis=0)[both])
  return _mean(distances, found)


def acd_i(features: np.ndarray, picture: np.ndarray) -> Consistency:
  """Mean distance of a clip's features t d to those of the input picture, d.

  NaN, and no pairs, where picture or all frames show no face. Raises
  ValueError for other shapes or infinite features.
  """
  features, found = _rows(features)
  picture = np.asarray(picture, np.float64)
  if picture.shape != features.shape[1:]:
    raise ValueError(
      f'a picture of {picture.shape} against frames of {features.shape}'
    )
  (row,), (seen,) = _rows(picture[None])
  distances = _norm(features[found] - row) if seen else np.zeros(0)
  return _mean(distances, found)


def over_clips(clips: Sequence[Consistency]) -> ClipMean:
  """Mean over clips, each of which counts alike; NaN of none.

  FEV-GAN tests 106 of its 108 videos and does not say why: print `clips`.
  """
  used = [clip for clip in clips if clip.pairs]
  return ClipMean(
    float(np.mean([c.plain for c in used])) if used else math.nan,
    float(np.mean([c.squared for c in used])) if used else math.nan,
    len(used),
    len(clips) - len(used),
    sum(c.frames for c in clips),
    sum(c.missing for c in clips),
  )


def _rows(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  features = np.asarray(features, np.float64)
  if features.ndim != 2 or not features.shape[1]:
    raise ValueError(f'features are t d, not {features.shape}')
  if np.isinf(features).any():
    raise ValueError('infinite features: the extractor overflowed')
  return features, ~np.isnan(features).any(1)


def _norm(rows: np.ndarray) -> np.ndarray:
  return np.sqrt(np.square(rows).sum(-1))


def _mean(distances: np.ndarray, found: np.ndarray) -> Consistency:
  some = distances.size > 0
  return Consistency(
    float(distances.mean()) if some else math.nan,
    float(np.square(distances).mean()) if some else math.nan,
    distances.size,
    found.size,
    int((~found).sum()),
  )
