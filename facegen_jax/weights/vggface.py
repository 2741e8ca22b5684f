"""VGG-Face (Parkhi 2015) and other VGG-16 weights given by the user.

Nothing is downloaded. A `.pth`/`.pt` state dict or an `.npz` with the same
names; the first layer of the Caffe and Torch releases reads B, G, R.
"""

from collections.abc import Callable, Mapping
import math
import pathlib
from typing import Any

from flax import nnx
import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.nn.vgg import DEPTHS, VGG, layer_names
from facegen_jax.weights.mapping import Table, conv2d, layer, linear, translate
from facegen_jax.weights.npz import read_npz
from facegen_jax.weights.torch_reader import read_torch


def torchvision_names(depth: int) -> dict[str, str]:
  """Our convolutions to torchvision's: a ReLU follows each, a pool a block."""
  found, i = {}, 0
  for block, count in enumerate(DEPTHS[depth], 1):
    for j in range(1, count + 1):
      found[f'conv{block}_{j}'] = f'features.{i}'
      i += 2
    i += 1
  return found


def _layer_names(
  state: Mapping[str, Any], place: str, depth: int = 16
) -> dict[str, str]:
  """Our layer names to the file's, for the three spellings in use."""
  spellings = (
    {f'conv{n}': f'conv{n}' for n in layer_names(depth)},
    {f'conv{n}': f'conv_{n}' for n in layer_names(depth)},
    torchvision_names(depth),
  )
  dense = {f'fc{i}': f'fc{i}' for i in (6, 7, 8)}
  classifier = {f'fc{6 + i}': f'classifier.{3 * i}' for i in range(3)}
  for convs, head in zip(spellings, (dense, dense, classifier), strict=True):
    if f'{convs["conv1_1"]}.weight' in state:
      return {**convs, **head}
  raise UserError(
    f'{place} is no VGG-{depth}: neither conv1_1.weight, conv_1_1.weight nor '
    f'features.0.weight is in it (it starts with {sorted(state)[:3]})'
  )


def _first(channels: str) -> Callable[[np.ndarray], np.ndarray]:
  """Layout of the first kernel, turned to read R, G, B."""
  if channels == 'rgb':
    return conv2d
  if channels == 'bgr':
    return lambda x: conv2d(x)[:, :, ::-1]
  raise UserError(f"channels is 'rgb' or 'bgr', not {channels!r}")


def _flattened(side: int) -> Callable[[np.ndarray], np.ndarray]:
  """Layout of fc6, whose input was flattened as c h w and is now h w c."""

  def layout(x: np.ndarray) -> np.ndarray:
    x = x.reshape(x.shape[0], -1, side, side)
    return x.transpose(2, 3, 1, 0).reshape(-1, x.shape[0])

  return layout


def names(
  state: Mapping[str, Any],
  channels: str,
  side: int,
  place: str,
  depth: int = 16,
) -> Table:
  """Table from `state`'s spelling to `nn.vgg.VGG`; `side` of fc6's map."""
  table: dict = {}
  for ours, theirs in _layer_names(state, place, depth).items():
    kernel = conv2d if ours.startswith('conv') else linear
    if ours == 'conv1_1':
      kernel = _first(channels)
    if ours == 'fc6':
      kernel = _flattened(side)
    table.update(layer(theirs, (ours,), kernel))
  return table


def _sizes(state: Mapping[str, Any], place: str) -> dict[str, int]:
  """VGG's sizes as the arrays of the file tell them."""
  theirs = _layer_names(state, place)
  found = {}
  for ours in ('conv1_1', 'conv5_3', 'fc6', 'fc8'):
    name = f'{theirs[ours]}.weight'
    if name not in state or np.ndim(state[name]) < 2:
      raise UserError(f'{place} has no kernel {name}')
    found[ours] = np.shape(state[name])
  side = math.isqrt(found['fc6'][1] // max(found['conv5_3'][0], 1))
  return {
    'width': found['conv1_1'][0],
    'fc_features': found['fc6'][0],
    'classes': found['fc8'][0],
    'input_size': 32 * side,
  }


def from_state(
  state: Mapping[str, np.ndarray],
  *,
  channels: str = 'bgr',
  place: str = 'the state dict',
) -> tuple[dict[str, int], dict]:
  """`VGG(**sizes)`'s sizes and its parameters as a plain dict.

  `channels` is the order that the stored first layer reads, 'bgr' or 'rgb';
  ours always reads RGB. Raises UserError naming every array that is amiss.
  """
  sizes = _sizes(state, place)
  if sizes['input_size'] < 32:
    raise UserError(f'{place}: fc6 is too narrow for five poolings')
  like = nnx.eval_shape(lambda: VGG(**sizes, rngs=nnx.Rngs(0)))
  shapes = nnx.to_pure_dict(nnx.state(like, nnx.Param))
  table = names(state, channels, sizes['input_size'] // 32, place)
  return sizes, translate(state, table, shapes, place=place)


def read_state(path: str | pathlib.Path) -> dict[str, np.ndarray]:
  """State dict of a `.npz`, `.pth` or `.pt` file, without running its code."""
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such file of weights')
  if path.suffix == '.npz':
    return read_npz(path)
  state = read_torch(path)
  if isinstance(state, dict) and isinstance(state.get('state_dict'), dict):
    state = state['state_dict']
  if not isinstance(state, dict):
    raise UserError(f'{path} holds a {type(state).__name__}, no state dict')
  return {k: v for k, v in state.items() if isinstance(v, np.ndarray)}


def load_vggface(
  path: str | pathlib.Path, *, channels: str = 'bgr'
) -> tuple[dict[str, int], dict[str, jax.Array]]:
  """(sizes for `nn.vgg.VGG`, parameters) from a user's file; `from_state`."""
  return from_state(read_state(path), channels=channels, place=str(path))
