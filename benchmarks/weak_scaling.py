"""What a device computes and sends when devices and batch grow together.

  python -m benchmarks.weak_scaling --system=aipgan --variant=smoke

Compiles each stage's turn for 1, 2, 4 and 8 virtual devices with so many times
the batch, without running it. Prints the FLOPs of one device as XLA counts
them, which must stay, and the bytes that a device puts into collectives, summed
over the compiled program, beside what they should be on paper: 4 bytes for each
gradient of each update, and for each running statistic of what is trained. A
loop's body is counted once in all of them.
"""

from collections.abc import Sequence
import importlib
import re
from typing import NamedTuple

from absl import app, flags, logging
import jax

from benchmarks import turn
from facegen_jax import runs
from facegen_jax.core import mesh as mesh_lib
from facegen_jax.core import phases
from facegen_jax.systems.base import System

_SYSTEM = flags.DEFINE_string('system', 'aipgan', 'Of configs/.')
_VARIANT = flags.DEFINE_string('variant', 'smoke', 'Of the config.')
_BATCH = flags.DEFINE_integer('batch', 0, 'Of a device, 0 = an eighth.')
_SHARD = flags.DEFINE_bool('shard_state', False, 'Cut the state as well.')

_DEVICES = (1, 2, 4, 8)
_BYTES = {'f64': 8, 's64': 8, 'u64': 8, 'f32': 4, 's32': 4, 'u32': 4}
_BYTES |= {'bf16': 2, 'f16': 2, 's16': 2, 'u16': 2, 'pred': 1, 's8': 1, 'u8': 1}
_KINDS = ('all-reduce', 'all-gather', 'reduce-scatter', 'all-to-all')
_COLLECTIVE = re.compile(
  rf'= (.*?) ({"|".join(_KINDS)}|collective-permute)(?:-start)?\('
)
_ARRAY = re.compile(r'\b([a-z]+\d*)\[([\d,]*)\]')


class Row(NamedTuple):
  """One stage on so many devices; bytes by kind of collective."""

  flops: float
  sent: dict[str, int]


def main(argv: Sequence[str]) -> None:
  """Prints a row a stage and number of devices."""
  del argv
  logging.set_verbosity(logging.ERROR)
  jax.config.update('jax_num_cpu_devices', max(_DEVICES))
  config = importlib.import_module(f'configs.{_SYSTEM.value}').get_config(
    _VARIANT.value
  )
  each = _BATCH.value or max(config.batch_size // max(_DEVICES), 1)
  config.batch_size = each
  system = turn.opened(config)
  for stage in system.stages():
    if not stage.steps:
      continue
    batch = turn.one_batch(system, each)
    paper = on_paper(system, stage)
    print(f'{stage.name}, batch {each} a device; on paper {paper:,} bytes')
    first = None
    for devices in _DEVICES:
      row = compiled(system, stage, batch, devices, shard=_SHARD.value)
      first = first or row.flops
      total = sum(row.sent.values())
      kinds = ', '.join(f'{k} {v:,}' for k, v in sorted(row.sent.items()))
      print(
        f'{devices:>4} devices{row.flops / 1e9:10.4f} GFLOP a device '
        f'({row.flops / first:.4f} of one), {total:>12,} bytes '
        f'({total / paper:.3f} of paper) {kinds}',
        flush=True,
      )


def compiled(
  system: System,
  stage: phases.Stage,
  batch: dict[str, jax.ShapeDtypeStruct],
  devices: int,
  *,
  shard: bool,
) -> Row:
  """Compiles a turn; `batch` is that of one device."""
  mesh = mesh_lib.make(devices)
  everywhere, split = mesh_lib.replicated(mesh), mesh_lib.split(mesh)
  key = jax.random.key(0)
  state = jax.eval_shape(lambda: runs.first_state(system, key))
  places = mesh_lib.places(state, mesh, shard=shard)
  whole = {
    k: jax.ShapeDtypeStruct((devices * x.shape[0], *x.shape[1:]), x.dtype)
    for k, x in batch.items()
  }
  frozen = jax.eval_shape(lambda x: x, system.frozen())
  step = phases.make_step(stage.phases, system.optimizers(), system.averages())
  with jax.set_mesh(mesh):
    program = (
      jax.jit(step, donate_argnums=0, out_shardings=(places, everywhere))
      .lower(
        mesh_lib.placed(state, places),
        mesh_lib.placed(frozen, everywhere),
        mesh_lib.placed(whole, split),
        jax.ShapeDtypeStruct(key.shape, key.dtype, sharding=everywhere),
      )
      .compile()
    )
  return Row(program.cost_analysis()['flops'], sent(program.as_text()))


def sent(program: str) -> dict[str, int]:
  """Bytes of what collectives give back, by kind, in the text of a program."""
  out: dict[str, int] = {}
  for shapes, kind in _COLLECTIVE.findall(program):
    size = sum(_size(*found) for found in _ARRAY.findall(shapes))
    out[kind] = out.get(kind, 0) + size
  return out


def _size(kind: str, shape: str) -> int:
  count = _BYTES.get(kind, 0)
  for size in filter(None, shape.split(',')):
    count *= int(size)
  return count


def on_paper(system: System, stage: phases.Stage) -> int:
  """4 bytes a gradient of each phase, and a statistic of what it trains."""
  nets = jax.eval_shape(lambda: system.init(jax.random.key(0)))
  return 4 * sum(
    x.size
    for phase in stage.phases
    for name in phase.nets
    for x in jax.tree.leaves(tuple(nets[name]))
  )


if __name__ == '__main__':
  app.run(main)
