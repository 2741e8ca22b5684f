"""From examples to batches: seeded, sharded by index, and resumable."""

from collections.abc import Callable
from typing import Any

import grain
import jax
import numpy as np

Example = Callable[[int, np.random.Generator], dict[str, np.ndarray]]


def batches(
  example: Example,
  length: int,
  *,
  batch_size: int,
  seed: int,
  threads: int = 2,
) -> grain.DatasetIterator:
  """An endless iterator over batches, `get_state` and `set_state` included.

  A step's global batch holds the same examples, cut with the same randomness,
  for any number of processes; each process makes its own part of it.

  Args:
    example: `(index, rng) -> arrays` of one example.
    length: how many indices make an epoch; each epoch is shuffled anew.
    batch_size: of the global batch.
    seed: of order and cuts.
    threads: that make examples ahead of the step.
  """
  rank, processes = jax.process_index(), jax.process_count()
  dataset = (
    grain.MapDataset.range(length)
    .seed(seed)
    .shuffle()
    .repeat()
    .random_map(example)[rank::processes]
    .batch(batch_size // processes, drop_remainder=True)
  )
  options = grain.ReadOptions(
    num_threads=threads, prefetch_buffer_size=2 * threads
  )
  return iter(dataset.to_iter_dataset(options))


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
