"""FLOPs, time and waiting of an AIP-GAN turn.

python -m benchmarks.aipgan_turn --variant=cpu

Prints, for each stage, the FLOPs that XLA counts in the compiled turn, and the
time of a turn; for the last stage also the FLOPs of the paper's arithmetic
when every network runs forward once for each use that the algorithm has:

  encoders, decoder      forward once, backward to weights and inputs
  feature networks       forward on result and reference, backward to the result
  discriminator          G phase: forward and backward to the picture;
                         D phase: forward and backward to the weights on two
"""

from collections.abc import Callable, Sequence
import tempfile
import time
from typing import Any

from absl import app, flags
import jax
import jax.numpy as jnp

from configs import aipgan
from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.core.state import State
from facegen_jax.data import datasets, pipeline
from facegen_jax.metrics.cost import arithmetic as count
from facegen_jax.systems.aipgan.losses import flipped
from facegen_jax.systems.aipgan.system import System

_VARIANT = flags.DEFINE_string('variant', 'cpu', 'Of configs/aipgan.py.')
_BATCH = flags.DEFINE_integer('batch', 0, 'Batch size, 0 = the config says.')
_TURNS = flags.DEFINE_integer('turns', 20, 'Turns to time, 0 = none.')
_DATA = flags.DEFINE_string('data', '', 'Folder of prepared datasets.')


def main(argv: Sequence[str]) -> None:
  """Prints a row a stage."""
  del argv
  config = aipgan.get_config(_VARIANT.value)
  config.batch_size = _BATCH.value or config.batch_size
  config.data.dir = _DATA.value or tempfile.mkdtemp()
  if not _TURNS.value:  # FLOPs do not depend on what the pictures show
    config.data.synth_face.update(identities=4, frames=6, takes=1)
    config.data.held_out = 0.25
  system = System(config, datasets.load(config.data).train)
  batches = pipeline.batches(
    system.example,
    system.examples(),
    batch_size=config.batch_size,
    seed=0,
    threads=config.data.threads,
  )
  print(f'{jax.devices()[0].device_kind}, batch {config.batch_size}')
  for stage in system.stages():
    _stage(system, stage, batches)
  state = _first_state(system)
  print(f'full, analytic: {analytic(system, state, next(batches)) / 1e9:.3f} G')


def _first_state(system: System) -> State:
  return jax.jit(lambda key: runs.first_state(system, key))(jax.random.key(0))


def _stage(system: System, stage: phases.Stage, batches: Any) -> None:
  state = _first_state(system)
  key, frozen = jax.random.key(1), system.frozen()
  turn = phases.make_step(stage.phases, system.optimizers(), system.averages())
  start = time.monotonic()
  step = (
    jax.jit(turn, donate_argnums=0)
    .lower(state, frozen, next(batches), key)
    .compile()
  )
  compiled = time.monotonic() - start
  flops = step.cost_analysis()['flops']
  row = (
    f'{stage.name:<10}{flops / 1e9:9.3f} GFLOP, compiled in {compiled:.1f} s'
  )
  if _TURNS.value:
    seconds, waited = _timed(step, state, frozen, batches, key)
    row += (
      f', {seconds * 1e3:.0f} ms a turn, {flops / seconds / 1e9:.1f} GFLOP/s, '
      f'{waited:.1%} waiting for data'
    )
  print(row, flush=True)


def _timed(
  step: Any, state: State, frozen: Any, batches: Any, key: jax.Array
) -> tuple[float, float]:
  """Seconds a turn, and the share of them spent waiting for a batch."""
  state, _ = step(state, frozen, next(batches), key)
  jax.block_until_ready(state)
  waited, start = 0.0, time.monotonic()
  for _ in range(_TURNS.value):
    begin = time.monotonic()
    batch = next(batches)
    waited += time.monotonic() - begin
    state, _ = step(state, frozen, batch, key)
  jax.block_until_ready(state)
  seconds = time.monotonic() - start
  return seconds / _TURNS.value, waited / seconds


def analytic(system: System, state: State, batch: dict) -> float:
  """FLOPs of a stage-3 turn, network by network."""
  batch = jax.eval_shape(lambda b: flipped(b, jax.random.key(0)), batch)
  x, loss = batch['source'], system.config.loss
  nets = {name: net.variables for name, net in state.nets.items()}
  both = jax.ShapeDtypeStruct((2 * x.shape[0], *x.shape[1:]), x.dtype)

  def network(name: str) -> Callable:
    apply = system.apply[name]
    return lambda params, *inputs: apply(
      nets[name]._replace(params=params), *inputs
    )[0]

  def weights(name: str, *inputs: Any) -> float:
    """Forward, and backward to the weights."""
    f = network(name)
    return count(
      lambda p, *x: backward(lambda p: f(p, *x), p), nets[name].params, *inputs
    )

  e, i = (
    jax.eval_shape(network(name), nets[name].params, x)
    for name in ('expression', 'identity')
  )
  decoder = network('decoder')
  total = weights('expression', x) + weights('identity', x)
  total += count(lambda *a: backward(decoder, *a), nets['decoder'].params, e, i)
  for name in system.features:
    wanted = tuple(loss[name.replace('features', 'taps')])
    f = _taps(system.features[name], nets[name], wanted)
    total += count(lambda x, f=f: backward(f, x), x) + count(f, x)
  judge = network('discriminator')
  total += count(
    lambda p, x: backward(lambda x: [s[-1] for s in judge(p, x)], x),
    nets['discriminator'].params,
    x,
  )
  return total + weights('discriminator', both)


def _taps(feature: Any, net: Any, wanted: tuple[str, ...]) -> Callable:
  def taps(x: jax.Array) -> list[jax.Array]:
    found = feature.taps(net, x)  # once, for all of them
    return [found[name] for name in wanted]

  return taps


def backward(f: Callable, *args: Any) -> Any:
  """Runs f, then its gradient to all arguments."""
  out, pull = jax.vjp(f, *args)
  return out, pull(jax.tree.map(jnp.ones_like, out))


if __name__ == '__main__':
  app.run(main)
