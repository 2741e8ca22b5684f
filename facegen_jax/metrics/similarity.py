"""Cosine similarity of features: face verification, expression similarity.

Features are rows of any extractor; a row with NaN (no face was found) is left
out and counted. Numbers of different extractors, layers or crops are not
comparable: print the extractor's name beside them.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError

VGG_FACE_THRESHOLD = 0.68  # AIP-GAN, section 4.3: a similarity, not a distance


class Verification(NamedTuple):
  """Share of pairs at or above a threshold, with its 95 % Wilson interval."""

  rate: float
  low: float
  high: float
  passed: int
  count: int
  missing: int
  threshold: float


class Curve(NamedTuple):
  """Rates (m) and their Wilson intervals; of no pairs NaN, 0 and 1."""

  thresholds: np.ndarray
  rate: np.ndarray
  low: np.ndarray
  high: np.ndarray


class Calibration(NamedTuple):
  """A threshold, the false accepts it allows and the true ones it gives."""

  threshold: float
  false_accept_rate: float
  true_accept_rate: float
  genuine: int
  impostor: int


class Similarity(NamedTuple):
  """Mean cosine of pairs, and of unrelated pairs as its floor."""

  mean: float
  floor: float
  count: int
  missing: int
  floor_count: int


def cosine(a: jax.Array, b: jax.Array) -> jax.Array:
  """Cosine of ... d and ... d -> ...; 0 where a vector is zero, NaN kept."""
  a, b = jnp.asarray(a, jnp.float32), jnp.asarray(b, jnp.float32)
  return jnp.sum(_unit(a) * _unit(b), -1)


def _unit(x: jax.Array) -> jax.Array:
  # Scaled first, so that no square leaves float32.
  x = x / jnp.maximum(jnp.max(jnp.abs(x), -1, keepdims=True), 1e-30)
  return x / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def wilson(passed: int, count: int, z: float = 1.959964) -> tuple[float, float]:
  """Wilson score interval of a rate (95 % for the default z).

  Of no trials at all it is (0, 1): nothing is known.
  """
  if count == 0:
    return 0.0, 1.0
  rate, square = passed / count, z * z / count
  centre = rate + square / 2
  half = z * math.sqrt(rate * (1 - rate) / count + square / (4 * count))
  low, high = (centre - half) / (1 + square), (centre + half) / (1 + square)
  return max(low, 0.0), min(high, 1.0)


def verification(
  similarity: np.ndarray, threshold: float = VGG_FACE_THRESHOLD
) -> Verification:
  """Share of `similarity` (n) that is >= `threshold`; NaN for no pairs.

  The default threshold belongs to VGG-Face's fc7: give any other extractor
  its own (`calibrate`). Missing faces (NaN) are counted apart. Raises
  ValueError outside [-1, 1]: distances are no similarities.
  """
  similarity = np.asarray(similarity)
  known = similarity[~np.isnan(similarity)]
  if (np.abs(known) > 1 + 1e-5).any():
    raise ValueError('cosine similarities lie in [-1, 1]; these do not')
  passed, count = int((known >= threshold).sum()), known.size
  rate = passed / count if count else math.nan
  missing = similarity.size - count
  return Verification(
    rate, *wilson(passed, count), passed, count, missing, threshold
  )


def threshold_curve(similarity: np.ndarray, thresholds: np.ndarray) -> Curve:
  """`verification` of `similarity` (n) at each of `thresholds` (m).

  How far a rate hangs on a threshold that a paper took from elsewhere.
  """
  thresholds = np.asarray(thresholds, np.float64)
  rows = [verification(similarity, t) for t in thresholds.tolist()]
  columns = np.array([row[:3] for row in rows]).reshape(-1, 3).T
  return Curve(thresholds, *columns)


def calibrate(
  genuine: np.ndarray, impostor: np.ndarray, *, far: float = 1e-3
) -> Calibration:
  """The least threshold that lets at most a share `far` of impostors pass.

  `genuine` and `impostor` are cosines of pairs of the same and of different
  people. With fewer than 1 / far impostor pairs it lies just above their
  highest. Raises UserError without both kinds or for a rate outside [0, 1).
  """
  # In float32, as `cosine` gives them: the next number above must be one too.
  genuine, impostor = (
    np.asarray(x, np.float32)[~np.isnan(x)] for x in (genuine, impostor)
  )
  if not genuine.size or not impostor.size:
    raise UserError(
      f'calibration needs pairs of both kinds: {genuine.size} of the same '
      f'person and {impostor.size} of different people were given'
    )
  if not 0 <= far < 1:
    raise UserError(f'a false accept rate lies in [0, 1), not {far}')
  allowed = int(far * impostor.size + 1e-9)
  falling = np.sort(impostor)[::-1]
  threshold = np.nextafter(falling[allowed], np.float32(np.inf))
  return Calibration(
    float(threshold),
    float((impostor >= threshold).mean()),
    float((genuine >= threshold).mean()),
    genuine.size,
    impostor.size,
  )


def _unrelated(
  a: np.ndarray, b: np.ndarray, labels: np.ndarray
) -> tuple[float, int]:
  """Mean cosine of rows i of a and j of b of different labels; their number.

  The sum over all pairs less those within a label, without any n x n matrix.
  """
  order = np.argsort(labels, kind='stable')
  _, starts, sizes = np.unique(
    labels[order], return_index=True, return_counts=True
  )
  within = np.add.reduceat(a[order], starts) * np.add.reduceat(b[order], starts)
  total = a.sum(0) @ b.sum(0) - within.sum()
  count = len(a) ** 2 - int((sizes**2).sum())
  return (float(total / count) if count else math.nan), count


def expression_similarity(
  source: np.ndarray, generated: np.ndarray, labels: np.ndarray | None = None
) -> Similarity:
  """Mean cosine of features of source and generated pictures (n ...).

  Maps are flattened first (pooling first is another number). Features after a
  ReLU have high cosines whatever they show, so the floor is the mean over
  unrelated pairs: source i with generated j of another label (n), or simply
  i != j without labels. NaN where there are no pairs.
  """
  a, b = (
    np.asarray(x, np.float32).reshape(len(x), -1) for x in (source, generated)
  )
  if a.shape != b.shape:
    raise ValueError(f'features of {a.shape} against {b.shape}')
  found = ~(np.isnan(a).any(1) | np.isnan(b).any(1))
  labels = np.arange(len(a)) if labels is None else np.asarray(labels)
  missing = int((~found).sum())
  if not found.any():
    return Similarity(math.nan, math.nan, 0, missing, 0)
  a, b = (np.asarray(_unit(jnp.asarray(x[found]))) for x in (a, b))
  floor, floor_count = _unrelated(
    a.astype(np.float64), b.astype(np.float64), labels[found]
  )
  mean = float(np.sum(a * b, -1, dtype=np.float64).mean())
  return Similarity(mean, floor, int(found.sum()), missing, floor_count)
