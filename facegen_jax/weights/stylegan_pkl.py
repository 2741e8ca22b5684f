"""Reads the official StyleGAN's pickles: G, D and the averaged Gs.

The official loader runs Python source that the file holds. Here the file may
name only that network class and NumPy's arrays, its source stays text, and all
that is taken are names and numbers.
"""

from collections.abc import Mapping
import pathlib
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights import numpy_pickle
from facegen_jax.weights.numpy_pickle import PickledArray
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.restricted_pickle import (
  Allowed,
  InertDict,
  RestrictedUnpickler,
)
from facegen_jax.weights.stylegan_names import Arrays

_VERSIONS = (2, 3)
_NETWORKS = ('G', 'D', 'Gs')
_PARTS = ('mapping', 'synthesis')
# Of other pickles, what they name.
_STRANGERS = {
  'torch_utils.persistence': 'StyleGAN2-ADA or StyleGAN3, another function',
  'tfutil': 'a Progressive GAN, another function',
}


class _Network:
  """For `dnnlib.tflib.network.Network`: keeps its state and does nothing."""

  __slots__ = ('state',)  # not there until it is set

  def __setstate__(self, state: Any) -> None:
    self.state = state


class _Unpickler(RestrictedUnpickler):
  """Builds networks' states and arrays; refuses every other name."""

  cure = (
    'give the .pkl as it was published, or what the official training wrote'
  )
  allowed: Allowed = {
    **numpy_pickle.ALLOWED,
    ('dnnlib.tflib.network', 'Network'): _Network,
    ('dnnlib.util', 'EasyDict'): InertDict,
    ('dnnlib', 'EasyDict'): InertDict,
    ('collections', 'OrderedDict'): InertDict,
  }

  def find_class(self, module: str, name: str) -> Any:
    """Looks a global up in the list only."""
    if stranger := _STRANGERS.get(module):
      raise UserError(f'{self.place} is {stranger}: only StyleGAN 1 is read')
    return super().find_class(module, name)


class Network(NamedTuple):
  """A network of a pickle.

  Attributes:
    arrays: float32, in TensorFlow's names and layouts.
    settings: what it was built with, as far as it says so.
  """

  arrays: Arrays
  settings: dict[str, Any]


def _plain(value: Any) -> Any:
  """A setting, as Python has it."""
  if isinstance(value, PickledArray) and value.value is not None:
    return value.value.tolist()
  return value


def _array(name: Any, value: Any, place: str) -> np.ndarray:
  if not isinstance(name, str):
    raise UserError(f'{place}: the key {one_line(name)} is no name')
  found = value.value if isinstance(value, PickledArray) else None
  if found is None:
    kind = type(value).__name__
    raise UserError(f'{place}: {one_line(name)} is a {kind}, no array')
  if found.dtype != np.float32:
    raise UserError(f'{place}: {one_line(name)} holds {found.dtype}')
  return found


def _variables(network: Any, place: str) -> tuple[Arrays, Mapping]:
  """A network's own variables, and its whole state."""
  state = isinstance(network, _Network) and getattr(network, 'state', None)
  if not isinstance(state, dict):
    raise UserError(f'{place} is no network of StyleGAN')
  pairs = state.get('variables')
  if not isinstance(pairs, list | tuple) or not all(
    isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
  ):
    raise UserError(f'{place} has no list of variables')
  arrays: Arrays = {}
  for name, value in pairs:
    one = _array(name, value, place)
    if name in arrays:
      raise UserError(f'{place} has two arrays called {one_line(name)}')
    arrays[name] = one
  if any('mod_weight' in name for name in arrays):
    raise UserError(f'{place} is of StyleGAN2, another function: not read')
  if (version := _plain(state.get('version'))) not in _VERSIONS:
    raise UserError(
      f'{place} is of version {one_line(version)}; StyleGAN 1 has 2 or 3'
    )
  return arrays, state


def _network(network: Any, place: str) -> Network:
  """A network with the arrays of its parts."""
  arrays, state = _variables(network, place)
  parts = state.get('components') or {}
  if not isinstance(parts, dict):
    raise UserError(f'{place}: its components are no dict')
  for name, part in parts.items():
    if name not in _PARTS:
      raise UserError(f'{place} has an unknown part {one_line(name)}')
    more, _ = _variables(part, f'{place}, {name}')
    # Both a generator and its synthesis hold the level of detail.
    if twice := sorted((more.keys() & arrays.keys()) - {'lod'}):
      raise UserError(f'{place} has two arrays called {one_line(twice[0])}')
    arrays |= more
  settings = state.get('static_kwargs')
  settings = settings if isinstance(settings, dict) else {}
  return Network(arrays, {k: _plain(v) for k, v in settings.items()})


def read_pkl(path: pathlib.Path) -> dict[str, Network]:
  """The networks 'G', 'D' and 'Gs' of an official file.

  Raises UserError in one line if the file is damaged, names anything but
  networks and arrays, or is of another StyleGAN.
  """
  place = str(path)
  try:
    with path.open('rb') as file:
      tree = _Unpickler(file, place, encoding='latin-1').read()
  except OSError as error:
    raise UserError(f'{path} cannot be read: {error.strerror}') from error
  if isinstance(tree, _Network):
    raise UserError(f'{path} holds one network, not the three (G, D, Gs)')
  if not isinstance(tree, tuple | list) or len(tree) != len(_NETWORKS):
    raise UserError(f'{path} does not hold the three networks (G, D, Gs)')
  return {
    name: _network(network, f'{path}, {name}')
    for name, network in zip(_NETWORKS, tree, strict=True)
  }
