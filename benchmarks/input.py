"""Examples a second of the input pipeline, beside what a step needs.

  python -m benchmarks.input [--system=aipgan] [--step_seconds=0.1]

For each system's `:paper` batch, on a few embedded people of the paper's size:
what one process makes with 1, 2, 4, ... threads (`config.data.threads`), and
what a step eats. That follows from the arithmetic of the last stage's turn (2
FLOPs a multiply-add, counted from its trace) and the rate that a device is
assumed to keep up, --tflops; a time that was measured is given by
--step_seconds. Says which number of threads is enough for one device.
"""

from collections.abc import Sequence
import importlib
import itertools
import os
import time
from typing import Any

from absl import app, flags, logging
import jax

from benchmarks import run_files, turn
from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.data import pipeline
from facegen_jax.metrics.cost import macs
from facegen_jax.systems.base import System

_SYSTEM = flags.DEFINE_list('system', [], 'Of configs/, empty = all.')
_TFLOPS = flags.DEFINE_float('tflops', 50.0, 'Assumed of a device.', 0.0)
_STEP = flags.DEFINE_float('step_seconds', 0.0, 'Measured; 0 = by --tflops.')
_SECONDS = flags.DEFINE_float('seconds', 5.0, 'To measure each for.', 0.1)
_THREADS = flags.DEFINE_integer('threads', 0, 'At most, 0 = cores.', 0)


def main(argv: Sequence[str]) -> None:
  """Prints a row a system."""
  del argv
  logging.set_verbosity(logging.ERROR)
  most = _THREADS.value or os.cpu_count()
  counts = [2**i for i in range(most.bit_length())]
  for name in _SYSTEM.value or run_files.available():
    config = importlib.import_module(f'configs.{name}').get_config('paper')
    system = turn.opened(config)
    size = system.stages()[-1].batch_size or config.batch_size
    need, why = needed(system, size)
    made = {n: rate(system, size, n) for n in counts}
    enough = next((n for n, r in made.items() if r >= need), None)
    figures = ', '.join(f'{n}: {r:.1f}' for n, r in made.items())
    told = f'{enough} enough' if enough else f'more than {counts[-1]} needed'
    print(
      f'{name:<13}batch {size:<4}{config.data.size} px: needs {need:.1f} '
      f'examples/s ({why}); by threads {figures}: {told}',
      flush=True,
    )


def needed(system: System, size: int) -> tuple[float, str]:
  """Examples a second that one device eats, and what that follows from."""
  if _STEP.value:
    return size / _STEP.value, f'{_STEP.value:g} s a step, given'
  flops = 2 * turn_macs(system, turn.one_batch(system, size))
  seconds = flops / (_TFLOPS.value * 1e12)
  return size / seconds, (
    f'{flops / 1e12:.3g} TFLOP a step at {_TFLOPS.value:g} TFLOP/s, assumed'
  )


def turn_macs(system: System, batch: Any) -> int:
  """Multiply-adds of a turn of the last stage; nothing is run."""
  stage = [s for s in system.stages() if s.steps > 0][-1]
  step = phases.make_step(stage.phases, system.optimizers(), system.averages())
  state = jax.eval_shape(lambda: runs.first_state(system, jax.random.key(0)))
  return macs(step, state, system.frozen(), batch, jax.random.key(0))


def rate(system: System, size: int, threads: int) -> float:
  """Examples a second that a process makes when nothing else is done."""
  batches = pipeline.batches(
    system.example,
    system.examples(),
    batch_size=size,
    seed=0,
    threads=threads,
  )
  for _ in range(2 * threads):  # what is made ahead is not counted
    next(batches)
  begin = time.monotonic()
  for count in itertools.count(1):
    next(batches)
    seconds = time.monotonic() - begin
    if seconds >= _SECONDS.value:
      return count * size / seconds
  raise AssertionError


if __name__ == '__main__':
  app.run(main)
