"""Time of a call: what is timed, and what is told beside it."""

import itertools

import jax
import numpy as np
import pytest

from facegen_jax.metrics.latency import latency


def test_latency_times_every_call_after_the_warm_up():
  ticks = itertools.count()
  found = latency(
    lambda x: (x @ x, x), np.eye(4, dtype=np.float32), clock=lambda: next(ticks)
  )
  # One tick between start and end of each; two before for the compilation.
  assert (found.median, found.p95, found.calls, found.compile) == (1, 1, 50, 1)
  assert next(ticks) == 2 + 2 * 50


def test_latency_tells_the_tail_from_the_median():
  steps = iter([1.0] + [1.0] * 90 + [5.0] * 10)
  now, inside = [0.0], [False]

  def clock():
    if inside[0]:
      now[0] += next(steps)
    inside[0] = not inside[0]
    return now[0]

  found = latency(lambda x: x, np.zeros(3), calls=100, clock=clock)
  assert found.median == 1.0
  assert found.p95 == 5.0


def test_latency_compiles_once_and_tells_what_it_depends_on():
  traces = []

  def f(x):
    traces.append(x.shape)
    return (x @ x).sum()

  found = latency(f, np.eye(8, dtype=np.float32))
  assert len(traces) <= 2  # compiled, and traced for the dtype
  assert 0 < found.median <= found.p95 and found.compile > 0
  text = str(found)
  for word in ('ms', '50 calls', jax.__version__, 'float32', 'cpu', 'default'):
    assert word in text


@pytest.mark.parametrize('wrong', [{'calls': 49}, {'warm_up': 9}])
def test_latency_of_too_few_calls_is_refused(wrong):
  with pytest.raises(ValueError, match='50'):
    latency(lambda x: x, np.zeros(3), **wrong)
