"""From examples to batches: seeded, sharded by index, and resumable."""

from collections.abc import Callable, Sequence
from typing import Any

import grain
import numpy as np

Example = Callable[[int, np.random.Generator], dict[str, np.ndarray]]


def batches(
  example: Example,
  length: int,
  *,
  batch_size: int,
  seed: int,
  threads: int = 2,
  rows: Sequence[int] | None = None,
) -> grain.DatasetIterator:
  """An endless iterator over batches, `get_state` and `set_state` included.

  A step's global batch holds the same examples in the same order, cut with the
  same randomness, for any number of processes; each makes its own rows of it.
  The position counts batches, so it too is the same for all of them.

  Args:
    example: `(index, rng) -> arrays` of one example.
    length: how many indices make an epoch; each epoch is shuffled anew.
    batch_size: of the global batch.
    seed: of order and cuts.
    threads: that make examples ahead of the step.
    rows: of the global batch that this process makes, None = all.
  """
  rows = range(batch_size) if rows is None else rows
  endless = (
    grain.MapDataset.range(length)
    .seed(seed)
    .shuffle()
    .repeat()
    .random_map(example)
  )
  dataset = _Rows(endless, batch_size, rows).batch(
    len(rows), drop_remainder=True
  )
  options = grain.ReadOptions(
    num_threads=threads, prefetch_buffer_size=2 * threads
  )
  return iter(dataset.to_iter_dataset(options))


class _Rows(grain.MapDataset):
  """Of each batch of the parent the same rows, one after the other."""

  def __init__(
    self, parent: grain.MapDataset, batch_size: int, rows: Sequence[int]
  ):
    super().__init__(parent)
    self._batch_size, self._rows = batch_size, tuple(rows)

  def __len__(self) -> int:
    return len(self._parent) // self._batch_size * len(self._rows)

  def __getitem__(self, index: int) -> Any:
    batch, row = divmod(index, len(self._rows))
    return self._parent[batch * self._batch_size + self._rows[row]]


def one_batch(
  example: Example, length: int, *, batch_size: int, seed: int
) -> dict[str, Any]:
  """A fixed batch for sheets: the same at every call."""
  picks = np.linspace(0, length - 1, batch_size).round().astype(int)
  rows = [
    example(int(i), np.random.default_rng((seed, k)))
    for k, i in enumerate(picks)
  ]
  return {k: np.stack([row[k] for row in rows]) for k in rows[0]}
