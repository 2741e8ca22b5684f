"""How alike two trajectories are, and the shape of one.

Trajectories are t a, a column each; every function gives a number a column.
In float64 on the host, where NumPy has the plain formulas.
"""

import numpy as np

FLAT = 1e-8  # a trajectory of less range is constant


def checked(x: np.ndarray) -> np.ndarray:
  """As float64 t a; ValueError for other shapes, none and infinite values."""
  x = np.asarray(x, np.float64)
  if x.ndim != 2 or 0 in x.shape:
    raise ValueError(f'trajectories are t a, not {x.shape}')
  if np.isinf(x).any():
    raise ValueError('infinite values in a trajectory')
  return x


def pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  """Correlation of t a with t a -> a; NaN where either is constant."""
  a, b = checked(a), checked(b)
  steady = (np.ptp(a, 0) < FLAT) | (np.ptp(b, 0) < FLAT)
  a, b = a - a.mean(0), b - b.mean(0)
  scale = np.sqrt(np.square(a).sum(0) * np.square(b).sum(0))
  return _ratio((a * b).sum(0), np.where(steady, 0, scale))


def concordance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  """Lin's CCC of t a with t a -> a, by the population's moments.

  0 where one is constant, NaN where both are the same constant.
  """
  a, b = checked(a), checked(b)
  same = np.ptp(np.concatenate([a, b]), 0) < FLAT
  shift = a.mean(0) - b.mean(0)
  covariance = ((a - a.mean(0)) * (b - b.mean(0))).mean(0)
  spread = a.var(0) + b.var(0) + np.square(shift)
  return _ratio(2 * covariance, np.where(same, 0, spread))


def apex(x: np.ndarray) -> np.ndarray:
  """When t a peak first, in [0, 1] of the time -> a; NaN of a constant."""
  x = checked(x)
  moves = np.ptp(x, 0) >= FLAT
  return np.where(moves, x.argmax(0) / max(len(x) - 1, 1), np.nan)


def onset_linearity(x: np.ndarray) -> np.ndarray:
  """R^2 of the best straight line from first point to apex, t a -> a.

  1 is a line. NaN where these are fewer than three points, which a line tells
  exactly, and where they are constant.
  """
  x = checked(x)
  last = x.argmax(0)
  return np.array([_line_r2(x[: n + 1, i]) for i, n in enumerate(last)])


def _line_r2(y: np.ndarray) -> float:
  if len(y) < 3 or not np.ptp(y) >= FLAT:
    return np.nan
  time = np.arange(len(y)) - (len(y) - 1) / 2
  y = y - y.mean()
  slope = (time * y).sum() / np.square(time).sum()
  return float(1 - np.square(y - slope * time).sum() / np.square(y).sum())


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
  out = np.full(np.shape(above), np.nan)
  return np.divide(above, below, out=out, where=below > 0)
