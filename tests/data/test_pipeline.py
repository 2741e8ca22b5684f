import jax
import numpy as np

from facegen_jax.data import pipeline


def example(i, rng):
  return {'i': np.int32(i), 'noise': np.float32(rng.random())}


def take(iterator, n):
  return [next(iterator) for _ in range(n)]


def batches(seed=0, size=4, length=12):
  return pipeline.batches(example, length, batch_size=size, seed=seed)


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


def test_two_processes_make_the_global_batch_of_one(monkeypatch):
  one = take(batches(size=4), 3)
  monkeypatch.setattr(jax, 'process_count', lambda: 2)
  halves = []
  for rank in (0, 1):
    monkeypatch.setattr(jax, 'process_index', lambda rank=rank: rank)
    halves.append(take(batches(size=4), 3))
  for whole, a, b in zip(one, *halves, strict=True):
    both = np.concatenate([a['i'], b['i']])
    assert sorted(both) == sorted(whole['i'])
    noise = dict(zip(whole['i'], whole['noise'], strict=True))
    assert [noise[i] for i in both] == [*a['noise'], *b['noise']]


def test_fixed_batch_is_fixed():
  a, b = (pipeline.one_batch(example, 12, batch_size=3, seed=5) for _ in 'ab')
  jax.tree.map(np.testing.assert_array_equal, a, b)
  assert a['i'].tolist() == [0, 6, 11] or a['i'].tolist() == [0, 5, 11]
