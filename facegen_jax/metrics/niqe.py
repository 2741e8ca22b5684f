"""NIQE (Mittal, Soundararajan and Bovik 2013): lower is nearer to pristine.

Natural-scene statistics: a face crop is no natural scene, so lower is not
always better. Print the score as it prints itself, with model and blocks.
"""

import math
from typing import NamedTuple

import numpy as np

from facegen_jax.metrics.niqe_features import block_features, moments
from facegen_jax.metrics.niqe_model import Pristine


class Score(NamedTuple):
  """NIQE of a picture, of how many blocks, under which model.

  `undefined` of the blocks, flat ones as a rule, lack a feature.
  """

  value: float
  blocks: int
  undefined: int
  model: str

  def __str__(self) -> str:
    return (
      f'NIQE {self.value:.3f} ({self.blocks} blocks, {self.undefined} '
      f'undefined; model {self.model})'
    )


class ClipScore(NamedTuple):
  """Mean NIQE of frames; `undefined` of them have none and are left out.

  `blocks` of each frame.
  """

  value: float
  frames: int
  undefined: int
  blocks: int
  model: str

  def __str__(self) -> str:
    return (
      f'NIQE {self.value:.3f} ({self.frames} frames, {self.undefined} '
      f'undefined, of {self.blocks} blocks; model {self.model})'
    )


def niqe(picture: np.ndarray, model: Pristine) -> Score:
  """NIQE of a picture, h w 3 or h w, uint8.

  NaN with fewer than two blocks that have all features, as in a flat picture.
  Raises UserError below 2 x 2 blocks, ValueError for another type or shape.
  """
  features, _ = block_features(picture, model.block)
  undefined = int(np.isnan(features).any(1).sum())
  value = distance(*moments(features), model)
  return Score(value, len(features), undefined, model.label)


def clip_niqe(frames: np.ndarray, model: Pristine) -> ClipScore:
  """Mean NIQE over the frames of a clip, t h w 3 or t h w, uint8.

  NaN where no frame has one. Raises ValueError without frames.
  """
  scores = [niqe(frame, model) for frame in frames]
  if not scores:
    raise ValueError('NIQE of a clip without frames')
  known = [s.value for s in scores if not math.isnan(s.value)]
  return ClipScore(
    float(np.mean(known)) if known else math.nan,
    len(scores),
    len(scores) - len(known),
    scores[0].blocks,
    model.label,
  )


def distance(
  mean: np.ndarray, covariance: np.ndarray, model: Pristine
) -> float:
  """Equation 10: of moments (36), (36 36) to the model's; NaN of NaN."""
  if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
    return math.nan
  off = model.mean - mean
  inverse = np.linalg.pinv((model.covariance + covariance) / 2)
  return math.sqrt(max(float(off @ inverse @ off), 0.0))
