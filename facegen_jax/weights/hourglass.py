"""FOMM's and MRAA's names of the arrays of `nn.hourglass`."""

from collections.abc import Mapping

import numpy as np

from facegen_jax.weights.batch_norm import norm
from facegen_jax.weights.mapping import Table, conv2d, layer

Path = tuple[str | int, ...]

# Of a state dict, what a network computes for itself: the batch norms' count of
# batches, which nothing reads, and the Gaussian of `nn.antialias`.
_CONSTANT = ('num_batches_tracked', 'down.weight')


def learned(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
  """A state dict without the entries that are constants of the network."""
  return {k: v for k, v in state.items() if not k.endswith(_CONSTANT)}


def conv_block(name: str, path: Path) -> Table:
  """`SameBlock`, `DownBlock` or `UpBlock`."""
  conv = layer(f'{name}.conv', (*path, 'conv'), conv2d)
  return {**conv, **norm(f'{name}.norm', (*path, 'norm'))}


def conv_blocks(name: str, path: Path, count: int) -> Table:
  """A list of them, `name`.0 ... to `path`, 0 ..."""
  table = {}
  for i in range(count):
    table |= conv_block(f'{name}.{i}', (*path, i))
  return table


def res_block(name: str, path: Path) -> Table:
  """`ResBlock`."""
  table = {}
  for i in range(2):
    table |= layer(f'{name}.conv{i + 1}', (*path, 'convs', i), conv2d)
    table |= norm(f'{name}.norm{i + 1}', (*path, 'norms', i))
  return table


def encoder(name: str, path: Path, blocks: int) -> Table:
  """`Encoder` of so many blocks."""
  return conv_blocks(f'{name}.down_blocks', (*path, 'blocks'), blocks)


def hourglass(name: str, path: Path, blocks: int) -> Table:
  """`Hourglass` of so many blocks; `name` '' for one by itself."""
  start = f'{name}.' if name else ''
  up = conv_blocks(
    f'{start}decoder.up_blocks', (*path, 'decoder', 'blocks'), blocks
  )
  return encoder(f'{start}encoder', (*path, 'encoder'), blocks) | up
