"""The shapes of StyleGAN's stored arrays, from a network's sizes.

Names and layouts are genforce's: kernels o i h w, dense ones [out, in].
"""

from collections.abc import Mapping

import numpy as np

from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.stylegan_names import resolutions

Shapes = dict[str, tuple[int, ...]]
_COLOURS = 3


def _layer(name: str, *kernel: int) -> Shapes:
  return {f'{name}.weight': kernel, f'{name}.bias': kernel[:1]}


def _styled(i: int, before: int, width: int, side: int, w: int) -> Shapes:
  name = f'synthesis.layer{i}'
  kernel = {f'{name}.weight': (width, before, 3, 3)}
  return {
    **(kernel if i else {f'{name}.const': (1, width, 4, 4)}),
    f'{name}.bias': (width,),
    **_layer(f'{name}.style', 2 * width, w),
    f'{name}.apply_noise.weight': (width,),
    f'{name}.apply_noise.noise': (1, 1, side, side),
  }


def generator_shapes(sizes: Sizes) -> Shapes:
  """The shape of each array of a `Generator` of these keywords."""
  w, before, depth = sizes['w'], 0, sizes['mapping_layers']
  shapes: Shapes = {'truncation.w_avg': (w,), 'synthesis.lod': (1,)}
  row = [sizes['z'], *[sizes['mapping_width']] * (depth - 1), w]
  for i in range(depth):
    shapes |= _layer(f'mapping.dense{i}', row[i + 1], row[i])
  for i, side in enumerate(resolutions(sizes['size'])):
    width = sizes['widths'][side]
    shapes |= _styled(2 * i, before, width, side, w)
    shapes |= _styled(2 * i + 1, width, width, side, w)
    shapes |= _layer(f'synthesis.output{i}', _COLOURS, width, 1, 1)
    before = width
  return shapes


def discriminator_shapes(sizes: Sizes) -> Shapes:
  """The shape of each array of a `Discriminator` of these keywords."""
  shapes: Shapes = {'lod': (1,)}
  sides = resolutions(sizes['size'])[::-1]
  for i, side in enumerate(sides):
    width = sizes['widths'][side]
    shapes |= _layer(f'input{i}', width, _COLOURS, 1, 1)
    if side > 4:
      shapes |= _layer(f'layer{2 * i}', width, width, 3, 3)
      below = sizes['widths'][side // 2]
      shapes |= _layer(f'layer{2 * i + 1}', below, width, 3, 3)
  last, i = sizes['widths'][4], 2 * len(sides) - 2
  shapes |= _layer(f'layer{i}', last, last + 1, 3, 3)
  shapes |= _layer(f'layer{i + 1}', last, 16 * last)
  return shapes | _layer(f'layer{i + 2}', 1, last)


def as_tree(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
  """Arrays of those shapes that take no memory, float32."""
  zero = np.zeros((), np.float32)
  return {k: np.broadcast_to(zero, shape) for k, shape in shapes.items()}
