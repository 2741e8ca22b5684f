"""Reading PyTorch files: right arrays, and nothing of them is run."""

import collections
import importlib.util
import io
import os
import pathlib
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.torch_reader import read_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


torch_files = _sibling('torch_files')
Tensor = torch_files.Tensor


@pytest.fixture(params=['save_zip', 'save_row'])
def save(request, monkeypatch):
  write = getattr(torch_files, request.param)
  return lambda path, tree: write(path, tree, monkeypatch)


def test_arrays_views_and_containers(tmp_path, save):
  base = np.arange(12, dtype=np.float32)
  half = np.arange(6.0)
  tree = {
    'net': collections.OrderedDict(
      a=Tensor(base.reshape(3, 4)),
      turned=Tensor(base.reshape(3, 4).T, base),
      tail=Tensor(base[8:], base, 8),
      steps=Tensor(np.array(7)),
      empty=Tensor(np.zeros((0, 3), np.float32)),
    ),
    'epoch': 3,
    'more': [Tensor(half), ('x', None, True)],
  }
  save(tmp_path / 'f.pth', tree)
  got = read_torch(tmp_path / 'f.pth')
  np.testing.assert_array_equal(got['net']['a'], base.reshape(3, 4))
  np.testing.assert_array_equal(got['net']['turned'], base.reshape(3, 4).T)
  np.testing.assert_array_equal(got['net']['tail'], base[8:])
  assert got['net']['steps'] == 7
  assert got['net']['steps'].dtype == np.int64
  assert got['net']['empty'].shape == (0, 3)
  assert got['epoch'] == 3
  np.testing.assert_array_equal(got['more'][0], half)
  assert got['more'][1] == ('x', None, True)


class _Evil:
  def __init__(self, path):
    self.path = path

  def __reduce__(self):
    return os.mkdir, (str(self.path),)


def test_code_is_refused_by_name_and_not_run(tmp_path, save):
  canary = tmp_path / 'was-run'
  save(tmp_path / 'f.pth', {'a': _Evil(canary)})
  with pytest.raises(UserError, match=r'asks to run \w+\.mkdir'):
    read_torch(tmp_path / 'f.pth')
  assert not canary.exists()


@pytest.mark.parametrize(
  'text',
  [
    b'cbuiltins\neval\n(S"1+1"\ntR.',
    b'\x80\x04\x8c\x08builtins\x8c\x04exec\x93\x8c\x04pass\x85R.',
    b'ctorch._utils\n_rebuild_tensor_v2.__globals__\n.',
    b'cnumpy.core.multiarray\n_reconstruct\n.',
    b'cfacegen_jax.weights.torch_reader\nread_torch\n.',
  ],
)
def test_handwritten_pickles_are_refused(tmp_path, text):
  path = tmp_path / 'f.pth'
  with zipfile.ZipFile(path, 'w') as archive:
    archive.writestr('a/data.pkl', text)
  with pytest.raises(UserError, match='asks to run'):
    read_torch(path)
  path.write_bytes(text)
  with pytest.raises(UserError, match='asks to run'):
    read_torch(path)


@pytest.mark.parametrize(
  'tensor',
  [
    Tensor(np.zeros(4, np.float32), np.zeros(3, np.float32)),
    Tensor(np.zeros(2, np.float32), np.zeros(2, np.float32), 1),
    Tensor(np.zeros(9, np.float32), np.zeros(1, np.float32), 0, (0,)),
    Tensor(np.zeros(2, np.float32), np.zeros(2, np.float32), -1),
  ],
)
def test_tensors_beyond_their_storage_are_refused(tmp_path, save, tensor):
  save(tmp_path / 'f.pth', {'a': tensor})
  with pytest.raises(UserError, match=r'beyond its storage|malformed'):
    read_torch(tmp_path / 'f.pth')


def test_damaged_files_are_one_line(tmp_path, monkeypatch):
  path = tmp_path / 'f.pth'
  tree = {'a': Tensor(np.arange(100.0))}
  torch_files.save_row(path, tree, monkeypatch)
  whole = path.read_bytes()
  for size in (0, 10, 60, len(whole) - 900, len(whole) - 1):
    path.write_bytes(whole[:size])
    with pytest.raises(UserError, match=r'f\.pth') as error:
      read_torch(path)
    assert '\n' not in str(error.value)
  path.write_bytes(pickle.dumps({'a': 1}))
  with pytest.raises(UserError, match='no PyTorch checkpoint'):
    read_torch(path)
  with zipfile.ZipFile(path, 'w') as archive:
    archive.writestr('a/other', b'')
  with pytest.raises(UserError, match='no PyTorch checkpoint'):
    read_torch(path)


def test_the_tar_format_is_told(tmp_path):
  path = tmp_path / 'f.pth'
  with tarfile.open(path, 'w') as archive:
    archive.addfile(tarfile.TarInfo('storages'), io.BytesIO())
  with pytest.raises(UserError, match='tar file'):
    read_torch(path)


def test_a_missing_storage_is_told(tmp_path):
  path = tmp_path / 'f.pth'
  with pytest.raises(UserError, match='cannot be read'):
    read_torch(path)
