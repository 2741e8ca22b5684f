"""Checkpoints of FOMM, MRAA and the prior: in, checked, and back out."""

import importlib.util
import pathlib

import jax
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.checkpoint_export import state_dict, write_checkpoint
from facegen_jax.weights.checkpoint_networks import FAMILIES
from facegen_jax.weights.checkpoints import read_checkpoint, variables
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.stored import Stored
from facegen_jax.weights.torch_reader import read_torch
from facegen_jax.weights.torch_writer import write_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


published, torch_files = _sibling('published'), _sibling('torch_files')

_VOX_HOURGLASS = {'blocks': 5, 'max_features': 1024, 'factor': 4}
_VOX = {
  'keypoints': {
    'points': 10,
    'features': 32,
    **_VOX_HOURGLASS,
    'in_features': 3,
    'jacobian': 'each',
  },
  'generator': {
    'motion': {
      'points': 10,
      'in_features': 3,
      'features': 64,
      **_VOX_HOURGLASS,
      'occlusion': True,
    },
    'features': 64,
    'max_features': 512,
    'down_blocks': 2,
    'res_blocks': 6,
    'in_features': 3,
  },
}


_VOX_MRAA = {
  'regions': {'regions': 10, 'features': 32, **_VOX_HOURGLASS, 'pca': True},
  'background': {
    'kind': 'affine',
    'features': 32,
    'blocks': 5,
    'max_features': 1024,
  },
  'generator': {
    **_VOX['generator'],
    'motion': {
      'regions': 10,
      'deformed_source': True,
      'features': 64,
      **_VOX_HOURGLASS,
      'occlusion': True,
    },
  },
  'avd': {
    'regions': 10,
    'identity': 64,
    'pose': 64,
    'hidden': (256, 512, 1024),
  },
}


def _same_states(one, two):
  """Every array that is learned has the same bits; the same names else."""
  assert one.keys() == two.keys()
  for name, value in learned(one).items():
    assert value.dtype == two[name].dtype
    assert np.array_equal(value, two[name]), name
  for name in one.keys() - learned(one).keys():
    np.testing.assert_allclose(one[name], two[name], rtol=1e-6)


def _count(params):
  return sum(x.size for x in jax.tree.leaves(params))


def test_vox_256_there_and_back(tmp_path, monkeypatch):
  tree = published.states('fomm', _VOX)
  entries = len(tree['kp_detector']), len(tree['generator'])
  assert entries == (75, 196)
  path, back = tmp_path / 'vox-cpk.pth.tar', tmp_path / 'back.pth.tar'
  laid_out = published.tensors(published.with_optimizer(tree), torch_files)
  torch_files.save_row(path, laid_out, monkeypatch)
  found = read_checkpoint(path, 'fomm')
  path.unlink()  # 240 MB
  assert found.sizes == _VOX
  counts = {name: _count(v.params) for name, v in found.variables.items()}
  assert counts == {'keypoints': 14_215_368, 'generator': 45_575_391}
  write_checkpoint(back, 'fomm', found.sizes, found.variables, epoch=99)
  again = read_torch(back)
  back.unlink()
  assert again['epoch'] == 99
  for name in ('kp_detector', 'generator'):
    _same_states(tree[name], again[name])


@pytest.mark.parametrize(
  ('name', 'count'),
  [
    ('regions', 14_146_728),
    ('background', 6_282_438),
    ('generator', 45_575_391),
    ('avd', 2_290_620),
  ],
)
def test_vox256_of_mraa(name, count):
  network, sizes = FAMILIES['mraa'][name], _VOX_MRAA[name]
  made = published.made(network, sizes)
  assert _count(made.params) == count
  stored = Stored(state_dict(network, sizes, made), 'f.pth')
  assert network.sizes(stored) == sizes
  again = variables(network, sizes, stored)
  jax.tree.map(np.testing.assert_array_equal, again, made)


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('layout', ['save_zip', 'save_row'])
def test_every_family_there_and_back(tmp_path, family, layout, monkeypatch):
  tree = published.states(family)
  path, back = tmp_path / 'in.pth.tar', tmp_path / 'out.pth.tar'
  laid_out = published.tensors(published.with_optimizer(tree), torch_files)
  getattr(torch_files, layout)(path, laid_out, monkeypatch)
  found = read_checkpoint(path, family)
  assert found.sizes == published.SIZES[family]
  for name, network in FAMILIES[family].items():
    wanted = published.variables(network, found.sizes[name])
    jax.tree.map(np.testing.assert_array_equal, found.variables[name], wanted)
  write_checkpoint(back, family, found.sizes, found.variables)
  again = read_torch(back)
  for network in FAMILIES[family].values():
    _same_states(tree[network.published], again[network.published])


@pytest.mark.parametrize(
  ('family', 'name', 'change'),
  [
    ('fomm', 'keypoints', {'jacobian': None}),
    ('fomm', 'keypoints', {'jacobian': 'shared'}),
    ('fomm', 'keypoints', {'max_features': 4, 'factor': 2}),
    ('fomm', 'keypoints', {'factor': 1}),
    ('fpb_fomm', 'keypoints', {'joined': 'ewp'}),
    ('mraa', 'regions', {'pca': False}),
    ('mraa', 'background', {'kind': 'perspective'}),
    ('mraa', 'background', {'kind': 'shift'}),
    ('fomm', 'discriminator', {'scales': [1], 'spectral': False, 'points': 0}),
    ('fomm', 'generator', {'max_features': 3, 'down_blocks': 3}),
  ],
)
def test_sizes_are_read_off_the_arrays(tmp_path, family, name, change):
  sizes = published.SIZES[family]
  sizes = sizes | {name: sizes[name] | change}
  path = tmp_path / 'f.pth.tar'
  write_torch(path, published.states(family, sizes))
  assert read_checkpoint(path, family).sizes == sizes


def test_a_background_without_weights(tmp_path):
  tree = published.states('mraa')
  tree['bg_predictor'] = {}
  write_torch(tmp_path / 'f.pth.tar', tree)
  found = read_checkpoint(tmp_path / 'f.pth.tar', 'mraa')
  assert found.sizes['background'] == {'kind': 'zero'}
  assert not jax.tree.leaves(found.variables['background'])


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16', 'float64'])
def test_other_floats_become_float32(tmp_path, dtype, caplog):
  tree = published.states('fomm')
  short = {k: v.astype(dtype) for k, v in learned(tree['generator']).items()}
  tree['generator'] = short
  if dtype == 'bfloat16':
    assert short['final.bias'].dtype != np.float32
  write_torch(tmp_path / 'f.pth.tar', tree)
  found = read_checkpoint(tmp_path / 'f.pth.tar', 'fomm')
  kernel = found.variables['generator'].params['final']['kernel']
  assert kernel.dtype == np.float32
  wanted = short['final.weight'].astype(np.float32).transpose(2, 3, 1, 0)
  np.testing.assert_array_equal(kernel, wanted)
  assert f'generator: {dtype}, taken as float32' in caplog.text
  assert 'kp_detector' not in caplog.text


def test_networks_that_may_be_missing(tmp_path):
  path = tmp_path / 'f.pth.tar'
  for family, key, name in (
    ('fomm', 'discriminator', 'discriminator'),
    ('mraa', 'avd_network', 'avd'),
  ):
    tree = published.states(family)
    del tree[key]
    write_torch(path, tree)
    assert name not in read_checkpoint(path, family).variables
    with pytest.raises(UserError, match=f'lacks {key}'):
      read_checkpoint(path, family, wanted=(name,))


@pytest.mark.parametrize('family', FAMILIES)
def test_the_other_families_are_named(tmp_path, family):
  path = tmp_path / 'f.pth.tar'
  write_torch(path, published.states(family))
  for other in FAMILIES.keys() - {family}:
    with pytest.raises(UserError, match=rf'looks like .*\(--format={family}\)'):
      read_checkpoint(path, other)


def test_export_wants_every_network(tmp_path):
  with pytest.raises(ValueError, match='needs keypoints'):
    write_checkpoint(tmp_path / 'f', 'fomm', {}, {})
  assert not list(tmp_path.iterdir())


_GOLDENS = {
  'fomm_pipeline_animate': 'fomm',
  'fomm_train_grads': 'fomm',
  'fpb_train_losses_fomm_awp': 'fpb_fomm',
  'fpb_pipeline_fomm_ewp': 'fpb_fomm',
  'fpb_pipeline_mraa_awp': 'fpb_mraa',
  'mraa_train_losses_grads': 'mraa',
}


@pytest.mark.parametrize('name', _GOLDENS)
def test_names_of_the_reference_networks(goldens, tmp_path, name):
  with np.load(goldens / 'fomm_mraa' / f'{name}.npz') as file:
    tree = {}
    for key in file.files:
      start, _, rest = key.partition('/')
      network, _, array = rest.partition('/')
      if start == 'param' and network != 'vgg':
        tree.setdefault(network, {})[array] = file[key]
  family = _GOLDENS[name]
  if family == 'fpb_mraa':
    tree['bg_predictor'] = {}
  path, back = tmp_path / 'in.pth.tar', tmp_path / 'out.pth.tar'
  write_torch(path, tree)
  found = read_checkpoint(path, family)
  write_checkpoint(back, family, found.sizes, found.variables)
  again = read_torch(back)
  for network, state in tree.items():
    _same_states(state, again[network])
