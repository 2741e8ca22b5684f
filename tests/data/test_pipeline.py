import jax
import numpy as np
import pytest

from facegen_jax.data import pipeline


def example(i, rng):
  return {'i': np.int32(i), 'noise': np.float32(rng.random())}


def take(iterator, n):
  return [next(iterator) for _ in range(n)]


def batches(seed=0, size=4, length=12, rows=None):
  return pipeline.batches(
    example, length, batch_size=size, seed=seed, rows=rows
  )


def test_each_epoch_covers_everything_once_in_another_order():
  rows = [b['i'] for b in take(batches(), 6)]
  first, second = (np.concatenate(r).tolist() for r in (rows[:3], rows[3:]))
  assert sorted(first) == sorted(second) == list(range(12))
  assert first != second


def test_position_gives_the_same_batches_with_the_same_cuts():
  whole = batches()
  take(whole, 5)
  position = whole.get_state()
  rest = take(whole, 4)
  again = batches()
  again.set_state(position)
  for a, b in zip(rest, take(again, 4), strict=True):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_seed_decides():
  a, b = take(batches(seed=0), 1)[0], take(batches(seed=1), 1)[0]
  assert a['i'].tolist() != b['i'].tolist()


@pytest.mark.parametrize('parts', [2, 4])
def test_processes_together_make_the_global_batch_of_one(parts):
  """In its order, with its cuts, from any position that one of them saved."""
  whole = batches()
  take(whole, 2)
  position = whole.get_state()
  one = take(whole, 5)
  made = []
  for rows in np.split(np.arange(4), parts):
    some = batches(rows=rows.tolist())
    take(some, 2)
    assert some.get_state() == position
    made.append(take(some, 5))
  for wanted, found in zip(one, zip(*made, strict=True), strict=True):
    both = {k: np.concatenate([part[k] for part in found]) for k in wanted}
    jax.tree.map(np.testing.assert_array_equal, both, wanted)


def test_rows_may_lie_apart():
  one, some = batches(), batches(rows=[0, 3])
  for _ in range(4):
    np.testing.assert_array_equal(next(one)['i'][[0, 3]], next(some)['i'])


def test_fixed_batch_is_fixed():
  a, b = (pipeline.one_batch(example, 12, batch_size=3, seed=5) for _ in 'ab')
  jax.tree.map(np.testing.assert_array_equal, a, b)
  assert a['i'].tolist() == [0, 6, 11] or a['i'].tolist() == [0, 5, 11]
