"""StyleGAN's arrays: genforce's names and PyTorch's layouts, to and fro.

Its two ways of doubling a map read one kernel in opposite orientations: from
128 px on, where they are transposed convolutions, files hold the kernel that
is ours turned by 180 degrees.
"""

from collections.abc import Callable, Mapping

import numpy as np

from facegen_jax.weights.mapping import (
  Table,
  Target,
  conv2d,
  layer,
  linear,
  same,
)

_FUSED = 128  # px, the first resolution of transposed convolutions


def turned(x: np.ndarray) -> np.ndarray:
  """Kernel of a transposed doubling, out in h w -> h w in out, turned."""
  return conv2d(x)[::-1, ::-1]


def constant(x: np.ndarray) -> np.ndarray:
  """1 c h w -> h w c."""
  return conv2d(x)[..., 0]


def noise_map(x: np.ndarray) -> np.ndarray:
  """1 1 h w -> 1 h w 1."""
  return x.transpose(0, 2, 3, 1)


def dense_of_4x4(x: np.ndarray) -> np.ndarray:
  """Dense kernel on a map flattened c h w -> in out, the map flattened h w c.

  out (c 4 4) -> (4 4 c) out.
  """
  kernel = x.reshape(len(x), -1, 4, 4).transpose(2, 3, 1, 0)
  return kernel.reshape(-1, len(x))


def _dense_back(x: np.ndarray) -> np.ndarray:
  kernel = x.reshape(4, 4, -1, x.shape[1]).transpose(3, 2, 0, 1)
  return kernel.reshape(x.shape[1], -1)


# Undoes the layouts, for `export.to_state`.
BACK: Mapping[Callable, Callable] = {
  turned: lambda x: x[::-1, ::-1].transpose(3, 2, 0, 1),
  constant: lambda x: x.transpose(2, 0, 1)[None],
  noise_map: lambda x: x.transpose(0, 3, 1, 2),
  dense_of_4x4: _dense_back,
}


def _levels(size: int) -> range:
  """Indices of 4, 8 ... `size`."""
  return range(size.bit_length() - 2)


def _styled(i: int) -> Table:
  """Synthesis layer i."""
  name, path = f'synthesis.layer{i}', ('synthesis', 'layers', i)
  table = dict(layer(f'{name}.style', (*path, 'style'), linear))
  table[f'{name}.bias'] = Target((*path, 'bias'), same)
  table[f'{name}.apply_noise.weight'] = Target((*path, 'strength'), same)
  table[f'{name}.apply_noise.noise'] = Target(('noise', i), noise_map)
  if i == 0:
    table[f'{name}.const'] = Target(('synthesis', 'const'), constant)
    return table
  fused = i % 2 == 0 and 4 << i // 2 >= _FUSED
  kernel = Target((*path, 'conv', 'kernel'), turned if fused else conv2d)
  return table | {f'{name}.weight': kernel}


def generator(size: int, mapping_layers: int) -> Table:
  """Table to `systems.au_transfer.generator.Generator` of these sizes."""
  table = {'truncation.w_avg': Target(('w_avg',), same)}
  for i in range(mapping_layers):
    table |= layer(f'mapping.dense{i}', ('mapping', 'layers', i), linear)
  for i in _levels(size):
    table |= _styled(2 * i) | _styled(2 * i + 1)
    path = ('synthesis', 'to_rgb', i)
    table |= layer(f'synthesis.output{i}', path, conv2d)
  return table


def discriminator(size: int) -> Table:
  """Table to `systems.au_transfer.discriminator.Discriminator` of this size.

  Their indices go down with the resolution, ours up.
  """
  table, top = {}, _levels(size)[-1]
  for i in _levels(size):
    j, block = top - i, ('blocks', i - 1)
    table |= layer(f'input{j}', ('from_rgb', i), conv2d)
    if i:
      table |= layer(f'layer{2 * j}', (*block, 'conv'), conv2d)
      table |= layer(f'layer{2 * j + 1}', (*block, 'down'), conv2d)
  last = 2 * top
  return {
    **table,
    **layer(f'layer{last}', ('conv',), conv2d),
    **layer(f'layer{last + 1}', ('hidden',), dense_of_4x4),
    **layer(f'layer{last + 2}', ('head',), linear),
  }


def without_detail(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
  """`state` less the level of detail, which training set and nothing reads."""
  return {k: v for k, v in state.items() if k.split('.')[-1] != 'lod'}
