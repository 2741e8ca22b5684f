"""How smoothly things move: jerk, dimensionless jerk, flicker.

Smooth is not better by itself, and a frozen clip is the smoothest: print each
figure beside that of real clips. All but flicker in float64 on the host, as
third differences cancel what float32 holds.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.metrics.trajectory import FLAT, checked


class Motion(NamedTuple):
  """Means over time and columns, per second; `smoothness` a column each.

  `smoothness` is `log_dimensionless_jerk`; `missing` counts rows with NaN.
  """

  velocity: float
  acceleration: float
  jerk: float
  squared_jerk: float
  smoothness: np.ndarray
  missing: int


def derivative(x: np.ndarray, fps: float, order: int) -> np.ndarray:
  """Finite difference of t c in units of a second, t-order c.

  1 is velocity, 2 acceleration, 3 jerk: the difference times fps^order, which
  forgetting fps gets wrong by 19^3 = 6859 at MUG's rate. NaN where a frame
  without a face takes part: nothing is differenced across a gap. Empty for
  clips of `order` frames or fewer.
  """
  if not (np.isfinite(fps) and fps > 0):
    raise ValueError(f'frames a second are positive, not {fps}')
  return np.diff(checked(x), order, axis=0) * float(fps) ** order


def motion(x: np.ndarray, fps: float) -> Motion:
  """Mean absolute velocity, acceleration and jerk of t c, frames t.

  Columns are action units, coordinates of landmarks, or the like. Frames with
  NaN are left out with all differences that need them; a mean of none is NaN.
  """
  speed, change, jerk = (derivative(x, fps, order) for order in (1, 2, 3))
  return Motion(
    _mean(np.abs(speed)),
    _mean(np.abs(change)),
    _mean(np.abs(jerk)),
    _mean(np.square(jerk)),
    log_dimensionless_jerk(x, fps),
    int(np.isnan(checked(x)).any(1).sum()),
  )


def log_dimensionless_jerk(x: np.ndarray, fps: float) -> np.ndarray:
  """-ln(T^3 / v^2 * integral of jerk^2) of t c -> c; higher is smoother.

  T is the clip's duration, (t - 1) / fps, and v its peak speed (Hogan and
  Sternad 2009; Balasubramanian 2015). It depends on neither fps nor the
  amplitude, but on t. NaN under four frames, with a frame missing, and where
  nothing moves; infinite for uniform motion, of no jerk.
  """
  x = checked(x)
  if len(x) < 4:
    return np.full(x.shape[1], np.nan)
  jerk = np.square(derivative(x, fps, 3)).sum(0) / fps
  peak = np.abs(derivative(x, fps, 1)).max(0)
  peak = np.where(np.ptp(x, 0) >= FLAT, peak, np.nan)
  with np.errstate(divide='ignore'):
    return -np.log(((len(x) - 1) / fps) ** 3 / np.square(peak) * jerk)


def flicker(clips: jax.Array) -> jax.Array:
  """Mean |difference| of successive frames of b t h w c in [-1, 1] -> (b).

  In grey levels of 0..255. NaN of a single frame. Motion counts too: always
  print it beside the same number of the real clips.
  """
  clips = jnp.asarray(clips, jnp.float32)
  if clips.ndim != 5:
    raise ValueError(f'clips are b t h w c, not {clips.shape}')
  if clips.shape[1] < 2:
    return jnp.full(clips.shape[0], jnp.nan)
  steps = jnp.abs(clips[:, 1:] - clips[:, :-1])
  return steps.mean((1, 2, 3, 4)) * 127.5


def _mean(x: np.ndarray) -> float:
  x = x[~np.isnan(x)]
  return float(x.mean()) if x.size else np.nan
