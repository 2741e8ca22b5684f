"""The frames of all pairs in batches of one size."""

from collections.abc import Callable
import functools
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.transfers.pairs import Pairs

_KEPT = 1024  # decoded pictures in memory


class Schedule:
  """Frames of pair 0, then of pair 1, ..., cut into batches.

  A frame's batch and its place there depend on the pairs alone, not on which
  of them are still to be made: what was interrupted goes on to the same bits.

  Args:
    pairs: see `Pairs`.
    batch: frames at once.
  """

  def __init__(self, pairs: Pairs, batch: int):
    lengths = [len(clip) for clip in pairs.clips]
    self.batch = batch
    self.lengths = np.array(lengths, np.int64)[pairs.rows[:, 2]]
    self._ends = np.cumsum(self.lengths)

  def needed(self, wanted: np.ndarray) -> np.ndarray:
    """Numbers of the batches with a frame of `wanted`: bool of first pairs."""
    pairs = np.flatnonzero(wanted)
    ends = self._ends[pairs]
    first = (ends - self.lengths[pairs]) // self.batch
    last = (ends - 1) // self.batch
    size = int(self._ends[-1] - 1) // self.batch + 2
    # Intervals open and close; where one is open, the batch is needed.
    open_ = np.bincount(first, minlength=size)
    shut = np.bincount(last + 1, minlength=size)
    return np.flatnonzero(np.cumsum(open_ - shut) > 0)

  def frames(self, number: int) -> list[tuple[int, int]]:
    """(pair, frame of its driver) of a batch; the last one may be shorter."""
    places = np.arange(self.batch) + number * self.batch
    places = places[places < self._ends[-1]]
    pair = np.searchsorted(self._ends, places, 'right')
    at = places - (self._ends - self.lengths)[pair]
    return list(zip(pair.tolist(), at.tolist(), strict=True))


class Batch(NamedTuple):
  """Frames to paint, and what the network is given: arrays of `batch` rows."""

  frames: list[tuple[int, int]]
  given: dict[str, np.ndarray]


class Reader:
  """Reads batches; for several threads.

  Args:
    pairs: see `Pairs`.
    schedule: of the pairs.
    size: pixels a side.
    landmarked: whether the network wants landmarks.
  """

  def __init__(
    self, pairs: Pairs, schedule: Schedule, *, size: int, landmarked: bool
  ):
    self._pairs, self._schedule = pairs, schedule
    self._shape, self._landmarked = (size, size, 3), landmarked
    self._picture = functools.lru_cache(_KEPT)(self._decoded)
    self._damaged: dict[tuple[int, int], str] = {}  # by clip and frame

  def read(self, number: int) -> Batch:
    """`source`, `driving`, `first`: b h w 3 uint8; `source_landmarks` ...

    A frame that cannot be used is black, so that all others keep their place,
    and `damage` tells of it.
    """
    frames = self._schedule.frames(number)
    rows = [(*self._pairs.rows[pair].tolist(), t) for pair, t in frames]
    rows += rows[-1:] * (self._schedule.batch - len(rows))  # one shape
    at = {
      'source': [(source, still) for source, still, _, _ in rows],
      'driving': [(driver, t) for _, _, driver, t in rows],
      'first': [(driver, 0) for _, _, driver, _ in rows],
    }
    given = _stacked(at, '', self._picture)
    if self._landmarked:
      clips = self._pairs.clips
      given |= _stacked(at, '_landmarks', lambda i, t: clips[i].points(t))
    return Batch(frames, given)

  def damage(self, pair: int) -> dict[int, str]:
    """Why a pair whose frames were read cannot be made, by number of clip."""
    source, still, driver = self._pairs.rows[pair].tolist()
    places = [(driver, t) for t in range(len(self._pairs.clips[driver]))]
    found = [
      at for at in (*places[::-1], (source, still)) if at in self._damaged
    ]
    return {i: self._damaged[i, t] for i, t in found}

  def _decoded(self, i: int, t: int) -> np.ndarray:
    try:
      picture = self._pairs.clips[i].picture(t)
      if picture.shape == self._shape:
        return picture
      reason = f'frame {t} is {picture.shape[1]}x{picture.shape[0]} px'
    except UserError as e:
      reason = str(e)
    self._damaged[i, t] = reason
    return np.zeros(self._shape, np.uint8)


def _stacked(
  at: dict[str, list], suffix: str, read: Callable[[int, int], np.ndarray]
) -> dict[str, np.ndarray]:
  return {
    name + suffix: np.stack([read(i, t) for i, t in places])
    for name, places in at.items()
  }
