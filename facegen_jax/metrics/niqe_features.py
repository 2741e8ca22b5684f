"""Natural-scene statistics of NIQE (Mittal, Soundararajan and Bovik 2013).

NumPy float64 on the host, after the released MATLAB code: E[x^2] - E[x]^2 of
values up to 255 loses its digits in float32, and an exponent is picked from a
grid, so nothing here has a slope.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import convolve
from scipy.special import gamma

from facegen_jax.core.errors import UserError

BLOCK = 96  # pixels a side, at full size
COUNT = 36  # features a block: 18 at each of two scales

# MATLAB's rgb2gray, the first row of the inverse of the NTSC matrix.
_LUMA = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
_ALPHA = np.arange(0.2, 10.001, 0.001)
_RATIO = gamma(2 / _ALPHA) ** 2 / (gamma(1 / _ALPHA) * gamma(3 / _ALPHA))
_CUBIC = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))  # H, V and two diagonals


class Blocks(NamedTuple):
  """Features (n 36) and sharpness (n) of a picture's blocks, row by row."""

  features: np.ndarray
  sharpness: np.ndarray


def gray(picture: np.ndarray) -> np.ndarray:
  """MATLAB's rgb2gray of h w 3 uint8, rounded to h w uint8; h w is kept.

  Raises ValueError for any other type or shape: NIQE's constants belong to
  0..255.
  """
  picture = np.asarray(picture)
  if picture.dtype != np.uint8 or not (
    picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
  ):
    raise ValueError(
      f'NIQE takes h w 3 or h w uint8, not {picture.dtype} {picture.shape}'
    )
  if picture.ndim == 2:
    return picture
  return np.round(picture @ _LUMA).astype(np.uint8)


def block_features(picture: np.ndarray, block: int = BLOCK) -> Blocks:
  """Features of the whole `block` x `block` blocks of a picture.

  A scale's 18 are alpha and the mean of both betas of an asymmetric
  generalised Gaussian fitted to the block's normalised values (equations 4 to
  7), then alpha, mean (8), left and right beta of their products with the
  neighbour to the side, below and on both diagonals. The second scale is half
  the size. NaN where a fit has values on one side of zero only, as in a black
  block. In flat areas that are not black, those of a posterised picture, the
  last digit decides the side, as in the released code: scores move by 0.2.
  Sharpness is the mean local deviation at full size (9).

  Args:
    picture: h w 3 or h w, uint8.
    block: pixels a side, even.

  Raises UserError below 2 x 2 blocks.
  """
  x = gray(picture).astype(np.float64)
  if block < 8 or block % 2:
    raise UserError(f'a block of NIQE has an even side from 8, not {block}')
  rows, columns = (n // block for n in x.shape)
  if min(rows, columns) < 2:
    raise UserError(
      f'NIQE of {x.shape[0]} x {x.shape[1]} pixels is undefined: it needs 2 '
      f'x 2 blocks of {block}; score pictures of {2 * block} or more, which '
      'were not enlarged to it'
    )
  x = x[: rows * block, : columns * block]
  whole, deviation = _normalised(x)
  half, _ = _normalised(halved(x))
  scales = _split(whole, block), _split(half, block // 2)
  return Blocks(
    np.concatenate([_statistics(s) for s in scales], 1),
    _split(deviation, block).mean((1, 2)),
  )


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean (36) of what is not NaN, covariance (36 36) of rows without NaN.

  NaN where there is nothing: a mean of no value, a covariance of one row.
  """
  known = ~np.isnan(features)
  whole = features[known.all(1)]
  with np.errstate(invalid='ignore'):
    mean = np.where(known, features, 0).sum(0) / known.sum(0)
  if len(whole) < 2:
    return mean, np.full((features.shape[1],) * 2, np.nan)
  return mean, np.cov(whole, rowvar=False)


def halved(x: np.ndarray) -> np.ndarray:
  """MATLAB's imresize(x, 0.5) of h w, even: a cubic 8 wide, edges mirrored."""
  for axis in (0, 1):
    x = np.moveaxis(x, axis, 0)
    n = len(x)
    x = np.pad(x, ((3, 3), (0, 0)), mode='symmetric')
    x = sum(w * x[k : k + n : 2] for k, w in enumerate(_CUBIC))
    x = np.moveaxis(x, 0, axis)
  return x


def _window() -> np.ndarray:
  line = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
  square = np.outer(line, line)
  return square / square.sum()


def _normalised(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """(x - local mean) / (local deviation + 1), equation 1; the deviation."""
  window = _window()
  mean = convolve(x, window, mode='nearest')
  square = convolve(x * x, window, mode='nearest')
  deviation = np.sqrt(np.abs(square - mean * mean))
  return (x - mean) / (deviation + 1), deviation


def _split(x: np.ndarray, size: int) -> np.ndarray:
  """Cuts h w into n size size, row by row."""
  h, w = x.shape
  x = x.reshape(h // size, size, w // size, size)
  return x.swapaxes(1, 2).reshape(-1, size, size)


def _statistics(blocks: np.ndarray) -> np.ndarray:
  """The 18 features of n h w -> n 18."""
  alpha, left, right = _fit(blocks)
  columns = [alpha, (left + right) / 2]
  for shift in _NEIGHBOURS:
    alpha, left, right = _fit(blocks * np.roll(blocks, shift, (1, 2)))
    mean = (right - left) * gamma(2 / alpha) / gamma(1 / alpha)
    columns += [alpha, mean, left, right]
  return np.stack(columns, 1)


def _fit(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
  """Alpha, left and right beta (n each) of n h w, by moment matching.

  Without values on both sides of zero the betas are NaN and alpha is the
  least of the grid, as MATLAB's `min` of NaNs gives it.
  """
  x = x.reshape(len(x), -1)
  square = x * x
  with np.errstate(invalid='ignore'):
    left, right = (
      np.sqrt(np.where(side, square, 0).sum(1) / side.sum(1))
      for side in (x < 0, x > 0)
    )
    ratio = left / right
    spread = np.abs(x).mean(1) ** 2 / square.mean(1)
  wanted = spread * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
  alpha = _ALPHA[np.argmin((_RATIO - wanted[:, None]) ** 2, 1)]
  scale = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
  return alpha, left * scale, right * scale
