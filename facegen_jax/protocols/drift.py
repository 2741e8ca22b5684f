"""How far a face drifts from who it was, frame by frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from facegen_jax.metrics.extractors.extractor import Extractor, features


def distances(
  frames: np.ndarray, constant: np.ndarray, identity: Extractor
) -> np.ndarray:
  """L2 of identity features of t h w 3 uint8 to those of F_c: t."""
  rows = features(identity, np.concatenate([constant[None], frames])).rows
  return np.linalg.norm(rows[1:] - rows[0], axis=1)


def mean(rows: Sequence[np.ndarray]) -> np.ndarray:
  """Mean over futures by frame, t; frames without a face left out."""
  known = ~np.isnan(rows)
  return np.where(known, rows, 0).sum(0) / np.maximum(known.sum(0), 1)


def told(curves: dict[str, np.ndarray], identity: Extractor) -> dict[str, Any]:
  """The distances near the beginning and at the end of curves, by name."""
  rows = {}
  for name, found in curves.items():
    late = max(len(found) // 4, 1)
    rows[name] = {
      'frames': len(found),
      'first_ten': float(found[: min(10, len(found))].mean()),
      'last_quarter': float(found[-late:].mean()),
    }
  return {'extractor': identity.name, **rows}


def chart(curves: dict[str, np.ndarray]) -> dict[str, Any]:
  """For the report; a shorter curve ends early."""
  length = max(map(len, curves.values()))
  series = {
    name: found.round(5).tolist() + [None] * (length - len(found))
    for name, found in curves.items()
  }
  return {
    'name': 'distance from who it was (identity drift)',
    'x_name': 'frame',
    'series': series,
  }
