"""Reads PyTorch checkpoints without PyTorch and without running their code.

Both layouts of `torch.save` are read: the zip of PyTorch >= 1.6 and the row
of pickles before it. The tar of 2016 is refused.
"""

import io
import pathlib
import struct
import tarfile
from typing import Any, BinaryIO
import zipfile

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.torch_pickle import Storage, load, resolved

_MAGIC = 0x1950A86A20F9469CFC6C


def _bytes_to_array(raw: bytes, storage: Storage, place: str) -> np.ndarray:
  size = storage.size * storage.dtype.itemsize
  if size < 0 or len(raw) < size:
    raise UserError(f'{place} is cut short in storage {one_line(storage.key)}')
  return np.frombuffer(raw, storage.dtype, storage.size)


def _members(archive: zipfile.ZipFile, path: pathlib.Path) -> dict[str, str]:
  """Names of the archive's files by their names within its folder."""
  entries = archive.infolist()
  if sum(entry.file_size for entry in entries) > path.stat().st_size:
    raise UserError(
      f'{path} would unpack to more than its own size: torch.save does not '
      'compress; unzip it and zip it again with `zip -0`, or save it again'
    )
  files = {e.filename.partition('/')[2]: e.filename for e in entries}
  if len(files) < len(entries):
    raise UserError(f'{path} holds two files of one name')
  return files


def _read_zip(path: pathlib.Path) -> Any:
  place = str(path)
  with zipfile.ZipFile(path) as archive:
    files = _members(archive, path)
    if 'data.pkl' not in files:
      raise UserError(f'{place} is a zip but no PyTorch checkpoint')
    if 'byteorder' in files and archive.read(files['byteorder']) == b'big':
      raise UserError(f'{place} was saved on a big-endian machine')
    tree, storages = load(io.BytesIO(archive.read(files['data.pkl'])), place)
    data = {}
    for key, storage in storages.items():
      if f'data/{key}' not in files:
        raise UserError(f'{place} lacks storage {one_line(key)}')
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
    if not isinstance(keys, list) or set(keys) != storages.keys():
      raise UserError(f'{place} does not list the storages that it uses')
    data = {key: _next_storage(file, storages[key], path) for key in keys}
  return resolved(tree, data)


def _next_storage(
  file: BinaryIO, storage: Storage, path: pathlib.Path
) -> np.ndarray:
  """The storage that `file` stands at: its size, and its numbers."""
  head = file.read(8)
  size = struct.unpack('<q', head)[0] if len(head) == 8 else -1
  need = size * storage.dtype.itemsize
  if size < storage.size or need > path.stat().st_size - file.tell():
    raise UserError(f'{path} is cut short in storage {one_line(storage.key)}')
  storage = storage._replace(size=size)
  return _bytes_to_array(file.read(need), storage, str(path))


def read_torch(path: str | pathlib.Path) -> Any:
  """What `torch.save` wrote: containers with numpy arrays for tensors.

  The arrays cannot be written to. Raises UserError if the file is damaged, is
  of 2016's tar format, or names anything but tensors and containers (each such
  name is told).
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
  except UserError:
    raise
  except Exception as error:  # a damaged file can raise anything
    raise UserError(f'{path} cannot be read: {one_line(error)}') from error
