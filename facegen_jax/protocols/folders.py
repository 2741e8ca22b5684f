"""Pairs the clips of two folders, real and generated, by name.

Nothing is scaled in size or time unless it is asked for, and then counted.
"""

import re
from typing import NamedTuple

import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.crops import tempo
from facegen_jax.protocols.footage import Clip, Listing, size

_REPEAT = re.compile(r'^(.+)__\d+$')


class Pair(NamedTuple):
  """A real clip and what was generated for it."""

  truth: Clip
  generated: Clip


class Pairs(NamedTuple):
  """Pairs in order of their names, and names without a partner."""

  pairs: tuple[Pair, ...]
  only_truth: tuple[str, ...]
  only_generated: tuple[str, ...]


class Aligned(NamedTuple):
  """Two clips t h w 3 uint8 of one size and length, and what made them so."""

  truth: np.ndarray
  generated: np.ndarray
  resized: bool
  resampled: bool


def source(name: str) -> str:
  """Name of what a clip is a repeat of: `a/x` of `a/x__2`, else itself."""
  found = _REPEAT.match(name)
  return found[1] if found else name


def paired(
  truth: Listing, generated: Listing, *, repeats: bool = False
) -> Pairs:
  """Pairs by name; with `repeats`, `x__0` and `x__1` both with `x`.

  Raises:
    UserError: no pair at all.
  """

  def partner(name: str) -> str:
    # A real clip may be called `x__1` itself.
    return source(name) if repeats and name not in truth.clips else name

  found = tuple(
    Pair(truth.clips[partner(name)], clip)
    for name, clip in generated.clips.items()
    if partner(name) in truth.clips
  )
  if not found:
    raise UserError(
      f'{generated.root}: no clip has the name of one in {truth.root}; there '
      f'is {next(iter(generated.clips))}, and there {next(iter(truth.clips))}: '
      'name generated clips as their real ones'
    )
  met = {pair.truth.name for pair in found}
  alone = (n for n in generated.clips if partner(n) not in truth.clips)
  return Pairs(
    found, tuple(n for n in truth.clips if n not in met), tuple(alone)
  )


def aligned(
  pair: Pair,
  truth: np.ndarray,
  generated: np.ndarray,
  *,
  resize: bool = False,
  resample: bool = False,
) -> Aligned:
  """Brings a generated clip to the size and length of its real one.

  Args:
    pair: the clips, for messages.
    truth: t h w 3 uint8.
    generated: t' h' w' 3 uint8.
    resize: whether another size may be scaled (`scaled`).
    resample: whether another length may be interpolated in time
      (`tempo.resampled`).

  Raises:
    UserError: another size or length that may not be changed.
  """
  resized = generated.shape[1:] != truth.shape[1:]
  resampled = len(generated) != len(truth)
  if resized and not resize:
    raise UserError(
      f'{pair.generated.path}: {size(generated)} pixels against '
      f'{size(truth)} of {pair.truth.path}; generate at that size, or scale '
      'with --resize'
    )
  if resampled and not resample:
    raise UserError(
      f'{pair.generated.path}: {len(generated)} frames against {len(truth)} of '
      f'{pair.truth.path}; generate as many, or interpolate with --resample'
    )
  if resampled:
    generated = tempo.resampled(generated, len(truth))
  if resized:
    generated = scaled(generated, truth.shape[1], truth.shape[2])
  return Aligned(truth, generated, resized, resampled)


def scaled(clip: np.ndarray, height: int, width: int) -> np.ndarray:
  """T h w 3 uint8 at another size: pixel areas to shrink, cubic to grow."""
  smaller = height <= clip.shape[1] and width <= clip.shape[2]
  how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
  return np.stack(
    [cv2.resize(x, (width, height), interpolation=how) for x in clip]
  )
