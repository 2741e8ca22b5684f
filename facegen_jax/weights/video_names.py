"""torchvision's names of a video ResNet's arrays: theirs to ours and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facegen_jax.nn.video_resnet import STAGES
from facegen_jax.weights.mapping import Table, Target, layer, linear, same

RUNNING = ('mean', 'var')  # our leaves that are statistics


def conv3d(x: np.ndarray) -> np.ndarray:
  """Convolution kernel, out in t h w -> t h w in out."""
  return x.transpose(2, 3, 4, 1, 0)


_BACK = {
  conv3d: lambda x: x.transpose(4, 3, 0, 1, 2),
  linear: np.transpose,
  same: same,
}


def _norm(name: str, path: tuple) -> Table:
  ours = {'weight': 'scale', 'bias': 'bias'}
  ours |= {f'running_{s}': s for s in RUNNING}
  return {f'{name}.{k}': Target((*path, v), same) for k, v in ours.items()}


def _kernel(name: str, path: tuple) -> Table:
  return {f'{name}.weight': Target((*path, 'kernel'), conv3d)}


def _conv_norm(name: str, path: tuple, factored: bool) -> Table:
  """One `ConvNorm`. A block nests its factored pair, the stem does not."""
  conv, norm = (*path, 'conv'), (*path, 'norm')
  if not factored:
    return _kernel(f'{name}.0', conv) | _norm(f'{name}.1', norm)
  pair, after = (name, 4) if name == 'stem' else (f'{name}.0', 1)
  return {
    **_kernel(f'{pair}.0', (*conv, 'spatial')),
    **_norm(f'{pair}.1', (*conv, 'norm')),
    **_kernel(f'{pair}.3', (*conv, 'temporal')),
    **_norm(f'{name}.{after}', norm),
  }


def names(kind: str) -> Table:
  """Table from torchvision's names to `nn.video_resnet.VideoResNet`."""
  factored = kind == 'r2plus1d_18'
  table = dict(_conv_norm('stem', ('stem',), factored))
  for i, stage in enumerate(STAGES):
    for j in range(2):
      name, path = f'{stage}.{j}', (stage, j)
      for conv in ('conv1', 'conv2'):
        table |= _conv_norm(f'{name}.{conv}', (*path, conv), factored)
      if i and not j:
        path = (*path, 'shortcut')
        table |= _conv_norm(f'{name}.downsample', path, False)
  return table | dict(layer('fc', ('fc',), linear))


def _find(tree: Any, path: tuple) -> Any:
  for step in path:
    if not isinstance(tree, Mapping) or step not in tree:
      return None
    tree = tree[step]
  return tree


def to_state(kind: str, *trees: Mapping) -> dict[str, np.ndarray]:
  """Torchvision's arrays of our plain dicts: parameters, statistics, or both.

  Gradients go the same way. `num_batches_tracked`, which no evaluation reads,
  is left out; PyTorch fills it in when a plain dict is loaded.
  """
  state = {}
  for name, (path, layout) in names(kind).items():
    for tree in trees:
      value = _find(tree, path)
      if value is not None:
        state[name] = np.ascontiguousarray(_BACK[layout](np.asarray(value)))
  return state
