"""FOMM at the sizes of vox-256: animated frames, and a step of training.

  python -m benchmarks.fomm [--frames=1,4] [--batch=2] [--turns=10] [--size=256]
    [--reference=module:factory]

Prints seconds a painted frame at each batch of `--frames`, with the key points
of source and driver; then the generator step of vox-256: perceptual loss at
four scales by a VGG-19 of the published width, both equivariance terms, no GAN,
Adam. Its FLOPs are XLA's of the compiled step, and beside them those of the
arithmetic, network by network: forward once for each use, backward to weights
and to what must learn. `--batch=0` leaves the step out. All weights are first
values, and pictures are noise: neither changes the time.

`--reference` times a PyTorch implementation of yours in the same run. The
function `module.factory(size, batch)` returns an object with either or both of

  animate(source, driving)  source 1 3 h w, driving b 3 h w -> b 3 h w: finds
                            key points of both and paints, without gradients
  step(source, driving)     b 3 h w each: one update of generator and key points

on float32 tensors in [0, 1]. Only then torch is imported.
"""

from collections.abc import Callable, Iterator, Sequence
import functools
import importlib
import os
import time
from typing import Any, NamedTuple

from absl import app, flags
import jax
import numpy as np

from benchmarks import turn
from benchmarks.passes import backward
from configs import facial_prior
from facegen_jax.core import memory
from facegen_jax.core.pure import pure
from facegen_jax.core.state import State, Variables
from facegen_jax.metrics.cost import arithmetic as count
from facegen_jax.nn.vgg import IMAGENET_MEAN, IMAGENET_STD, VGG
from facegen_jax.systems.facial_prior import perceptual, seen
from facegen_jax.systems.facial_prior.losses import Losses
from facegen_jax.systems.facial_prior.system import System

_SPREAD = 0.03  # of VGG-19's weights, so that no layer overflows
_SIZE = flags.DEFINE_integer('size', 256, 'Side of the pictures.')
_FRAMES = flags.DEFINE_list('frames', ['1', '4'], 'Painted at once, each.')
_BATCH = flags.DEFINE_integer('batch', 2, 'Of the step, 0 = no step.')
_REFERENCE = flags.DEFINE_string(
  'reference', '', 'module:factory of a PyTorch implementation, see above.'
)


def main(argv: Sequence[str]) -> None:
  """Prints a line a batch, and of the step three."""
  del argv
  memory.keep_freed()  # as the commands do
  theirs = _theirs()  # before anything that takes time
  system = (Vox if _BATCH.value else System)(_config())
  print(
    f'{jax.devices()[0].device_kind}, {os.cpu_count()} cores, load '
    f'{os.getloadavg()[0]:.1f}',
    flush=True,
  )
  state = turn.first_state(system)
  for frames in map(int, _FRAMES.value):
    print(_animated(system, state, frames), flush=True)
    _time_theirs(theirs, 'animate', 1, frames)
  if _BATCH.value:
    _step(system, state)
    _time_theirs(theirs, 'step', _BATCH.value, _BATCH.value)


def _config() -> Any:
  config = facial_prior.get_config('fomm')
  config.data.size = _SIZE.value
  config.loss.weights.update(gan=0.0, feature_matching=0.0)
  return config.lock()


def _vgg19() -> tuple[Callable, Variables]:
  """`seen.imported` without a file."""
  sizes = {'depth': 19, 'classes': None, 'input_size': None}
  sizes |= {'mean': IMAGENET_MEAN, 'scale': IMAGENET_STD}
  init, apply = pure(lambda rngs: VGG(**sizes, rngs=rngs))

  def features(net: Variables, x: jax.Array) -> dict[str, jax.Array]:
    return apply(net, x, method='features')[0]

  draw = np.random.default_rng(0)
  shapes = jax.eval_shape(init, jax.random.key(0))
  return features, jax.device_put(
    jax.tree.map(
      lambda x: draw.standard_normal(x.shape, np.float32) * _SPREAD, shapes
    )
  )


class Vox(System):
  """FOMM in training without clips, before an untrained VGG-19."""

  def __init__(self, config: Any):
    super().__init__(config)
    self.look, self._imported[seen.FILE] = _vgg19()
    self._losses = Losses(config, self.apply, {}, self.look)


def _noise(*shape: int) -> np.ndarray:
  return np.random.default_rng(0).random(shape, np.float32)


def _pictures(batch: int) -> np.ndarray:
  return _noise(batch, _SIZE.value, _SIZE.value, 3)


class Timed(NamedTuple):
  """Of a call, in seconds: on the clock, and of all cores together.

  On a machine that others use the second, over the cores, is what counts.
  """

  clock: float
  cores: float

  def each(self, frames: int) -> str:
    """What a frame of so many took."""
    return (
      f'{self.clock / frames:.3f} s a frame ({self.cores / frames:.3f} s of '
      f'cores), {frames / self.clock:.2f} frames/s'
    )


def _timed(run: Callable[[], Any]) -> Timed:
  """A call, the first left out."""
  run()
  turns = max(flags.FLAGS.turns, 1)
  begin = time.perf_counter(), time.process_time()
  for _ in range(turns):
    run()
  end = time.perf_counter(), time.process_time()
  return Timed(*((b - a) / turns for a, b in zip(begin, end, strict=True)))


def _animated(system: System, state: State, frames: int) -> str:
  given = {'source': _pictures(1), 'first': _pictures(1)}
  given['driving'] = _pictures(frames)
  given = jax.device_put({k: 2 * v - 1 for k, v in given.items()})
  paint = jax.jit(lambda nets, given: system.generate(nets, {}, given, None))
  paint = paint.lower(state.nets, given).compile()
  took = _timed(lambda: jax.block_until_ready(paint(state.nets, given)))
  flops = paint.cost_analysis()['flops']
  return (
    f'animate, {frames} at once: {took.each(frames)}, '
    f'{flops / frames / 1e9:.1f} GFLOP a frame, '
    f'{flops / took.clock / 1e9:.0f} GFLOP/s, '
    f'{turn.most_memory() / 2**30:.2f} GiB'
  )


def _batches() -> Iterator[dict]:
  pictures = np.uint8(255 * _pictures(2 * _BATCH.value))
  source, driving = np.split(pictures, 2)
  while True:
    yield {'source': source, 'driving': driving}


def _step(system: System, state: State) -> None:
  stage = next(s for s in system.stages() if s.name == 'motion')
  wanted = analytic(system, state, _BATCH.value)
  row = turn.row(system, stage, _batches(), flags.FLAGS.turns)
  print(row)
  print(
    f'analytic: {wanted / 1e9:.3f} GFLOP, compiled / analytic '
    f'{row.flops / wanted:.3f}',
    flush=True,
  )


def analytic(system: Vox, state: State, batch: int) -> float:
  """FLOPs of a generator step, network by network."""
  side = system.config.data.size
  x = jax.ShapeDtypeStruct((batch, side, side, 3), np.float32)
  nets = {name: net.variables for name, net in state.nets.items()}

  def network(name: str, params: Any, *inputs: Any) -> Any:
    variables = nets[name]._replace(params=params)
    return system.apply[name](variables, *inputs, train=True)[0]

  find = functools.partial(network, 'keypoints')
  params = nets['keypoints'].params
  # Source, driving and deformed frame.
  total = 3 * count(lambda p, x: backward(lambda p: find(p, x), p), params, x)
  points = jax.eval_shape(find, params, x)

  def painted(params: Any, x: jax.Array, *points: Any) -> Any:
    return backward(
      lambda p, *k: network('generator', p, x, *k).prediction, params, *points
    )

  total += count(painted, nets['generator'].params, x, points, points)
  return total + _perceptual(system, x)


def _perceptual(system: Vox, x: jax.ShapeDtypeStruct) -> float:
  """Forward on both, backward to the picture that was made, at each scale."""
  net = system.frozen()[seen.FILE]
  look = perceptual.seen_by(lambda x: system.look(net, x))

  def taps(x: jax.Array) -> list:
    factors = tuple(system.config.loss.pyramid)
    return [look(small) for small in perceptual.pyramid(x, factors)]

  return count(taps, x) + count(lambda x: backward(taps, x), x)


def _theirs() -> Any:
  """The reference's object, None without one."""
  if not _REFERENCE.value:
    return None
  module, _, factory = _REFERENCE.value.partition(':')
  make = getattr(importlib.import_module(module), factory)
  import torch

  torch.set_num_threads(os.cpu_count())
  return make(_SIZE.value, _BATCH.value)


def _time_theirs(theirs: Any, name: str, sources: int, driving: int) -> None:
  """A line of the reference's method, nothing where it has none."""
  if not hasattr(theirs, name):
    return
  import torch

  source, driver = (
    torch.from_numpy(_pictures(b).transpose(0, 3, 1, 2).copy())
    for b in (sources, driving)
  )
  took = _timed(lambda: getattr(theirs, name)(source, driver))
  print(
    f'  reference, {name}, {driving} at once: {took.each(driving)}, '
    f'{took.clock:.3f} s in all',
    flush=True,
  )


if __name__ == '__main__':
  app.run(main)
