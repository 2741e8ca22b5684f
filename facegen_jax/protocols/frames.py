"""PSNR and SSIM of a clip's frames, with bounded memory, and its foreground."""

from collections.abc import Iterator
import math
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.metrics import image, temporal
from facegen_jax.metrics.ssim_map import WINDOW

BLACK = 16  # of 255: what coding leaves of a black background is darker
LEAST_BACKGROUND = 0.05  # share of a clip's pixels
MOVES = 0.1  # a pixel that differs from frame 0 by more, of the whole range

_CHUNK = 16  # frames at a time, and one compile a picture size


class Frames(NamedTuple):
  """PSNR in dB and SSIM of each frame, t float64.

  NaN where a mask keeps no pixel, or no whole window.
  """

  psnr: np.ndarray
  ssim: np.ndarray


def scores(
  truth: np.ndarray, judged: np.ndarray, mask: np.ndarray | None = None
) -> Frames:
  """PSNR (at most 100 dB) and SSIM of t h w 3 uint8 against t h w 3 uint8.

  Args:
    truth: the reference.
    judged: what is scored.
    mask: t h w bool, the pixels that count; all by default.

  Raises:
    UserError: below 11 x 11 pixels, where SSIM has no window.
  """
  if min(truth.shape[1:3]) < WINDOW:
    raise UserError(
      f'clips of {truth.shape[2]}x{truth.shape[1]} pixels: SSIM needs '
      f'{WINDOW}x{WINDOW}; give larger ones'
    )
  arrays = (truth, judged) if mask is None else (truth, judged, mask)
  rows = [_chunk(*part) for part in _padded(arrays)]
  psnr, ssim = (np.concatenate(column) for column in zip(*rows, strict=True))
  return Frames(psnr[: len(truth)], ssim[: len(truth)])


def _chunk(
  truth: np.ndarray, judged: np.ndarray, mask: np.ndarray | None = None
) -> Frames:
  a, b = (to_unit(x) for x in (truth, judged))
  kept = None if mask is None else np.float32(mask)[..., None]
  both = image.psnr(a, b, kept), image.ssim(a, b, kept)
  return Frames(*(np.asarray(x, np.float64) for x in both))


def _padded(arrays: tuple[np.ndarray, ...]) -> Iterator[list[np.ndarray]]:
  """Parts of 16 frames; the last frame fills the last one up."""
  for i in range(0, len(arrays[0]), _CHUNK):
    rows = np.minimum(np.arange(i, i + _CHUNK), len(arrays[0]) - 1)
    yield [x[rows] for x in arrays]


def pooled(psnr: np.ndarray) -> float:
  """PSNR of the mean over frames of their squared error; NaN ones left out."""
  return float(-10 * np.log10(mean(10 ** (-psnr / 10))))


def mean(x: np.ndarray) -> float:
  """Of what is not NaN; NaN of none."""
  known = x[~np.isnan(x)]
  return float(known.mean()) if known.size else math.nan


def moving_psnr(truth: np.ndarray, judged: np.ndarray) -> float:
  """PSNR in dB, at most 100, over the pixels that move in the real clip.

  Those of t h w 3 uint8 `truth` in which some channel differs from frame 0 by
  more than a tenth of the range; of the mean squared error of all of them. NaN
  where nothing moves.
  """
  moving = np.abs(np.int16(truth) - truth[0]).max(-1) > MOVES * 255
  if not moving.any():
    return math.nan
  error = (np.float64(truth[moving]) - judged[moving]) / 255
  return float(-10 * np.log10(max(np.square(error).mean(), 1e-10)))


def flicker(clip: np.ndarray) -> float:
  """Mean |difference| of successive frames of t h w 3 uint8, grey levels.

  NaN of a single frame.
  """
  steps = [
    temporal.flicker(to_unit(clip[None, i : i + 2]))[0]
    for i in range(len(clip) - 1)
  ]
  return float(np.mean(steps)) if steps else math.nan


def foreground(clip: np.ndarray) -> np.ndarray | None:
  """What a black background leaves of t h w 3 uint8: t h w bool.

  Background is what is black and joined to the border: dark pupils stay. None
  where it is less than 5 % of the clip, or the upper corners are not black: a
  dark shirt is no background.
  """
  lit = clip.max(-1) > BLACK
  if 1 - lit.mean() < LEAST_BACKGROUND or lit[:, 0, [0, -1]].mean() > 0.1:
    return None
  kept = np.stack([ndimage.binary_fill_holes(frame) for frame in lit])
  return kept if 1 - kept.mean() >= LEAST_BACKGROUND else None
