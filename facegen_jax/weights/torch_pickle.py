"""The pickle inside a PyTorch checkpoint, read without running its code.

It may name only what `_ALLOWED` lists, and everything on that list is ours
and builds data: containers, storages and tensors.
"""

import collections
from collections.abc import Mapping
import math
import pickle
from typing import Any, BinaryIO, NamedTuple

import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError

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
    raise UserError('a tensor of the checkpoint is malformed')
  return tensor


def _parameter(tensor: Any, *_: Any) -> Any:
  return tensor


def _size(*dimensions: Any) -> tuple:
  return tuple(*dimensions)


_ALLOWED = {
  ('collections', 'OrderedDict'): collections.OrderedDict,
  ('torch._utils', '_rebuild_tensor_v2'): _tensor,
  ('torch._utils', '_rebuild_parameter'): _parameter,
  ('torch', 'Size'): _size,
  **{('torch', name): _Kind(name) for name in _STORAGES},
}


class _Unpickler(pickle.Unpickler):
  """Builds containers and tensors; refuses every other name."""

  def __init__(self, file: BinaryIO, place: str) -> None:
    super().__init__(file, encoding='utf-8')
    self.place = place
    self.storages: dict[str, Storage] = {}

  def find_class(self, module: str, name: str) -> Any:
    """Looks a global up in the allow-list only."""
    if (module, name) not in _ALLOWED:
      raise UserError(
        f'{self.place} asks to run {module}.{name}, which a file of weights '
        'need not; save only its state dict: torch.save(net.state_dict(), f)'
      )
    return _ALLOWED[module, name]

  def persistent_load(self, pid: Any) -> Storage:
    """Notes a storage, to be read later."""
    word, kind, key, _, size = (*pid, *[None] * 5)[:5]
    if (
      word != 'storage'
      or not isinstance(kind, _Kind)
      or not isinstance(size, int)
    ):
      raise UserError(f'{self.place} has a storage of an unknown kind')
    return self.storages.setdefault(str(key), Storage(str(key), kind, size))


def load(file: BinaryIO, place: str) -> tuple[Any, dict[str, Storage]]:
  """One pickle of `file`, with the storages it speaks of by key.

  Raises UserError, naming `place`, if it is damaged or names a global that is
  not on the list.
  """
  unpickler = _Unpickler(file, place)
  try:
    return unpickler.load(), unpickler.storages
  except UserError:
    raise
  except Exception as error:  # a broken pickle can raise anything
    raise UserError(f'{place} is damaged: {error}') from error


def _array(tensor: Tensor, data: Mapping[str, np.ndarray]) -> np.ndarray:
  """The strided view that a tensor is, copied, checked against its storage."""
  flat = data[tensor.storage.key]
  count = math.prod(tensor.shape)
  last = tensor.offset + sum(
    (n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True)
  )
  if count and (last >= flat.size or count > flat.size):
    raise UserError('a tensor of the checkpoint reaches beyond its storage')
  if not count:
    return np.empty(tensor.shape, flat.dtype)
  strides = [s * flat.itemsize for s in tensor.strides]
  view = np.lib.stride_tricks.as_strided(
    flat[tensor.offset :], tensor.shape, strides, writeable=False
  )
  return view.copy()


def resolved(tree: Any, data: Mapping[str, np.ndarray]) -> Any:
  """`tree` with arrays for its tensors, `data` holding the storages."""
  if isinstance(tree, Tensor):
    return _array(tree, data)
  if isinstance(tree, Storage):
    return data[tree.key]
  if isinstance(tree, dict):
    return {k: resolved(v, data) for k, v in tree.items()}
  if isinstance(tree, list | tuple):
    kind = list if isinstance(tree, list) else tuple
    return kind(resolved(v, data) for v in tree)
  return tree
