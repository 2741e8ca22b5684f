"""Frames a second of SSLG's generation, and the arithmetic of a frame.

  python -m benchmarks.unfold --variant=cpu --samples=4

Prints, for a frame: MACs of the scan, which encodes a frame once, and of the
naive form, which encodes F_c, F_t-1 and F_t at each step (quicker forms of a
convolution may count a little more); then frames a second of the scan, of the
naive form, and of as many calls of one compiled step.
"""

from collections.abc import Callable, Sequence
import time
from typing import Any

from absl import app, flags
import jax
import jax.numpy as jnp

from configs import sslg
from facegen_jax.core import memory
from facegen_jax.metrics.cost import macs
from facegen_jax.systems.sslg import recursion
from facegen_jax.systems.sslg.recursion import How, Start
from facegen_jax.systems.sslg.system import System

_VARIANT = flags.DEFINE_string('variant', 'cpu', 'Of configs/sslg.py.')
_SAMPLES = flags.DEFINE_integer('samples', 1, 'Futures at once.', 1)
_FRAMES = flags.DEFINE_integer('frames', 50, 'Of a future.', 3)
_TIMES = flags.DEFINE_integer('times', 3, 'Best of so many; 0 = count only.', 0)


def main(argv: Sequence[str]) -> None:
  """Prints a line a form."""
  del argv
  memory.keep_freed()  # as the commands do
  config = sslg.get_config(_VARIANT.value)
  system, count = System(config), _FRAMES.value
  forms = {'scan': scan, 'naive': naive}
  net = jax.eval_shape(system.init, jax.random.key(0))['generator']
  one = jax.eval_shape(lambda: begin(config.data.size, 1))
  for name, form in forms.items():
    less, more = (
      macs(lambda *a, f=form, k=k: f(system, *a, k), net, one)
      for k in (count - 1, count)
    )
    print(f'{name:<14}{(more - less) / 1e9:8.3f} GMACs a frame', flush=True)
  if not _TIMES.value:
    return
  net = jax.jit(system.init)(jax.random.key(0))['generator']
  start = begin(config.data.size, _SAMPLES.value)
  print(f'{jax.devices()[0].device_kind}, {_SAMPLES.value} at once')
  for name, form in forms.items():
    report(name, jax.jit(lambda *a, f=form: f(system, *a, count)), net, start)
  report('single steps', steps(system, count), net, start)


def scan(system: System, net: Any, start: Start, count: int) -> jax.Array:
  """As it is generated."""
  return system.unfold(net, start, count)


def begin(size: int, samples: int) -> Start:
  """First frames of so many futures."""
  picture = jnp.zeros((samples, size, size, 3))
  keys = recursion.keys_of(jax.random.key(1), jnp.arange(samples))
  return Start(picture, picture, picture, keys)


def naive(system: System, net: Any, start: Start, count: int) -> jax.Array:
  """Three encodings a step, as the paper draws it (Fig. 2)."""

  def encode(*given: Any) -> Any:
    return system.apply(net, *given, method='encode')[0]

  how = How(onto=system.config.model.residual)

  def noise(t: jax.Array) -> jax.Array:
    return jax.vmap(lambda key: jax.random.fold_in(key, 2 * t))(start.keys)

  def step(two: tuple, t: jax.Array) -> tuple:
    latents = [
      encode(start.constant),
      encode(two[0], noise(t)),
      encode(two[1], noise(t + 1)),
    ]
    base = how.base(start.constant, two[1])
    made = system.apply(net, latents, base, method='decode')[0]
    return (two[1], made), made

  first = start.previous, start.current
  return jax.lax.scan(step, first, jnp.arange(count))[1].swapaxes(0, 1)


def steps(system: System, count: int) -> Callable:
  """As many calls of one compiled step: an encoding and a decoding."""

  @jax.jit
  def encode(net: Any, picture: jax.Array) -> Any:
    return system.apply(net, picture, method='encode')[0]

  how = How(onto=system.config.model.residual)

  @jax.jit
  def step(net: Any, latents: Any, constant: Any, picture: Any) -> tuple:
    fixed, before = latents
    now = system.apply(net, picture, constant[1], method='encode')[0]
    base = how.base(constant[0], picture)
    made = system.apply(net, [fixed, before, now], base, method='decode')
    return (fixed, now), made[0]

  def run(net: Any, start: Start) -> jax.Array:
    latents = encode(net, start.constant), encode(net, start.previous)
    picture = start.current
    for _ in range(count):
      fixed = start.constant, start.keys
      latents, picture = step(net, latents, fixed, picture)
    return picture

  return run


def report(name: str, run: Callable, *args: Any) -> None:
  """The best of some runs, behind one that compiles."""
  begun = time.monotonic()
  jax.block_until_ready(run(*args))
  compiled, best = time.monotonic() - begun, float('inf')
  for _ in range(_TIMES.value):
    begun = time.monotonic()
    jax.block_until_ready(run(*args))
    best = min(best, time.monotonic() - begun)
  rate = _FRAMES.value * _SAMPLES.value / best
  print(
    f'{name:<14}{rate:8.1f} frames/s, first run {compiled:.1f} s', flush=True
  )


if __name__ == '__main__':
  app.run(main)
