"""MediaPipe's blendshapes as stand-ins for action units.

They are no FACS intensities: uncalibrated scores in [0, 1], for trends within
a clip and not for levels, and noise for micro-expressions. Subtract the
neutral frame (`above_neutral`). AU 1, 2, 12 and 26 are good; AU 5, 6 and 9
hardly ever leave 0 (`available` tells), so prefer a table of OpenFace 2 where
they matter. Facts by action unit: `au_blendshape_map.csv`.
"""

from collections.abc import Mapping, Sequence
import csv
import functools
from importlib import resources
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.faces import largest
from facegen_jax.data.vocabulary import AUS
from facegen_jax.metrics.extractors.extractor import Detector, Extractor

LEAST_RANGE = 0.01  # over a clip; what moves less is not measured at all


class Proxy(NamedTuple):
  """What stands for an action unit, and how well MediaPipe gives it."""

  name: str
  blendshapes: tuple[str, ...]
  quality: str  # 'good', 'fair' or 'poor'
  caveat: str


@functools.cache
def table() -> dict[int, Proxy]:
  """Proxies by the number of their action unit."""
  source = resources.files('facegen_jax.metrics.extractors')
  text = (source / 'au_blendshape_map.csv').read_text(encoding='utf-8')
  return {
    int(row['au']): Proxy(
      row['name'],
      tuple(row['blendshapes'].split(';')),
      row['proxy_quality_mediapipe'],
      row['caveat'],
    )
    for row in csv.DictReader(text.splitlines())
  }


def proxies(
  scores: Mapping[str, float], aus: Sequence[int] = AUS
) -> np.ndarray:
  """Stand-ins of action units from a face's blendshapes -> a, in [0, 1].

  The mean of an action unit's blendshapes; AU25, which has none of its own, is
  the largest of an open jaw with unclosed lips, lowered lower lip and raised
  upper lip. Raises UserError for an action unit without a proxy, or a
  blendshape that the model does not give.
  """
  return np.array([_proxy(au, scores) for au in aus], np.float32)


def action_units(landmarker: Detector, aus: Sequence[int] = AUS) -> Extractor:
  """Proxies of `aus` of the largest face, a column each; NaN without a face.

  `landmarker` is an open `data.faces.Landmarker`.
  """
  for au in aus:
    _known(au)

  def embed(pictures: np.ndarray) -> np.ndarray:
    out = np.full((len(pictures), len(aus)), np.nan, np.float32)
    for row, picture in zip(out, pictures, strict=True):
      face = largest(landmarker.detect(picture))
      if face is not None:
        row[:] = proxies(face.blendshapes, aus)
    return out

  columns = ', '.join(f'AU{au}' for au in aus)
  return Extractor(
    f'MediaPipe blendshapes for {columns}', 'Apache-2.0', False, embed
  )


def above_neutral(x: np.ndarray, neutral: int = 0) -> np.ndarray:
  """What rises over row `neutral` of t a, in [-1, 1]; NaN without a face."""
  x = np.asarray(x)
  return x - x[neutral]


def available(x: np.ndarray) -> np.ndarray:
  """Which columns of a clip t a move at all: a range of 0.01 -> a bool.

  False without a face in any frame.
  """
  x = np.asarray(x, np.float64)
  known = ~np.isnan(x)
  high = np.where(known, x, -np.inf).max(0)
  return high - np.where(known, x, np.inf).min(0) >= LEAST_RANGE


def _known(au: int) -> Proxy:
  if au not in table():
    raise UserError(
      f'AU{au} has no blendshape that stands for it: take some of '
      f'{", ".join(map(str, table()))}, or a table of another tool'
    )
  return table()[au]


def _proxy(au: int, scores: Mapping[str, float]) -> float:
  names = _known(au).blendshapes
  missing = [name for name in names if name not in scores]
  if missing:
    raise UserError(
      f'no blendshape {missing[0]} for AU{au}: give a FaceLandmarker model '
      'that has blendshapes'
    )
  if au != 25:
    return float(np.mean([scores[name] for name in names]))
  jaw, lips, *rest = (scores[name] for name in names)
  lower, upper = np.mean(rest[:2]), np.mean(rest[2:])
  return float(max(np.clip(jaw - lips, 0, 1), lower, upper))
