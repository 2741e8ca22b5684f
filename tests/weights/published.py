"""Checkpoints laid out as the published ones, of any size."""

import collections
import importlib.util
import pathlib

from flax import nnx
import jax
import numpy as np

from facegen_jax.core.state import Variables
from facegen_jax.weights.checkpoint_export import state_dict
from facegen_jax.weights.checkpoint_networks import FAMILIES

_HOURGLASS = {'features': 2, 'blocks': 2, 'max_features': 1024, 'factor': 4}
_MOTION = {**_HOURGLASS, 'occlusion': True}
_PAINTER = {
  'features': 2,
  'max_features': 512,
  'down_blocks': 1,
  'res_blocks': 1,
  'in_features': 3,
}
_FOMM = {
  'generator': {
    'motion': {'points': 2, 'in_features': 3, **_MOTION},
    **_PAINTER,
  },
  'discriminator': {
    'scales': [1, 0.5],
    'features': 2,
    'blocks': 2,
    'max_features': 512,
    'spectral': True,
    'points': 2,
  },
}
_MRAA = {
  'background': {
    'kind': 'affine',
    'features': 2,
    'blocks': 1,
    'max_features': 1024,
  },
  'generator': {
    'motion': {'regions': 2, 'deformed_source': True, **_MOTION},
    **_PAINTER,
  },
  'avd': {'regions': 2, 'identity': 3, 'pose': 4, 'hidden': (5, 6, 7)},
}
SIZES = {
  'fomm': {
    'keypoints': {
      'points': 2,
      **_HOURGLASS,
      'in_features': 3,
      'jacobian': 'each',
    },
    **_FOMM,
  },
  'mraa': {'regions': {'regions': 2, **_HOURGLASS, 'pca': True}, **_MRAA},
  'fpb_fomm': {
    'keypoints': {'points': 2, 'joined': 'awp', **_HOURGLASS},
    **_FOMM,
  },
  'fpb_mraa': {'regions': {'points': 2, **_HOURGLASS}, **_MRAA},
}


def sibling(name):
  """A module beside the tests, which are no package."""
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def _numbers(shape, dtype):
  """Cheap, and no two neighbours alike; positive, for variances."""
  count = int(np.prod(shape))
  return (np.arange(count, dtype=dtype) % 251 / 251 + 0.5).reshape(shape)


_MADE = {}


def variables(network, sizes):
  """Numbers for a network; not to be written into."""
  key = f'{network.published} {network.sizes} {sizes}'
  if key not in _MADE:
    _MADE[key] = made(network, sizes)
  return _MADE[key]


def made(network, sizes):
  """As `variables`, made anew."""
  net = nnx.eval_shape(lambda: network.make(**sizes, rngs=nnx.Rngs(0)))
  kinds = nnx.Param, nnx.Not(nnx.Param)
  trees = [nnx.to_pure_dict(nnx.state(net, kind)) for kind in kinds]
  filled = jax.tree.map(lambda x: _numbers(x.shape, x.dtype), trees)
  return Variables(*filled)


def states(family, sizes=None):
  """State dicts of a family by their published names, and an epoch."""
  tree = {'epoch': 99}
  for name, one in (sizes or SIZES[family]).items():
    network = FAMILIES[family][name]
    found = state_dict(network, one, variables(network, one))
    tree[network.published] = collections.OrderedDict(found)
    tree[network.published]._metadata = {'': {'version': 1}}
  return tree


def with_optimizer(tree):
  """As published: optimisers' states beside the networks'."""
  state = {7: {'step': 3, 'exp_avg': np.ones(2, np.float32)}}
  group = {'lr': 2e-4, 'betas': (0.5, 0.999), 'amsgrad': False, 'params': [7]}
  extra = {'state': state, 'param_groups': [group]}
  return tree | {'optimizer_kp_detector': extra}


def tensors(tree, torch_files):
  """The tree with `torch_files.Tensor`s for its arrays, attributes kept."""
  if isinstance(tree, np.ndarray):
    return torch_files.Tensor(np.ascontiguousarray(tree))
  if isinstance(tree, dict):
    made = type(tree)((k, tensors(v, torch_files)) for k, v in tree.items())
    if hasattr(tree, '_metadata'):
      made._metadata = tree._metadata
    return made
  return tree
