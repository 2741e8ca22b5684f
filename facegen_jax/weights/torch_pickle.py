"""The pickle inside a PyTorch checkpoint, read without running its code.

It may name only what `_ALLOWED` lists: containers, storages and tensors.
"""

from collections.abc import Mapping
import math
from typing import Any, BinaryIO, NamedTuple

import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.restricted_pickle import (
  InertDict,
  InertFunction,
  RestrictedUnpickler,
)

_STORAGES = {
  'DoubleStorage': np.float64,
  'FloatStorage': np.float32,
  'HalfStorage': np.float16,
  'BFloat16Storage': jnp.bfloat16,
  'LongStorage': np.int64,
  'IntStorage': np.int32,
  'ShortStorage': np.int16,
  'CharStorage': np.int8,
  'ByteStorage': np.uint8,
  'BoolStorage': np.bool_,
}


class _Kind(NamedTuple):
  name: str  # of _STORAGES


class Storage(NamedTuple):
  """A flat array of the file, by its key there; read after the pickle."""

  key: str
  kind: _Kind
  size: int

  @property
  def dtype(self) -> np.dtype:
    """Element type."""
    return np.dtype(_STORAGES[self.kind.name])


class Tensor(NamedTuple):
  """A strided view of a storage, in elements."""

  storage: Storage
  offset: int
  shape: tuple[int, ...]
  strides: tuple[int, ...]


def _tensor(
  storage: Any, offset: Any, shape: Any, strides: Any, *_: Any
) -> Tensor:
  tensor = Tensor(storage, offset, tuple(shape), tuple(strides))
  numbers = (offset, *tensor.shape, *tensor.strides)
  if (
    not isinstance(storage, Storage)
    or len(tensor.shape) != len(tensor.strides)
    or not all(isinstance(n, int) and n >= 0 for n in numbers)
  ):
    raise ValueError('a tensor is malformed')
  return tensor


def _parameter(tensor: Any, *_: Any) -> Any:
  return tensor


def _size(*dimensions: Any) -> tuple:
  return tuple(*dimensions)


_ALLOWED = {
  ('collections', 'OrderedDict'): InertDict,
  ('torch._utils', '_rebuild_tensor'): InertFunction(_tensor),
  ('torch._utils', '_rebuild_tensor_v2'): InertFunction(_tensor),
  ('torch._utils', '_rebuild_parameter'): InertFunction(_parameter),
  ('torch', 'Size'): InertFunction(_size),
  **{('torch', name): _Kind(name) for name in _STORAGES},
}


class _Unpickler(RestrictedUnpickler):
  """Builds containers and tensors; refuses every other name."""

  allowed = _ALLOWED
  cure = 'save only its state dict: torch.save(net.state_dict(), f)'

  def __init__(self, file: BinaryIO, place: str) -> None:
    super().__init__(file, place)
    self.storages: dict[str, Storage] = {}

  def persistent_load(self, pid: Any) -> Storage:
    """Notes a storage, to be read later."""
    word, kind, key, _, size, view = (*pid, *[None] * 6)[:6]
    if (
      word != 'storage'
      or not isinstance(kind, _Kind)
      or not isinstance(size, int)
      or not isinstance(key, str | int)
      or view is not None
    ):
      raise UserError(f'{self.place} has a storage of an unknown kind')
    wanted = Storage(str(key), kind, size)
    found = self.storages.setdefault(wanted.key, wanted)
    if found != wanted:
      raise UserError(
        f'{self.place} tells two sizes or kinds of storage {one_line(key)}'
      )
    return found


def load(file: BinaryIO, place: str) -> tuple[Any, dict[str, Storage]]:
  """One pickle of `file`, with the storages it speaks of by key.

  Raises UserError, naming `place`, if it is damaged or names a global that is
  not on the list.
  """
  unpickler = _Unpickler(file, place)
  return unpickler.read(), unpickler.storages


def _array(tensor: Tensor, data: Mapping[str, np.ndarray]) -> np.ndarray:
  """The strided view that a tensor is, checked against its storage.

  No copy: many tensors of one storage take no more memory than one.
  """
  flat = data[tensor.storage.key]
  count = math.prod(tensor.shape)
  last = tensor.offset + sum(
    (n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True)
  )
  if count and (last >= flat.size or count > flat.size):
    raise ValueError('a tensor reaches beyond its storage')
  if not count:
    return np.empty(tensor.shape, flat.dtype)
  strides = [s * flat.itemsize for s in tensor.strides]
  return np.lib.stride_tricks.as_strided(
    flat[tensor.offset :], tensor.shape, strides, writeable=False
  )


class _Resolver:
  """Puts arrays for tensors, each container once however often it is met."""

  def __init__(self, data: Mapping[str, np.ndarray]) -> None:
    self._data = data
    self._made: dict[int, Any] = {}

  def __call__(self, tree: Any) -> Any:
    if isinstance(tree, Tensor):
      return _array(tree, self._data)
    if isinstance(tree, Storage):
      return self._data[tree.key]
    if not isinstance(tree, dict | list | tuple):
      return tree
    if id(tree) not in self._made:
      self._made[id(tree)] = None  # where it holds itself
      self._made[id(tree)] = self._container(tree)
    return self._made[id(tree)]

  def _container(self, tree: dict | list | tuple) -> dict | list | tuple:
    if isinstance(tree, dict):
      return {k: self(v) for k, v in tree.items()}
    kind = list if isinstance(tree, list) else tuple
    return kind(self(v) for v in tree)


def resolved(tree: Any, data: Mapping[str, np.ndarray]) -> Any:
  """`tree` with arrays for its tensors, `data` holding the storages.

  The arrays are views that cannot be written to. Raises ValueError if one
  reaches beyond its storage.
  """
  return _Resolver(data)(tree)
