"""FLOPs of an AIP-GAN turn: compiled, and of the paper's arithmetic.

python -m benchmarks.aipgan_flops --variant=cpu

Prints the row of `benchmarks.turn` for each stage, without times, and for the
last one the FLOPs of the paper's arithmetic when every network runs forward
once for each use that the algorithm has:

  encoders, decoder      forward once, backward to weights and inputs
  feature networks       forward on result and reference, backward to the result
  discriminator          G phase: forward and backward to the picture;
                         D phase: forward and backward to the weights on two
"""

from collections.abc import Callable, Sequence
from typing import Any

from absl import app, flags
import jax

from benchmarks import turn
from benchmarks.passes import backward
from configs import aipgan
from facegen_jax.core.state import State
from facegen_jax.metrics.cost import arithmetic as count
from facegen_jax.systems.aipgan.losses import flipped
from facegen_jax.systems.aipgan.system import System

_VARIANT = flags.DEFINE_string('variant', 'cpu', 'Of configs/aipgan.py.')
_BATCH = flags.DEFINE_integer('batch', 0, 'Batch size, 0 = the config says.')


def main(argv: Sequence[str]) -> None:
  """Prints a row a stage, then the analytic FLOPs."""
  del argv
  config = aipgan.get_config(_VARIANT.value)
  config.batch_size = _BATCH.value or config.batch_size
  system = turn.opened(config)
  for stage in system.stages():
    batches = turn.batches_of(system, config, stage)
    print(turn.row(system, stage, batches, turns=0), flush=True)
  total = analytic(system, turn.first_state(system), next(batches))
  print(f'full, analytic: {total / 1e9:.3f} G')


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


if __name__ == '__main__':
  app.run(main)
