"""NIQE of clips of any size, at one common size."""

import math
from typing import NamedTuple

import numpy as np

from facegen_jax.metrics import niqe
from facegen_jax.metrics.niqe_model import Pristine
from facegen_jax.protocols.folders import scaled


class Niqe(NamedTuple):
  """How NIQE is measured.

  Attributes:
    model: of pristine pictures.
    size: pixels a side that all clips are scaled and cut to: scores of
      different sizes do not compare.
    most: frames a clip, at uniform times.
  """

  model: Pristine
  size: int = 256
  most: int = 16


class Quality(NamedTuple):
  """Mean NIQE over frames, blocks of each, and how the clip was scaled.

  `undefined` of `frames` have no score.
  """

  value: float
  frames: int
  undefined: int
  blocks: int
  enlarged: bool


NONE = Quality(math.nan, 0, 0, 0, False)


def quality(clip: np.ndarray, how: Niqe) -> Quality:
  """NIQE of t h w 3 uint8: the short side to `size`, its middle cut out.

  Raises:
    UserError: a size of less than 2 x 2 blocks.
  """
  count = min(how.most, len(clip))
  times = np.linspace(0, len(clip) - 1, count).round().astype(int)
  short = min(clip.shape[1:3])
  height, width = (round(n * how.size / short) for n in clip.shape[1:3])
  shown = scaled(clip[times], height, width)
  top, left = (height - how.size) // 2, (width - how.size) // 2
  square = shown[:, top : top + how.size, left : left + how.size]
  score = niqe.clip_niqe(square, how.model)
  return Quality(
    score.value, score.frames, score.undefined, score.blocks, short < how.size
  )
