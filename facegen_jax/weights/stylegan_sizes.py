"""Sizes of StyleGAN's networks as their arrays tell them (genforce's names)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError


def _count(state: Mapping[str, np.ndarray], pattern: str) -> int:
  """How many names of a pattern there are, numbered from 0 without a gap."""
  count = 0
  while pattern.format(count) in state:
    count += 1
  return count


def _axis(
  state: Mapping[str, np.ndarray], name: str, axis: int, axes: int, place: str
) -> int:
  shape = np.shape(state.get(name))
  if len(shape) != axes:
    raise UserError(
      f'{place} is no StyleGAN: {name} has {len(shape)} axes, not {axes}'
      if name in state
      else f'{place} is no StyleGAN: it has no {name}'
    )
  return shape[axis]


def generator_sizes(
  state: Mapping[str, np.ndarray], *, place: str = 'the state dict'
) -> dict[str, Any]:
  """Arguments of `Generator` as the arrays tell them; UserError by name."""
  layers = _count(state, 'synthesis.layer{}.bias')
  if layers < 4 or layers % 2:
    raise UserError(
      f'{place} is no StyleGAN generator: it has {layers} synthesis layers, '
      'and two for each resolution from 4 px to 8 px or more are wanted'
    )
  dense = _count(state, 'mapping.dense{}.weight')
  first, last = (f'mapping.dense{i}.weight' for i in (0, max(dense - 1, 0)))
  widths = {
    4 << i: _axis(state, f'synthesis.layer{2 * i}.bias', 0, 1, place)
    for i in range(layers // 2)
  }
  return {
    'size': max(widths),
    'z': _axis(state, first, 1, 2, place),
    'w': _axis(state, last, 0, 2, place),
    'mapping_layers': dense,
    'mapping_width': _axis(state, first, 0, 2, place),
    'widths': widths,
  }


def discriminator_sizes(
  state: Mapping[str, np.ndarray], *, place: str = 'the state dict'
) -> dict[str, Any]:
  """Arguments of `Discriminator` as the arrays tell them; UserError by name."""
  inputs = _count(state, 'input{}.weight')
  if inputs < 2:
    raise UserError(
      f'{place} is no StyleGAN discriminator: it has {inputs} fromRGB layers'
    )
  widths = {
    4 << inputs - 1 - i: _axis(state, f'input{i}.weight', 0, 4, place)
    for i in range(inputs)
  }
  return {'size': max(widths), 'widths': dict(sorted(widths.items()))}
