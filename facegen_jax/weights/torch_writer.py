"""Writes trees of arrays as `torch.save` does, without PyTorch.

The zip layout of PyTorch >= 1.6; `torch.load(weights_only=True)` reads it.
"""

import itertools
import pathlib
import struct
from typing import Any
import zipfile

import numpy as np

from facegen_jax.core.errors import UserError

_STORAGES = {
  'float64': b'DoubleStorage',
  'float32': b'FloatStorage',
  'float16': b'HalfStorage',
  'bfloat16': b'BFloat16Storage',
  'int64': b'LongStorage',
  'int32': b'IntStorage',
}
_DICT = b'ccollections\nOrderedDict\n'
_REBUILD = b'ctorch._utils\n_rebuild_tensor_v2\n'


def _text(value: str) -> bytes:
  raw = value.encode()
  return b'X' + struct.pack('<I', len(raw)) + raw


def _whole(value: int) -> bytes:
  raw = value.to_bytes(9, 'little', signed=True)
  return b'\x8a' + bytes([len(raw)]) + raw


def _row(values: tuple[int, ...]) -> bytes:
  return b'(' + b''.join(map(_whole, values)) + b't'


class _Pickle:
  """Pickles trees, protocol 2; arrays become tensors of their own storages."""

  def __init__(self) -> None:
    self.arrays: list[np.ndarray] = []

  def _tensor(self, array: np.ndarray) -> bytes:
    """torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, {})"""
    if str(array.dtype) not in _STORAGES:
      raise ValueError(f'no tensors of {array.dtype} are written')
    steps = [1, *itertools.accumulate(array.shape[:0:-1], lambda a, b: a * b)]
    strides = tuple(steps[::-1]) if array.ndim else ()
    kind = b'ctorch\n' + _STORAGES[str(array.dtype)] + b'\n'
    key = _text(str(len(self.arrays)))
    self.arrays.append(array)
    storage = (
      b'(' + _text('storage') + kind + key + _text('cpu') + _whole(array.size)
    )
    shape = _row(array.shape) + _row(strides)
    hooks = _DICT + b')R'
    return (
      _REBUILD
      + b'('
      + storage
      + b'tQ'
      + _whole(0)
      + shape
      + b'\x89'
      + hooks
      + b'tR'
    )

  def dump(self, value: Any) -> bytes:
    """The operations that build `value`: str, int, dict or array."""
    if isinstance(value, str):
      return _text(value)
    if isinstance(value, int):
      return _whole(value)
    if isinstance(value, dict):
      items = b''.join(self.dump(k) + self.dump(v) for k, v in value.items())
      return _DICT + b')R(' + items + b'u'
    return self._tensor(np.asarray(value))


def write_torch(path: pathlib.Path, tree: dict[str, Any]) -> None:
  """Writes dicts of arrays and whole numbers to `path`, for `torch.load`.

  Dicts become OrderedDicts. A file appears whole or not at all. Raises
  UserError if the disk refuses, ValueError if an array's dtype has no name in
  PyTorch.
  """
  pickled = _Pickle()
  text = b'\x80\x02' + pickled.dump(tree) + b'.'
  part = path.with_name(f'{path.name}.part')
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(part, 'w', zipfile.ZIP_STORED) as archive:
      archive.writestr('archive/data.pkl', text)
      archive.writestr('archive/byteorder', 'little')
      for key, array in enumerate(pickled.arrays):
        data = np.ascontiguousarray(array)
        archive.writestr(f'archive/data/{key}', data.tobytes())
      archive.writestr('archive/version', '3\n')
    part.replace(path)
  except OSError as error:
    part.unlink(missing_ok=True)
    raise UserError(f'{path} cannot be written: {error}') from error
