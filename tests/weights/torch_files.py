"""Writes files as `torch.save` does, without PyTorch."""

import io
import pickle
import sys
import types
import zipfile

import numpy as np

_NAMES = {
  'bfloat16': 'BFloat16Storage',
  'float16': 'HalfStorage',
  'float32': 'FloatStorage',
  'float64': 'DoubleStorage',
  'int64': 'LongStorage',
}


class Tensor:
  """An array, and how it lies in its storage."""

  def __init__(self, array, storage=None, offset=0, strides=None):
    self.array = np.asarray(array)
    self.storage = self.array if storage is None else storage
    self.offset = offset
    self.strides = strides or tuple(
      s // self.array.itemsize for s in self.array.strides
    )


def _fake_torch(monkeypatch):
  torch, utils = types.ModuleType('torch'), types.ModuleType('torch._utils')
  for name in _NAMES.values():
    setattr(torch, name, type(name, (), {'__module__': 'torch'}))

  def rebuild():
    raise AssertionError

  rebuild.__module__ = 'torch._utils'
  rebuild.__name__ = rebuild.__qualname__ = '_rebuild_tensor_v2'
  utils._rebuild_tensor_v2 = rebuild
  torch._utils = utils
  monkeypatch.setitem(sys.modules, 'torch', torch)
  monkeypatch.setitem(sys.modules, 'torch._utils', utils)
  return torch


class _Storage:
  def __init__(self, array):
    self.array = array


class _Pickler(pickle.Pickler):
  def __init__(self, file, torch, legacy):
    super().__init__(file, protocol=2)
    self.torch, self.legacy = torch, legacy
    self.keys = {}

  def persistent_id(self, value):
    if not isinstance(value, _Storage):
      return None
    array = value.array
    key, _ = self.keys.setdefault(id(array), (str(len(self.keys)), array))
    kind = getattr(self.torch, _NAMES[str(array.dtype)])
    pid = ('storage', kind, key, 'cpu', array.size)
    return (*pid, None) if self.legacy else pid

  def reducer_override(self, value):
    if not isinstance(value, Tensor):
      return NotImplemented
    return self.torch._utils._rebuild_tensor_v2, (
      _Storage(value.storage),
      value.offset,
      value.array.shape,
      value.strides,
      False,
      {},
    )


def save_zip(path, tree, monkeypatch):
  """The layout of PyTorch >= 1.6."""
  with monkeypatch.context() as patch:
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, _fake_torch(patch), legacy=False)
    pickler.dump(tree)
  with zipfile.ZipFile(path, 'w') as archive:
    archive.writestr('archive/data.pkl', buffer.getvalue())
    archive.writestr('archive/byteorder', 'little')
    for key, array in pickler.keys.values():
      archive.writestr(f'archive/data/{key}', array.tobytes())


def save_row(path, tree, monkeypatch):
  """The layout before 1.6: pickles in a row, then raw storages."""
  with path.open('wb') as file, monkeypatch.context() as patch:
    for head in (
      0x1950A86A20F9469CFC6C,
      1001,
      {'little_endian': True, 'protocol_version': 1001},
    ):
      pickle.dump(head, file, protocol=2)
    pickler = _Pickler(file, _fake_torch(patch), legacy=True)
    pickler.dump(tree)
    pickle.dump([k for k, _ in pickler.keys.values()], file, protocol=2)
    for _, array in pickler.keys.values():
      file.write(np.int64(array.size).tobytes() + array.tobytes())
