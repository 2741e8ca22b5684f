"""Damaged and hostile checkpoints: refused with a reason, nothing is run."""

import importlib.util
import pathlib

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.checkpoints import read_checkpoint
from facegen_jax.weights.torch_writer import write_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


hostile, published = _sibling('hostile'), _sibling('published')
torch_files = _sibling('torch_files')


def _refused(path, match):
  with pytest.raises(UserError, match=match) as error:
    read_checkpoint(path, 'fomm')
  told = str(error.value)
  assert str(path) in told
  assert all(line.isprintable() for line in told.splitlines())
  assert len(told) < 4000


@pytest.mark.parametrize('name', hostile.FILES)
def test_hostile_files(tmp_path, name):
  write, match = hostile.FILES[name]
  path, canary = tmp_path / 'f.pth.tar', tmp_path / 'was-run'
  write(path, canary)
  _refused(path, match)
  assert not canary.exists()


@pytest.fixture(scope='module')
def tree():
  """A sound checkpoint, not to be changed."""
  return published.states('fomm')


@pytest.fixture
def state(tree):
  """A copy of its generator's state dict, to be spoilt."""
  return dict(tree['generator'])


@pytest.mark.parametrize('layout', ['save_zip', 'save_row'])
def test_cut_anywhere(tmp_path, tree, layout, monkeypatch):
  path = tmp_path / 'f.pth.tar'
  laid_out = published.tensors(tree, torch_files)
  getattr(torch_files, layout)(path, laid_out, monkeypatch)
  whole = path.read_bytes()
  for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
    path.write_bytes(whole[: int(share * len(whole))])
    _refused(path, 'damaged|cut short|cannot be read|no PyTorch')
  path.write_bytes(whole[:-1])
  _refused(path, 'damaged|cut short|cannot be read|no PyTorch')


_KERNEL = 'first.conv.weight'


def _drop(state):
  del state[_KERNEL]


def _drop_a_bias(state):
  del state['final.bias']


def _add(state):
  state['attention.weight'] = np.zeros(3, np.float32)


def _turn(state):
  state[_KERNEL] = state[_KERNEL].reshape(-1, 7, 7, 2)


def _flatten(state):
  state[_KERNEL] = state[_KERNEL].ravel()


def _hollow(state):
  state[_KERNEL] = state[_KERNEL][:0]


def _round(state):
  state['final.bias'] = state['final.bias'].astype(np.int64)


def _spoil(state):
  bias = state['final.bias'].copy()
  bias[0] = np.nan
  state['final.bias'] = bias


def _overflow(state):
  state['final.bias'] = state['final.bias'].astype(np.float64) * 1e300


def _no_tensor(state):
  state['final.bias'] = 'none'


def _no_name(state):
  state[7] = state.pop('final.bias')


def _other_blur(state):
  name = 'dense_motion_network.down.weight'
  state[name] = np.ones_like(state[name])


def _more_blocks(state):
  state['bottleneck.r2.conv1.weight'] = state['bottleneck.r0.conv1.weight']


@pytest.mark.parametrize(
  ('spoil', 'match'),
  [
    (_drop, f'lacks {_KERNEL}'),
    (_drop_a_bias, r'missing: final\.bias$'),
    (_add, r'extra: attention\.weight'),
    (_turn, f'reshaped: {_KERNEL}'),
    (_flatten, r'first\.conv\.weight has shape \(294,\)'),
    (_hollow, r'first\.conv\.weight has shape \(0, '),
    (_round, r'final\.bias holds int64'),
    (_spoil, r'final\.bias holds NaN'),
    (_overflow, r'final\.bias holds NaN or infinity'),
    (_no_tensor, r'final\.bias is a str'),
    (_no_name, 'the key 7 is no name'),
    (_other_blur, 'not the published blur'),
    (_more_blocks, r'missing: bottleneck\.r'),
  ],
)
def test_arrays_that_do_not_fit(tmp_path, tree, state, spoil, match):
  spoil(state)
  path = tmp_path / 'f.pth.tar'
  write_torch(path, tree | {'generator': state})
  _refused(path, match)


def test_of_many_misfits_every_one_is_named(tmp_path, tree, state):
  more = {f'block.{i}': np.zeros(2, np.float32) for i in range(50)}
  state.pop('final.bias')
  path = tmp_path / 'f.pth.tar'
  write_torch(path, tree | {'generator': state | more})
  with pytest.raises(UserError, match='1 missing, 50 extra') as error:
    read_checkpoint(path, 'fomm')
  told = str(error.value).splitlines()[1:]
  assert told == ['  missing: final.bias', *(f'  extra: {n}' for n in more)]


def test_networks_that_disagree(tmp_path, tree):
  sizes = published.SIZES['fomm']
  other = sizes | {'keypoints': sizes['keypoints'] | {'points': 3}}
  spoilt = tree | {
    'kp_detector': published.states('fomm', other)['kp_detector']
  }
  path = tmp_path / 'f.pth.tar'
  write_torch(path, spoilt)
  _refused(path, 'disagree about the points: keypoints 3, generator 2')


@pytest.mark.parametrize(
  ('spoilt', 'match'),
  [
    ({'generator': 7}, 'generator is a int, no state dict'),
    ({'generator': {}}, 'lacks'),
    ({'he_estimator': {}}, 'looks like a checkpoint of face-vid2vid'),
    ({'kp_detector': {}}, 'lacks kp.weight'),
  ],
)
def test_networks_that_are_none(tmp_path, tree, spoilt, match):
  path = tmp_path / 'f.pth.tar'
  write_torch(path, tree | spoilt)
  _refused(path, match)


def test_one_network_alone_is_told(tmp_path, tree):
  path = tmp_path / 'f.pth.tar'
  for name, match in (
    ('generator', "looks like FOMM's generator alone"),
    ('discriminator', r'no checkpoint known here \(it begins with discs'),
  ):
    write_torch(path, tree[name])
    _refused(path, match)
