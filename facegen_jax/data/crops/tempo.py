"""A clip's length in time: FEV-GAN's clips all have 32 frames."""

from collections.abc import Sequence

import numpy as np


def resampled(values: np.ndarray | Sequence, count: int) -> np.ndarray:
  """Linear interpolation at `count` uniform times from first to last frame.

  On pictures this is what FEV-GAN's Riemannian mean comes to, as they lie in
  a flat space.

  Args:
    values: t ..., at least one frame; of one frame all are equal.
    count: frames wanted.

  Returns:
    count ..., uint8 (rounded) for uint8, else float32.

  Raises:
    ValueError: no frames given or wanted.
  """
  values = np.asarray(values)
  _check(len(values), count)
  # Multiplied before divided: times that are whole numbers come out exact.
  times = np.arange(count) * (len(values) - 1) / max(count - 1, 1)
  low = times.astype(int)
  high = np.minimum(low + 1, len(values) - 1)
  part = (times - low).reshape(-1, *[1] * (values.ndim - 1))
  before, after = values[low].astype(np.float64), values[high]
  mixed = before + part * (after - before)
  if values.dtype == np.uint8:
    return np.rint(mixed).astype(np.uint8)
  return mixed.astype(np.float32)


def resampled_index(i: int, t: int, count: int) -> int:
  """Of `count` frames the one nearest in time to frame i of t; -1 stays -1.

  Raises:
    ValueError: no frames given or wanted, or i is none of t.
  """
  _check(t, count)
  if not -1 <= i < t:
    raise ValueError(f'frame {i} of {t}')
  if i == -1 or t == 1:
    return min(i, 0)
  return (2 * i * (count - 1) + t - 1) // (2 * (t - 1))  # half goes up


def _check(t: int, count: int) -> None:
  if t < 1 or count < 1:
    raise ValueError(f'cannot make {count} frames of {t}')
