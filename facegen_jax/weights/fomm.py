"""Names of the arrays of AliaksandrSiarohin/first-order-model's networks.

Tables leave out what the networks compute for themselves: pass a state dict
through `hourglass.learned` first.
"""

from collections.abc import Sequence
import functools

import numpy as np

from facegen_jax.weights.batch_norm import affine
from facegen_jax.weights.hourglass import (
  Path,
  conv_block,
  conv_blocks,
  hourglass,
  res_block,
)
from facegen_jax.weights.mapping import Table, Target, conv2d, layer, same


def keypoint_detector(blocks: int, *, jacobian: bool, path: Path = ()) -> Table:
  """Table to `KeypointDetector`."""
  table = {
    **hourglass('predictor', (*path, 'predictor'), blocks),
    **layer('kp', (*path, 'head'), conv2d),
  }
  if jacobian:
    table |= layer('jacobian', (*path, 'jacobian'), conv2d)
  return table


def dense_motion(blocks: int, *, occlusion: bool, path: Path = ()) -> Table:
  """Table to `DenseMotion`."""
  table = {
    **hourglass('hourglass', (*path, 'hourglass'), blocks),
    **layer('mask', (*path, 'mask'), conv2d),
  }
  if occlusion:
    table |= layer('occlusion', (*path, 'occlusion'), conv2d)
  return table


def generator(
  down_blocks: int, res_blocks: int, motion: Table, motion_name: str
) -> Table:
  """Table to `Generator`; `motion`, of its own network, has no path.

  `motion_name` is 'dense_motion_network' in FOMM.
  """
  table = {
    **conv_block('first', ('first',)),
    **conv_blocks('down_blocks', ('downs',), down_blocks),
    **conv_blocks('up_blocks', ('ups',), down_blocks),
    **layer('final', ('final',), conv2d),
  }
  for i in range(res_blocks):
    table |= res_block(f'bottleneck.r{i}', ('middle', i))
  for name, (path, layout) in motion.items():
    table[f'{motion_name}.{name}'] = Target(('motion', *path), layout)
  return table


def _taps_last(v: np.ndarray, kernel: int) -> np.ndarray:
  """PyTorch keeps `v` flat, in first; ours is kh kw in."""
  return v.reshape(-1, kernel, kernel).transpose(1, 2, 0)


def flat(v: np.ndarray) -> np.ndarray:
  """The way back: kh kw in to flat, in first."""
  return v.transpose(2, 0, 1).ravel()


# One object a size, so that `export.to_state` can undo it.
_VECTORS = {k: functools.partial(_taps_last, kernel=k) for k in (1, 4)}
BACK = dict.fromkeys(_VECTORS.values(), flat)


def _conv(name: str, path: Path, kernel: int, spectral: bool) -> Table:
  if not spectral:
    return layer(name, path, conv2d)
  return {
    f'{name}.weight_orig': Target((*path, 'kernel'), conv2d),
    f'{name}.bias': Target((*path, 'bias'), same),
    f'{name}.weight_u': Target((*path, 'u'), same),
    f'{name}.weight_v': Target((*path, 'v'), _VECTORS[kernel]),
  }


def discriminator(
  scales: Sequence[float], blocks: int, *, spectral: bool
) -> Table:
  """Table to `Discriminator`; `scales` as published: 1, 0.5 ..."""
  table = {}
  for i, scale in enumerate(scales):
    start, path = f'discs.{str(scale).replace(".", "-")}', ('scales', i)
    for j in range(blocks):
      name = f'{start}.down_blocks.{j}'
      table |= _conv(f'{name}.conv', (*path, 'convs', j), 4, spectral)
      if j:
        table |= affine(f'{name}.norm', (*path, 'norms', j - 1))
    table |= _conv(f'{start}.conv', (*path, 'out'), 1, spectral)
  return table
