"""Does an action unit rise to its height and come back?"""

import numpy as np

from facegen_jax.metrics.trajectory import checked

HALF, REST = 0.5, 0.25  # of the height of real clips


def height(peaks: np.ndarray) -> np.ndarray:
  """The usual height of each action unit, from peaks of real clips k a -> a.

  The median over the clips that reach half of the largest, as not every clip
  shows every unit; NaN of a unit that none shows by a tenth.
  """
  peaks = checked(peaks)
  found = []
  for column in peaks.T:
    known = column[~np.isnan(column)]
    most = known.max(initial=0.0)
    found.append(np.median(known[known >= most / 2]) if most > 0.1 else np.nan)
  return np.array(found)


def completes(curve: np.ndarray, heights: np.ndarray) -> np.ndarray:
  """Onset, apex and offset in t a, `heights` a: a bool.

  From below half of the height to half or more, and later to a quarter or
  less. False where the height is NaN.
  """
  share = checked(curve) / heights
  share = np.where(np.isnan(share), 0.0, share)
  return np.array([_completes(column) for column in share.T])


def _completes(share: np.ndarray) -> bool:
  high = np.flatnonzero(share >= HALF)
  if not high.size or high[0] == 0:
    return False
  return bool((share[high[0] :] <= REST).any())
