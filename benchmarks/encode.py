"""Pictures encoded a second, by start.

  python -m benchmarks.encode --variant=cpu --size=64 --pictures=16

Networks are untrained, so no figure depends on a run: every picture takes all
updates. Prints, for each start, pictures a second and milliseconds an update
of the whole batch, and the time of the first call, which compiles; then the
same of as many calls of one compiled update, each waited for.

The one loop must contain no transfer: the program is searched for host
callbacks, and runs under a guard that forbids them.
"""

from collections.abc import Callable, Sequence
import functools
import time
from typing import Any

from absl import app, flags
import jax
import jax.numpy as jnp

from configs import au_transfer
from facegen_jax.core import memory
from facegen_jax.core import state as state_lib
from facegen_jax.systems.au_transfer import invert
from facegen_jax.systems.au_transfer.encoding import How
from facegen_jax.systems.au_transfer.encoding_config import STARTS, how_of
from facegen_jax.systems.au_transfer.system import System

_VARIANT = flags.DEFINE_string('variant', 'cpu', 'Of configs/au_transfer.py.')
_SIZE = flags.DEFINE_integer('size', 64, 'Side of the pictures.', 8)
_PICTURES = flags.DEFINE_integer('pictures', 16, 'At once.', 1)
_ITERATIONS = flags.DEFINE_integer('iterations', 512, 'Updates.', 1)
_TIMES = flags.DEFINE_integer('times', 1, 'Best of so many.', 1)
_STARTS = flags.DEFINE_list('starts', list(STARTS), 'Which.')
_HOST = ('callback', 'infeed', 'outfeed', 'SendToHost', 'RecvFromHost')


def main(argv: Sequence[str]) -> None:
  """Prints a line a start."""
  del argv
  memory.keep_freed()  # as the commands do
  config = au_transfer.get_config(_VARIANT.value)
  config.data.size = _SIZE.value
  system, count = System(config), _PICTURES.value
  how = how_of(config.encode)._replace(iterations=_ITERATIONS.value, stop=False)
  draw = jax.jit(
    lambda key: networks(system, key),
    compiler_options={'xla_backend_optimization_level': 0},  # runs once
  )
  nets = draw(jax.random.key(0))
  shape = (count, _SIZE.value, _SIZE.value, 3)
  pictures = jax.random.uniform(jax.random.key(1), shape, minval=-1, maxval=1)
  print(f'{jax.devices()[0].device_kind}, {count} pictures of {_SIZE.value} px')
  whole = compiled(system, how, nets, pictures)
  one = compiled(system, how._replace(iterations=1), nets, pictures)
  for name in _STARTS.value:
    first = begin(system, nets, pictures, name)
    report(name, lambda f=first: whole(nets, pictures, f), how)
  first = begin(system, nets, pictures, _STARTS.value[0])
  report('single calls', lambda: singly(one, nets, pictures, first, how), how)


def networks(system: System, key: jax.Array) -> Any:
  """First values of all that encodes."""
  values, averages = system.init(key), system.averages()
  values = {name: values[name] for name in averages}
  return state_lib.create(values, None, averages).nets


def begin(system: System, nets: Any, pictures: jax.Array, name: str) -> Any:
  """First codes."""
  run = jax.jit(
    functools.partial(invert.begin, system), static_argnames='start'
  )
  numbers = jnp.arange(len(pictures))
  return run(nets, {}, pictures, jax.random.key(2), numbers, start=name)


def compiled(
  system: System, how: How, nets: Any, pictures: jax.Array
) -> Callable:
  """`(nets, pictures, first) -> Encoded`, looked through for the host."""

  @jax.jit
  def run(nets: Any, pictures: jax.Array, first: jax.Array) -> Any:
    return invert.search(system, nets, {}, pictures, first, how, ())

  begun = time.monotonic()
  first = jnp.zeros((len(pictures), system.layers, system.config.model.w))
  program = run.lower(nets, pictures, first).compile()
  text = program.as_text()
  found = [word for word in _HOST if word in text]
  loops = text.count(' while(')
  print(
    f'{how.iterations} updates: compiled in {time.monotonic() - begun:.1f} s, '
    f'{loops} loop(s), transfers: {", ".join(found) or "none"}',
    flush=True,
  )
  return program


def singly(
  one: Callable, nets: Any, pictures: jax.Array, codes: jax.Array, how: How
) -> jax.Array:
  """As many calls of a single update, each waited for."""
  for _ in range(how.iterations):
    codes = jax.block_until_ready(one(nets, pictures, codes)).codes
  return codes


def report(name: str, run: Callable, how: How) -> None:
  """The best of some runs, behind one that warms up."""
  jax.block_until_ready(run())
  best = float('inf')
  with jax.transfer_guard('disallow'):
    for _ in range(_TIMES.value):
      begun = time.monotonic()
      jax.block_until_ready(run())
      best = min(best, time.monotonic() - begun)
  print(
    f'{name:<14}{_PICTURES.value / best:8.2f} pictures/s '
    f'{1000 * best / how.iterations:8.2f} ms an update',
    flush=True,
  )


if __name__ == '__main__':
  app.run(main)
