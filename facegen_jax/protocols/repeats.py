"""How much repeats of one source differ, with one of them in memory."""

import math

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.protocols.footage import size


class Spread:
  """Mean squared difference of any two repeats, from running sums.

  Repeats are cut to the shortest. Memory is eight times a clip's bytes.
  """

  def __init__(self) -> None:
    """No repeat yet."""
    self.count = 0
    self._sum = self._square = np.zeros(0, np.uint32)

  def add(self, clip: np.ndarray, name: str) -> None:
    """Takes in t h w 3 uint8; UserError where it is of another size."""
    if not self.count:
      self._sum = np.zeros(clip.shape, np.uint32)
      self._square = np.zeros(clip.shape, np.uint32)
    elif self._sum.shape[1:] != clip.shape[1:]:
      raise UserError(
        f'{name}: {size(clip)} pixels, another repeat has {size(self._sum)}; '
        'generate repeats at one size'
      )
    length = min(len(self._sum), len(clip))
    self._sum, self._square = self._sum[:length], self._square[:length]
    for i, picture in enumerate(clip[:length]):
      values = picture.astype(np.uint32)
      self._sum[i] += values
      self._square[i] += values * values
    self.count += 1

  def rms(self) -> float:
    """Root of the mean squared difference of two repeats, grey levels.

    Over pixels, frames and pairs; NaN of fewer than two.
    """
    n = self.count
    if n < 2:
      return math.nan
    # Sum over pairs of (x - y)^2 is n sum x^2 - (sum x)^2.
    frames = zip(self._sum, self._square, strict=True)
    total = [(n * np.float64(q) - np.float64(s) ** 2).mean() for s, q in frames]
    return math.sqrt(float(np.mean(total)) * 2 / (n * (n - 1)))


def curve_rms(curves: list[np.ndarray]) -> float:
  """The same of trajectories, k of p a; NaN of fewer than two known."""
  known = [c for c in curves if not np.isnan(c).any()]
  if len(known) < 2:
    return math.nan
  variance = np.var(np.stack(known), axis=0, ddof=1)
  return math.sqrt(2 * float(variance.mean()))
