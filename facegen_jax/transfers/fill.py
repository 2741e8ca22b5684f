"""Paints and encodes what a folder lacks; threads read and write."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
import os
from typing import Any

import jax
import numpy as np

from facegen_jax.data.progress import Counted
from facegen_jax.transfers.folder import Folder
from facegen_jax.transfers.schedule import Batch, Reader, Schedule

_AHEAD = 4  # batches that are read before they are painted


def fill(
  folder: Folder,
  schedule: Schedule,
  reader: Reader,
  painter: Callable[[dict], jax.Array],
) -> None:
  """Makes every missing clip but those of damaged ones.

  Args:
    folder: of the clips.
    schedule: of the pairs.
    reader: of the schedule's batches; knows the damage afterwards.
    painter: `Batch.given` to b h w 3 uint8.
  """
  missing = folder.missing()
  total, done = int(missing.sum()), 0
  progress = Counted('clips')
  threads = os.cpu_count() or 1
  with (
    ThreadPoolExecutor(threads) as readers,
    ThreadPoolExecutor(threads) as writers,
  ):
    batches = _in_order(
      readers, reader.read, schedule.needed(missing).tolist(), _AHEAD
    )
    clips = _clips(_painted(painter, batches), schedule, missing, reader)
    for _ in _in_order(
      writers, lambda x: folder.write(*x) if x[1] else None, clips, 4 * threads
    ):
      done += 1
      progress('written', done, total)


def _in_order(
  pool: ThreadPoolExecutor, work: Callable, items: Iterable, ahead: int
) -> Iterator[Any]:
  """`map(work, items)` by a pool, with at most `ahead` of them under way."""
  waiting: deque[Future] = deque()
  for item in items:
    waiting.append(pool.submit(work, item))
    if len(waiting) > ahead:
      yield waiting.popleft().result()
  while waiting:
    yield waiting.popleft().result()


def _painted(
  painter: Callable[[dict], jax.Array], batches: Iterator[Batch]
) -> Iterator[tuple[int, int, np.ndarray]]:
  """(pair, frame, h w 3 uint8); a batch is fetched while the next is made."""
  last = None
  for batch in batches:
    now = batch.frames, painter(batch.given)
    if last is not None:
      yield from _fetched(*last)
    last = now
  if last is not None:
    yield from _fetched(*last)


def _fetched(frames: list, made: jax.Array) -> Iterator[tuple]:
  pictures = np.asarray(made)
  for (pair, t), picture in zip(frames, pictures, strict=False):
    yield pair, t, picture


def _clips(
  frames: Iterator[tuple[int, int, np.ndarray]],
  schedule: Schedule,
  missing: np.ndarray,
  reader: Reader,
) -> Iterator[tuple[int, list[np.ndarray]]]:
  """Whole clips of the missing pairs; without frames where one is damaged."""
  shown: list[np.ndarray] = []
  for pair, t, picture in frames:
    if pair >= len(missing) or not missing[pair]:
      continue
    shown = [] if t == 0 else shown
    shown.append(picture)
    if len(shown) == schedule.lengths[pair]:
      yield pair, [] if reader.damage(pair) else shown
