"""Damaged and hostile files of StyleGAN: refused by name, nothing is run."""

import importlib.util
import pathlib

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.stylegan_files import read_stylegan
from facegen_jax.weights.torch_writer import write_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


hostile, pkl = _sibling('hostile'), _sibling('hostile_pkl')
like = _sibling('stylegan_like')
# As many as tell that PyTorch's files are read by `read_torch`, or not at all.
_PYTORCH = (
  *('os.system', 'getattr', 'unknown class', 'in the old layout'),
  *('in its first pickle', 'storage shorter than told', 'wrong checksum'),
  *('zip bomb', 'encrypted', 'text', 'LFS pointer', 'empty', 'directory'),
  *('NumPy archive', 'pickle of a number'),
)
# Told in other words than those of FOMM's checkpoints.
_WORDS = {'pickle of a number': 'holds a int, no state dict'}


def _refused(path, match):
  with pytest.raises(UserError, match=match) as error:
    read_stylegan(path)
  told = str(error.value)
  assert str(path) in told
  assert told.isprintable()
  assert len(told) < 1000


@pytest.mark.parametrize('name', pkl.PICKLES)
def test_hostile_pickles(tmp_path, name):
  write, match = pkl.PICKLES[name]
  path, canary = tmp_path / 'network.pkl', tmp_path / 'was-run'
  path.write_bytes(b'\x80\x04' + write(canary) + b'.')
  _refused(path, match)
  assert not canary.exists()


@pytest.mark.parametrize('name', _PYTORCH)
def test_hostile_pytorch_files(tmp_path, name):
  write, match = hostile.FILES[name]
  path, canary = tmp_path / 'network.pth', tmp_path / 'was-run'
  write(path, canary)
  _refused(path, _WORDS.get(name, match))
  assert not canary.exists()


@pytest.mark.parametrize('name', pkl.SPOILT)
def test_states_that_are_spoilt(tmp_path, name, monkeypatch):
  spoil, match = pkl.SPOILT[name]
  tree = like.official()
  spoil(tree)
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, tree, monkeypatch)
  _refused(path, match)


def test_a_discriminator_of_another_size(tmp_path, monkeypatch):
  tree = like.official()
  tree[1] = like.official(size=8)[1]
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, tree, monkeypatch)
  _refused(path, 'D is of size 8, its generator of 16')


def test_two_of_the_three_networks(tmp_path, monkeypatch):
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, like.official()[:2], monkeypatch)
  _refused(path, r'not hold the three networks \(G, D, Gs\)')


def test_cut_anywhere(tmp_path, monkeypatch):
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, like.official(), monkeypatch)
  whole = path.read_bytes()
  for share in (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
    path.write_bytes(whole[: int(share * len(whole))])
    _refused(path, 'damaged')
  path.write_bytes(whole[:-1])
  _refused(path, 'damaged')


def test_a_byte_turned_anywhere_runs_nothing(tmp_path, monkeypatch):
  """It is refused, or only a number is another one."""
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, like.official(size=8), monkeypatch)
  whole, draw = path.read_bytes(), np.random.default_rng(0)
  refused = 0
  for at in draw.integers(0, len(whole), 25):
    path.write_bytes(
      whole[:at] + bytes([whole[at] ^ draw.integers(1, 256)]) + whole[at + 1 :]
    )
    try:
      read_stylegan(path)
    except UserError as error:
      refused += 1
      assert str(path) in str(error)
  assert refused


def _dialects():
  generator, critic = like.states()
  return {
    'genforce': {'generator_smooth': generator, 'discriminator': critic},
    'interfacegan': like.interfacegan(generator),
    'lernapparat': like.lernapparat(generator),
  }


# By dialect an array that is spoilt.
_KERNELS = {
  'genforce': 'synthesis.layer3.weight',
  'interfacegan': 'synthesis.layer3.conv.weight',
  'lernapparat': 'g_synthesis.blocks.8x8.conv1.weight',
}


def _spoilt(value, how):
  value = value.copy()
  if how == 'NaN':
    value.flat[1] = np.nan
  return {'double': value.astype(np.float64), 'flat': value.ravel()}.get(
    how, value
  )


@pytest.mark.parametrize('dialect', _KERNELS)
@pytest.mark.parametrize(
  ('how', 'match'),
  [
    ('missing', 'missing: {}$'),
    ('flat', 'reshaped: {} '),
    ('NaN', '{} holds NaN'),
    ('double', '{} holds float64'),
    ('extra', 'extra: attention.weight'),
    ('blur', 'synthesis.x.kernel is not the blur'),
  ],
)
def test_arrays_of_a_dialect_that_do_not_fit(tmp_path, dialect, how, match):
  tree, kernel = _dialects()[dialect], _KERNELS[dialect]
  state = tree.get('generator_smooth', tree)
  if how == 'missing':
    del state[kernel]
  elif how == 'extra':
    state['attention.weight'] = np.zeros(3, np.float32)
  elif how == 'blur':
    state['synthesis.x.kernel'] = np.ones((4, 1, 3, 3), np.float32)
  else:
    state[kernel] = _spoilt(state[kernel], how)
  path = tmp_path / 'a.pth'
  write_torch(path, tree)
  _refused(path, match.format(kernel))


_ARRAY = np.zeros((2, 2), np.float32)


@pytest.mark.parametrize(
  ('tree', 'match'),
  [
    (
      {'generator': {'progression.0.conv1.conv.weight_orig': _ARRAY}},
      "rosinality's StyleGAN 1, another function",
    ),
    ({'style.1.linear.weight_orig': _ARRAY}, "rosinality's StyleGAN 1"),
    (
      {'g_ema': {'convs.0.conv.modulation.weight': _ARRAY}},
      'StyleGAN2 or 3, another function',
    ),
    ({'synthesis.b4.conv1.affine.weight': _ARRAY}, 'StyleGAN2 or 3'),
    (
      {'generator': {'synthesis.early_layer.const': _ARRAY}},
      'StyleGAN2 or 3',
    ),
    ({'features.0.weight': _ARRAY}, 'begins with features.0.weight'),
    ({'generator': {'dense.weight': _ARRAY}}, 'generator is no generator'),
    ({'generator': {}}, 'generator is no generator'),
    ({}, 'begins with nothing'),
  ],
)
def test_other_networks_are_told(tmp_path, tree, match):
  path = tmp_path / 'a.pth'
  write_torch(path, tree)
  _refused(path, match)


def test_a_discriminator_that_does_not_fit(tmp_path):
  generator, critic = like.states()
  critic.pop('layer2.bias')
  path = tmp_path / 'a.pth'
  write_torch(path, {'generator': generator, 'discriminator': critic})
  _refused(path, r'discriminator does not hold.*missing: layer2\.bias$')
  write_torch(path, {'generator': generator, 'discriminator': {}})
  _refused(path, 'discriminator is no StyleGAN')
