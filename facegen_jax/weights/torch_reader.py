"""Reads PyTorch checkpoints without PyTorch and without running their code.

Both layouts of `torch.save` are read: the zip of PyTorch >= 1.6 and the row
of pickles before it. The tar of 2016 is refused.
"""

import io
import pathlib
import struct
import tarfile
from typing import Any
import zipfile

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.torch_pickle import Storage, load, resolved

_MAGIC = 0x1950A86A20F9469CFC6C


def _bytes_to_array(raw: bytes, storage: Storage, place: str) -> np.ndarray:
  size = storage.size * storage.dtype.itemsize
  if size < 0 or len(raw) < size:
    raise UserError(f'{place} is cut short in storage {storage.key}')
  return np.frombuffer(raw, storage.dtype, storage.size)


def _read_zip(path: pathlib.Path) -> Any:
  place = str(path)
  with zipfile.ZipFile(path) as archive:
    files = {name.partition('/')[2]: name for name in archive.namelist()}
    if 'data.pkl' not in files:
      raise UserError(f'{place} is a zip but no PyTorch checkpoint')
    if 'byteorder' in files and archive.read(files['byteorder']) == b'big':
      raise UserError(f'{place} was saved on a big-endian machine')
    tree, storages = load(io.BytesIO(archive.read(files['data.pkl'])), place)
    data = {}
    for key, storage in storages.items():
      if f'data/{key}' not in files:
        raise UserError(f'{place} lacks storage {key}')
      raw = archive.read(files[f'data/{key}'])
      data[key] = _bytes_to_array(raw, storage, place)
  return resolved(tree, data)


def _read_row(path: pathlib.Path) -> Any:
  """PyTorch < 1.6: magic, protocol, system, data, keys, then raw storages."""
  place = str(path)
  with path.open('rb') as file:
    magic, _ = load(file, place)
    if magic != _MAGIC:
      raise UserError(f'{place} is no PyTorch checkpoint')
    load(file, place)
    system, _ = load(file, place)
    if isinstance(system, dict) and not system.get('little_endian', True):
      raise UserError(f'{place} was saved on a big-endian machine')
    tree, storages = load(file, place)
    keys, _ = load(file, place)
    data = {}
    for key in keys:
      head = file.read(8)
      if len(head) < 8 or str(key) not in storages:
        raise UserError(f'{place} is cut short before storage {key}')
      storage = storages[str(key)]._replace(size=struct.unpack('<q', head)[0])
      raw = file.read(max(storage.size, 0) * storage.dtype.itemsize)
      data[str(key)] = _bytes_to_array(raw, storage, place)
  return resolved(tree, data)


def read_torch(path: str | pathlib.Path) -> Any:
  """What `torch.save` wrote: containers with numpy arrays for tensors.

  Raises UserError if the file is damaged, is of 2016's tar format, or names
  anything but tensors and containers (each such name is told).
  """
  path = pathlib.Path(path)
  try:
    if zipfile.is_zipfile(path):
      return _read_zip(path)
    if tarfile.is_tarfile(path):
      raise UserError(
        f'{path} is a checkpoint of PyTorch before 0.1.10 (a tar file): load '
        'it with PyTorch once and save its state dict again'
      )
    return _read_row(path)
  except (OSError, zipfile.BadZipFile, RecursionError) as error:
    raise UserError(f'{path} cannot be read: {error}') from error
