"""Names of the arrays of VGAN's networks (PyTorch's, by batsa003/videogan)."""

from collections.abc import Callable

import numpy as np

from facegen_jax.weights.batch_norm import norm
from facegen_jax.weights.mapping import Table, conv2d, layer
from facegen_jax.weights.transposed import transposed2d, transposed3d
from facegen_jax.weights.video_names import conv3d

Layout = Callable[[np.ndarray], np.ndarray]


def _halving(name: str, path: tuple, levels: int, kernel: Layout) -> Table:
  """Convolution and activation; then convolution, norm and activation."""
  table = dict(layer(f'{name}.0', (*path, 'convs', 0), kernel))
  for i in range(1, levels):
    at = 3 * i - 1
    table |= layer(f'{name}.{at}', (*path, 'convs', i), kernel)
    table |= norm(f'{name}.{at + 1}', (*path, 'norms', i - 1))
  return table


def _doubling(name: str, path: tuple, levels: int, kernel: Layout) -> Table:
  table = {}
  for i in range(levels):
    block = (*path, 'blocks', i)
    table |= layer(f'{name}.{3 * i}', (*block, 'conv'), kernel)
    table |= norm(f'{name}.{3 * i + 1}', (*block, 'norm'))
  return table


def conditional_generator(encoder: int, video: int, background: int) -> Table:
  """Table to `systems.vgan.networks.Generator` of so many levels."""
  still, moving = ('background',), ('foreground',)
  last = f'background.model.{3 * background}'
  return {
    **_halving('encode.model', ('encoder',), encoder, conv2d),
    **_doubling('background.model', still, background, transposed2d),
    **layer(last, (*still, 'out'), transposed2d),
    **_doubling('video.model', moving, video, transposed3d),
    **layer('gen_net.0', (*moving, 'out'), transposed3d),
    **layer('mask_net.0', (*moving, 'mask'), transposed3d),
  }


def discriminator(levels: int) -> Table:
  """Table to `systems.vgan.networks.Discriminator` of so many levels."""
  table = _halving('model', (), levels, conv3d)
  return table | layer(f'model.{3 * levels - 1}', ('out',), conv3d)
