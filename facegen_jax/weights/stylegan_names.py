"""Names of StyleGAN's arrays: TensorFlow's, and those that all are brought to.

Ours are those of genforce's PyTorch files. In TensorFlow's, ToRGB_lod0 is the
finest.
"""

import numpy as np

Arrays = dict[str, np.ndarray]
FUSED = 128  # side from which doubling and convolution are one kernel


def resolutions(size: int) -> list[int]:
  """4, 8, ... `size`, sides of the pictures that a network grows through."""
  return [2**i for i in range(2, size.bit_length())]


def _styled(ours: str, tf: str, noise: int) -> dict[str, str]:
  """The arrays of one layer but for its kernel."""
  return {
    f'{ours}.bias': f'{tf}/bias',
    f'{ours}.style.weight': f'{tf}/StyleMod/weight',
    f'{ours}.style.bias': f'{tf}/StyleMod/bias',
    f'{ours}.apply_noise.weight': f'{tf}/Noise/weight',
    f'{ours}.apply_noise.noise': f'noise{noise}',
  }


def _plain(ours: str, tf: str) -> dict[str, str]:
  return {f'{ours}.weight': f'{tf}/weight', f'{ours}.bias': f'{tf}/bias'}


def generator_names(size: int, mapping_layers: int) -> dict[str, str]:
  """TensorFlow's name of every array of a generator, by ours."""
  names = {'truncation.w_avg': 'dlatent_avg', 'synthesis.lod': 'lod'}
  for i in range(mapping_layers):
    names |= _plain(f'mapping.dense{i}', f'Dense{i}')
  sides = resolutions(size)
  for i, side in enumerate(sides):
    kinds = ('Conv0_up', 'Conv1') if i else ('Const', 'Conv')
    for j, kind in enumerate(kinds, 2 * i):
      ours, tf = f'synthesis.layer{j}', f'{side}x{side}/{kind}'
      kernel = 'weight' if j else 'const'
      names |= {f'{ours}.{kernel}': f'{tf}/{kernel}', **_styled(ours, tf, j)}
    names |= _plain(f'synthesis.output{i}', f'ToRGB_lod{len(sides) - 1 - i}')
  return names


def discriminator_names(size: int) -> dict[str, str]:
  """TensorFlow's name of every array of a discriminator, by ours."""
  names = {'lod': 'lod'}
  sides = resolutions(size)[::-1]
  for i, side in enumerate(sides):
    kinds = ('Conv0', 'Conv1_down')
    if side == 4:
      kinds = ('Conv', 'Dense0', 'Dense1')
    names |= _plain(f'input{i}', f'FromRGB_lod{i}')
    for j, kind in enumerate(kinds, 2 * i):
      names |= _plain(f'layer{j}', f'{side}x{side}/{kind}')
  return names
