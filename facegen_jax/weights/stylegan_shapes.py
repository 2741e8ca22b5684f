"""StyleGAN's sizes as arrays tell them, and the shapes that follow.

Names and layouts are genforce's: kernels o i h w, dense ones [out, in].
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.stylegan_names import resolutions

Shapes = dict[str, tuple[int, ...]]
Find = Callable[[str], np.ndarray | None]
MOST_LAYERS = 64  # of a mapping network; more are told as strangers
LARGEST = 4096  # side of pictures
_COLOURS = 3


class Sizes(NamedTuple):
  """A generator's or a discriminator's sizes; 0 is not told.

  Attributes:
    size: side of the pictures.
    widths: channels by resolution.
    z: size of z.
    w: size of w.
    mapping_layers: of the mapping network.
    mapping_width: of its hidden layers.
  """

  size: int
  widths: dict[int, int]
  z: int = 0
  w: int = 0
  mapping_layers: int = 0
  mapping_width: int = 0


def _count(find: Find, pattern: str, most: int) -> int:
  """How many of pattern.format(0), 1, 2 ... there are."""
  for i in range(most):
    if find(pattern.format(i)) is None:
      return i
  return most


def _axis(find: Find, name: str, axes: int, axis: int, place: str) -> int:
  """The length of an axis of an array that there must be."""
  found = find(name)
  if found is None:
    raise UserError(f'{place} lacks {name}')
  if found.ndim != axes or not found.size:
    raise UserError(
      f'{place}: {name} has shape {found.shape}, {axes} axes are expected'
    )
  return found.shape[axis]


def _size(levels: int, place: str) -> int:
  if levels < 2:
    raise UserError(f'{place} has no layers from 4x4 to 8x8 px and more')
  return 2 ** (levels + 1)


def generator_sizes(find: Find, place: str) -> Sizes:
  """Of a generator; `find` gives an array by our name, None if not there."""
  most = 2 * len(resolutions(LARGEST))
  layers = _count(find, 'synthesis.layer{}.bias', most)
  size = _size((layers + 1) // 2, place)
  widths = {
    side: _axis(find, f'synthesis.layer{2 * i}.bias', 1, 0, place)
    for i, side in enumerate(resolutions(size))
  }
  depth = _count(find, 'mapping.dense{}.weight', MOST_LAYERS)
  first, last = 'mapping.dense0.weight', f'mapping.dense{depth - 1}.weight'
  return Sizes(
    size,
    widths,
    _axis(find, first, 2, 1, place),
    _axis(find, last if depth else first, 2, 0, place),
    depth,
    _axis(find, first, 2, 0, place),
  )


def discriminator_sizes(find: Find, place: str) -> Sizes:
  """Of a discriminator, as `generator_sizes`."""
  levels = _count(find, 'input{}.bias', len(resolutions(LARGEST)))
  size = _size(levels, place)
  widths = {
    side: _axis(find, f'input{i}.bias', 1, 0, place)
    for i, side in enumerate(resolutions(size)[::-1])
  }
  return Sizes(size, widths)


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
  """The shape of each array of a generator."""
  w, before = sizes.w, 0
  shapes: Shapes = {'truncation.w_avg': (w,), 'synthesis.lod': (1,)}
  row = [sizes.z, *[sizes.mapping_width] * (sizes.mapping_layers - 1), w]
  for i in range(sizes.mapping_layers):
    shapes |= _layer(f'mapping.dense{i}', row[i + 1], row[i])
  for i, side in enumerate(resolutions(sizes.size)):
    width = sizes.widths[side]
    shapes |= _styled(2 * i, before, width, side, w)
    shapes |= _styled(2 * i + 1, width, width, side, w)
    shapes |= _layer(f'synthesis.output{i}', _COLOURS, width, 1, 1)
    before = width
  return shapes


def discriminator_shapes(sizes: Sizes) -> Shapes:
  """The shape of each array of a discriminator."""
  shapes: Shapes = {'lod': (1,)}
  sides = resolutions(sizes.size)[::-1]
  for i, side in enumerate(sides):
    width = sizes.widths[side]
    shapes |= _layer(f'input{i}', width, _COLOURS, 1, 1)
    if side > 4:
      shapes |= _layer(f'layer{2 * i}', width, width, 3, 3)
      below = sizes.widths[side // 2]
      shapes |= _layer(f'layer{2 * i + 1}', below, width, 3, 3)
  last, i = sizes.widths[4], 2 * len(sides) - 2
  shapes |= _layer(f'layer{i}', last, last + 1, 3, 3)
  shapes |= _layer(f'layer{i + 1}', last, 16 * last)
  return shapes | _layer(f'layer{i + 2}', 1, last)


def as_tree(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
  """Arrays of those shapes that take no memory, float32."""
  zero = np.zeros((), np.float32)
  return {k: np.broadcast_to(zero, shape) for k, shape in shapes.items()}
