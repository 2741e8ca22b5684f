"""How long a call takes on this device, and how long it took to compile."""

from collections.abc import Callable
import time
from typing import Any, NamedTuple

import jax
import numpy as np

from facegen_jax.metrics.cost import compute_dtypes

WARM_UP = 10  # calls before the first that is timed
FEWEST = 50  # timed calls


class Latency(NamedTuple):
  """Seconds a call, and all that they depend on."""

  median: float
  p95: float
  calls: int
  compile: float
  device: str
  jax: str
  dtype: str
  precision: str

  def __str__(self) -> str:
    return (
      f'median {self.median * 1e3:.3f} ms, p95 {self.p95 * 1e3:.3f} ms of '
      f'{self.calls} calls, compiled in {self.compile:.1f} s; {self.device}, '
      f'jax {self.jax}, {self.dtype}, matmul precision {self.precision}'
    )


def latency(
  f: Callable,
  *args: Any,
  calls: int = FEWEST,
  warm_up: int = WARM_UP,
  clock: Callable[[], float] = time.perf_counter,
) -> Latency:
  """Times `f(*args)`, compiled once, every output waited for.

  Time it at batch 1 and at the batch of training; the time a frame of a
  recursive model is that of its whole scan over the number of frames.

  Args:
    f: a function of arrays; it is jitted here.
    *args: trees of arrays, put on the default device before the first call.
    calls: timed calls, 50 or more.
    warm_up: calls before them, 10 or more.
    clock: seconds, rising.

  Raises:
    ValueError: too few calls to time or to warm up.
  """
  if calls < FEWEST or warm_up < WARM_UP:
    raise ValueError(
      f'{calls} timed calls after {warm_up}: a latency needs {FEWEST} after '
      f'{WARM_UP} at least'
    )
  args = jax.block_until_ready(jax.device_put(args))
  start = clock()
  compiled = jax.jit(f).lower(*args).compile()
  compile_seconds = clock() - start
  for _ in range(warm_up):
    jax.block_until_ready(compiled(*args))
  seconds = [_seconds(compiled, args, clock) for _ in range(calls)]
  return Latency(
    float(np.median(seconds)),
    float(np.percentile(seconds, 95)),
    calls,
    compile_seconds,
    _device(),
    jax.__version__,
    '+'.join(compute_dtypes(f, *args)) or 'no convolution or product',
    jax.config.jax_default_matmul_precision or 'default',
  )


def _seconds(compiled: Callable, args: Any, clock: Callable) -> float:
  start = clock()
  jax.block_until_ready(compiled(*args))
  return clock() - start


def _device() -> str:
  device = jax.devices()[0]
  return f'{device.device_kind} ({device.platform})'
