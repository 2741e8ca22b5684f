"""FLOPs, time, waiting and memory of a turn of any system.

  python -m benchmarks.turn --config=configs/fevgan.py --config.batch_size=4

Prints, for each stage, the FLOPs that XLA counts in the compiled turn, the
buffers that it plans beside weights and batch, the time of a turn, and the most
memory that the process has held so far: name a stage by --stage to know what it
needs alone. With --stock every convolution is XLA's
own, as before there were other forms. On embedded faces unless the config says
otherwise; what they show does not matter here, so few are rendered.
"""

from collections.abc import Iterator, Sequence
import resource
import time
from typing import Any, NamedTuple

from absl import app, flags
import jax
from ml_collections import config_flags

from facegen_jax import runs
from facegen_jax.core import memory, phases
from facegen_jax.core.state import State
from facegen_jax.data import datasets, pipeline
from facegen_jax.nn import quick_forms
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load

_CONFIG = config_flags.DEFINE_config_file('config', None, 'Of configs/.')
_STAGE = flags.DEFINE_string('stage', '', 'Of the config, empty = all.')
_TURNS = flags.DEFINE_integer('turns', 10, 'Turns to time, 0 = none.')
_STOCK = flags.DEFINE_bool('stock', False, "XLA's own convolutions.")


def main(argv: Sequence[str]) -> None:
  """Prints a row a stage."""
  del argv
  memory.keep_freed()  # as the commands do
  if _STOCK.value:
    for operation in quick_forms.TABLE[jax.default_backend()].values():
      operation.update(dict.fromkeys(operation, 'stock'))
  config = _CONFIG.value
  system = opened(config)
  print(f'{jax.devices()[0].device_kind}, batch {config.batch_size}')
  for stage in system.stages():
    if stage.steps and _STAGE.value in ('', stage.name):
      batches = batches_of(system, config, stage)
      print(row(system, stage, batches, _TURNS.value), flush=True)


def opened(config: Any) -> System:
  """The system, on a few embedded people."""
  config.data.synth_face.update(identities=4, takes=1)
  config.data.held_out = 0.25
  return load(config, datasets.load(config.data).train)


def batches_of(
  system: System, config: Any, stage: phases.Stage
) -> Iterator[dict]:
  """A stage's batches."""
  return pipeline.batches(
    system.example,
    system.examples(),
    batch_size=stage.batch_size or config.batch_size,
    seed=0,
    threads=config.data.threads,
  )


def one_batch(system: System, size: int) -> dict[str, jax.ShapeDtypeStruct]:
  """Shapes of a batch, of `size` examples."""
  row = pipeline.one_batch(
    system.example, system.examples(), batch_size=1, seed=0
  )
  return {
    k: jax.ShapeDtypeStruct((size, *x.shape[1:]), x.dtype)
    for k, x in row.items()
  }


def first_state(system: System) -> State:
  """The state before the first step."""
  quick = {'xla_backend_optimization_level': 0}  # it runs once
  make = jax.jit(
    lambda key: runs.first_state(system, key),
    compiler_options=quick if jax.default_backend() == 'cpu' else None,
  )
  return make(jax.random.key(0))


class Row(NamedTuple):
  """What a stage's turn costs, as a line; without `turns` it is not run."""

  name: str
  flops: float
  buffers: int  # bytes, XLA's
  compiled: float  # seconds
  turns: int
  seconds: float = 0.0  # a turn
  waited: float = 0.0  # share of them, for a batch

  def __str__(self) -> str:
    said = (
      f'{self.name:<12}{self.flops / 1e9:9.3f} GFLOP, '
      f'{self.buffers / 2**30:.2f} GiB of buffers, compiled in '
      f'{self.compiled:.1f} s'
    )
    if not self.turns:
      return said
    return (
      f'{said}, {self.seconds * 1e3:.0f} ms a turn, '
      f'{self.flops / self.seconds / 1e9:.1f} GFLOP/s, '
      f'{self.waited:.1%} waiting for data, {most_memory() / 2**30:.2f} GiB'
    )


def row(
  system: System, stage: phases.Stage, batches: Iterator[dict], turns: int
) -> Row:
  """Compiles a stage's turn, and times it."""
  state, key, frozen = first_state(system), jax.random.key(1), system.frozen()
  turn = phases.stage_step(stage, system.optimizers(), system.averages())
  start = time.monotonic()
  step = (
    jax.jit(turn, donate_argnums=0)
    .lower(state, frozen, next(batches), key)
    .compile()
  )
  compiled = time.monotonic() - start
  found = Row(
    stage.name,
    step.cost_analysis()['flops'],
    step.memory_analysis().temp_size_in_bytes,
    compiled,
    turns,
  )
  if not turns:
    return found
  seconds, waited = _timed(step, state, frozen, batches, key, turns)
  return found._replace(seconds=seconds, waited=waited)


def most_memory() -> int:
  """Bytes that this process held at most."""
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _timed(
  step: Any,
  state: State,
  frozen: Any,
  batches: Iterator[dict],
  key: jax.Array,
  turns: int,
) -> tuple[float, float]:
  """Seconds a turn, and the share of them spent waiting for a batch."""
  state, _ = step(state, frozen, next(batches), key)
  jax.block_until_ready(state)
  waited, start = 0.0, time.monotonic()
  for _ in range(turns):
    begin = time.monotonic()
    batch = next(batches)
    waited += time.monotonic() - begin
    state, _ = step(state, frozen, batch, key)
  jax.block_until_ready(state)
  seconds = time.monotonic() - start
  return seconds / turns, waited / seconds


if __name__ == '__main__':
  app.run(main)
