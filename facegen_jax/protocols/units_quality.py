"""How good samples are: Frechet distance, and the share that are faces."""

from collections.abc import Callable, Mapping
from typing import Any

from absl import logging
import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.faces import Landmarker
from facegen_jax.metrics import similarity
from facegen_jax.metrics.extractors.extractor import Detector, Extractor
from facegen_jax.metrics.extractors.extractor import features as embedded
from facegen_jax.metrics.frechet import frechet

SIDE = 192  # pixels that a sample is enlarged to before a face is looked for


def distances(
  real: np.ndarray, shown: Mapping[str, np.ndarray], extractor: Extractor
) -> dict[str, Any]:
  """Frechet distance of pictures n h w 3 uint8 to real ones, by name.

  `fall`: how many times nearer 'now' is than 'start', where both are shown.
  """
  rows = embedded(extractor, real).rows
  found: dict[str, Any] = {
    'extractor': extractor.name,
    'licence': extractor.licence,
  }
  for name, pictures in shown.items():
    one = frechet(
      rows, embedded(extractor, pictures).rows, extractor=extractor.name
    )
    found[name] = {
      'value': one.value,
      'mean_term': one.mean_term,
      'samples': one.counts[1],
    }
  if {'start', 'now'} <= set(shown):
    now = max(found['now']['value'], 1e-12)
    found['fall'] = found['start']['value'] / now
  return found | {'real': len(real), 'dimensions': rows.shape[1]}


def seen(pictures: np.ndarray, detector: Detector) -> dict[str, Any]:
  """Share of pictures n h w 3 uint8 in which a detector finds a face.

  Of pictures enlarged to `SIDE` px, with the 95 % Wilson interval.
  """
  found = sum(bool(detector.detect(enlarged(x))) for x in pictures)
  low, high = similarity.wilson(found, len(pictures))
  return {
    'rate': found / len(pictures),
    'low': low,
    'high': high,
    'count': len(pictures),
  }


def enlarged(picture: np.ndarray) -> np.ndarray:
  """A picture h w 3 at `SIDE` px: cubic, or by areas to shrink."""
  if picture.shape[:2] == (SIDE, SIDE):
    return picture
  how = cv2.INTER_AREA if picture.shape[0] > SIDE else cv2.INTER_CUBIC
  return cv2.resize(picture, (SIDE, SIDE), interpolation=how)


def found_faces(
  shown: Mapping[str, np.ndarray],
  path: str,
  open_detector: Callable[..., Any] = Landmarker,
) -> dict[str, Any]:
  """`seen` of each by name, or `left_out` and why it could not be looked for.

  Args:
    shown: pictures n h w 3 uint8; none are looked at where all are empty.
    path: MediaPipe's model file; '' = found or fetched.
    open_detector: opens it.
  """
  shown = {name: x for name, x in shown.items() if len(x)}
  if not shown:
    return {'left_out': 'config.evaluate.detected is 0'}
  try:
    opened = open_detector(path or None)
  except UserError as e:
    logging.warning('faces are not looked for in samples: %s', e)
    return {'left_out': str(e)}
  with opened as detector:
    rows = {name: seen(x, detector) for name, x in shown.items()}
  return {
    'extractor': 'MediaPipe FaceLandmarker',
    'licence': 'Apache-2.0',
  } | rows
