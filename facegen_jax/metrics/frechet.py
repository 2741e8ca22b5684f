"""Frechet distance of two sets of features: FID and FVD, but for the network.

The package has no Inception or I3D weights: give `features`. The value depends
on extractor, resizing, clip length and the number of samples more than on the
model under test, so each carries its own and `ranked` refuses a mixture.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from absl import logging
import numpy as np

from facegen_jax.core.errors import UserError


class Frechet(NamedTuple):
  """A distance, the part that the means make, and what it was taken of.

  `missing` rows of either set were not finite and are left out of `counts`.
  """

  value: float
  mean_term: float
  counts: tuple[int, int]
  missing: tuple[int, int]
  dimensions: int
  extractor: str

  def __str__(self) -> str:
    few = ', biased upwards' if min(self.counts) <= self.dimensions else ''
    return (
      f'Frechet {self.value:.4f} (n {self.counts[0]} and {self.counts[1]}, '
      f'missing {self.missing[0]} and {self.missing[1]}, of '
      f'{self.dimensions} dimensions{few}; {self.extractor})'
    )


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean (d) and covariance (d d, n - 1) of features (n d), float64.

  Raises UserError below two samples, ValueError for another shape.
  """
  features = np.asarray(features, np.float64)
  if features.ndim != 2:
    raise ValueError(f'features are n d, not {features.shape}')
  if len(features) < 2:
    raise UserError(
      f'a Frechet distance needs 2 samples of each kind, not {len(features)}: '
      'a covariance of one is undefined'
    )
  return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


def distance(
  mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray
) -> float:
  """Squared Frechet distance of two Gaussians: means (d), covariances (d d).

  |m - m'|^2 + tr S + tr S' - 2 tr (S^1/2 S' S^1/2)^1/2, by eigenvalues; what
  rounding puts below 0 is 0. NaN or infinity gives NaN.
  """
  given = [np.asarray(x, np.float64) for x in (mean_a, cov_a, mean_b, cov_b)]
  mean_a, cov_a, mean_b, cov_b = given
  if mean_a.shape != mean_b.shape or cov_a.shape != cov_b.shape:
    raise ValueError(f'moments of shapes {[x.shape for x in given]}')
  if not all(np.isfinite(x).all() for x in given):
    return float('nan')
  value, vector = np.linalg.eigh(cov_a)
  root = (vector * np.sqrt(np.maximum(value, 0))) @ vector.T
  shared = np.linalg.eigvalsh(root @ cov_b @ root)
  cross = np.sqrt(np.maximum(shared, 0)).sum()
  off = np.square(mean_a - mean_b).sum()
  return max(float(off + np.trace(cov_a) + np.trace(cov_b) - 2 * cross), 0.0)


def frechet(
  a: np.ndarray,
  b: np.ndarray,
  *,
  extractor: str,
  features: Callable[[np.ndarray], np.ndarray] | None = None,
  batch: int = 32,
) -> Frechet:
  """Frechet distance between samples a and b.

  Args:
    a: n ..., whatever `features` takes; without it n d features themselves.
    b: m ..., the same.
    extractor: its full name, with layer, resizing and clip length.
    features: of up to `batch` samples, k ... -> k d; the last batch, which may
      be smaller, counts like the others.
    batch: samples at a time.

  Rows with NaN or infinity (no face, say) are left out and counted. Raises
  UserError below two samples.
  """
  both = [
    x if features is None else _extracted(x, features, batch) for x in (a, b)
  ]
  kept = [x[np.isfinite(x).all(1)] for x in map(_rows, both)]
  counts = len(kept[0]), len(kept[1])
  mean_a, cov_a = moments(kept[0])
  mean_b, cov_b = moments(kept[1])
  value = distance(mean_a, cov_a, mean_b, cov_b)
  if min(counts) <= len(mean_a):
    logging.warning(
      'Frechet distance of %d and %d samples in %d dimensions: biased upwards',
      *counts,
      len(mean_a),
    )
  missing = len(both[0]) - counts[0], len(both[1]) - counts[1]
  mean_term = float(np.square(mean_a - mean_b).sum())
  return Frechet(value, mean_term, counts, missing, len(mean_a), extractor)


def ranked(results: Mapping[str, Frechet]) -> list[str]:
  """The names of `results`, nearest first.

  Raises UserError unless all have one extractor and the same numbers of
  samples: the bias depends on both.
  """
  kinds = {(r.extractor, r.dimensions, r.counts) for r in results.values()}
  if len(kinds) > 1:
    raise UserError(
      'Frechet distances compare only for one extractor and the same numbers '
      f'of samples, not {sorted(kinds)}: draw as many of each'
    )
  return sorted(results, key=lambda name: results[name].value)


def _rows(features: np.ndarray) -> np.ndarray:
  features = np.asarray(features, np.float64)
  if features.ndim != 2:
    raise ValueError(f'features are n d, not {features.shape}')
  return features


def _extracted(
  x: np.ndarray, features: Callable[[np.ndarray], np.ndarray], batch: int
) -> np.ndarray:
  if not len(x):
    raise UserError('a Frechet distance needs samples: none were given')
  parts = [features(x[i : i + batch]) for i in range(0, len(x), batch)]
  return np.concatenate([np.asarray(p) for p in parts])
