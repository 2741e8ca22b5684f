"""Published checkpoints become runs that animate, and runs checkpoints."""

import importlib.util
import pathlib
import sys

import numpy as np
import pytest
from smoke import ROOT, command

from facegen_jax import runs
from facegen_jax.core.errors import UserError
from facegen_jax.weights import checkpoint_run
from facegen_jax.weights.checkpoint_networks import FAMILIES
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.torch_reader import read_torch
from facegen_jax.weights.torch_writer import write_torch


def _published():
  path = pathlib.Path(__file__).with_name('published.py')
  spec = importlib.util.spec_from_file_location('published', path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


published = _published()
_SIDE = 32


def _config():
  sys.path.insert(0, str(ROOT))
  try:
    from configs import facial_prior
  finally:
    sys.path.remove(str(ROOT))
  config = facial_prior.get_config()
  config.data.size, config.loss.pyramid = _SIDE, (1, 2)
  return config.lock()


def _sizes(family):
  """The tiny ones; a prior has 18 points."""
  sizes = dict(published.SIZES[family])
  if not family.startswith('fpb_'):
    return sizes
  finder = 'keypoints' if family == 'fpb_fomm' else 'regions'
  sizes[finder] = sizes[finder] | {'points': 18}
  motion = dict(sizes['generator']['motion'])
  motion['points' if family == 'fpb_fomm' else 'regions'] = 18
  sizes['generator'] = sizes['generator'] | {'motion': motion}
  if 'discriminator' in sizes:
    sizes['discriminator'] = sizes['discriminator'] | {'points': 18}
  return sizes


def _converted(tmp_path, family, **options):
  sizes = _sizes(family)
  if family == 'mraa':  # a config has one depth for all hourglasses
    sizes['avd'] = sizes['avd'] | {'pose': 3}
  if 'background' in sizes:
    sizes['background'] = sizes['background'] | {'blocks': 2}
  tree = published.states(family, sizes)
  path, workdir = tmp_path / 'in.pth.tar', tmp_path / 'run'
  write_torch(path, tree)
  checkpoint_run.to_run(path, family, workdir, _config(), **options)
  return tree, workdir


@pytest.mark.parametrize('family', FAMILIES)
def test_a_run_and_back(tmp_path, family):
  tree, workdir = _converted(tmp_path, family)
  back = tmp_path / 'out.pth.tar'
  checkpoint_run.to_checkpoint(workdir, family, back)
  again = read_torch(back)
  for name, network in FAMILIES[family].items():
    if name == 'avd' and family == 'fpb_mraa':  # which never uses one
      assert network.published not in again
      continue
    one, two = tree[network.published], again[network.published]
    assert one.keys() == two.keys()
    for key, value in learned(one).items():
      np.testing.assert_array_equal(value, two[key], key)


def test_what_arrays_do_not_tell(tmp_path):
  _, workdir = _converted(tmp_path, 'mraa')
  _, _, config = runs.open_generator(workdir)
  assert (config.model.padding, config.model.align_corners) == (3, False)
  options = {'padding': 0, 'align_corners': True}
  (tmp_path / 'other').mkdir()
  _, workdir = _converted(tmp_path / 'other', 'mraa', **options)
  _, _, config = runs.open_generator(workdir)
  assert (config.model.padding, config.model.align_corners) == (0, True)


def test_a_converted_run_paints(tmp_path):
  _, workdir = _converted(tmp_path, 'fomm')
  system, state, config = runs.open_generator(workdir)
  assert config.model.align_corners
  draw = np.random.default_rng(0)
  source, first = draw.uniform(-1, 1, (2, 1, _SIDE, _SIDE, 3)).astype('f4')
  driving = draw.uniform(-1, 1, (2, _SIDE, _SIDE, 3)).astype('f4')
  generate = runs.generator(system, state)
  # Two points have no hull, by which relative movement would be scaled.
  mode = system.modes.index('absolute')
  made = generate(source=source, driving=driving, first=first, mode=mode)
  assert made.shape == driving.shape
  assert np.isfinite(made).all()
  assert abs(made).max() <= 1


def test_a_run_is_not_overwritten(tmp_path):
  _, workdir = _converted(tmp_path, 'fomm')
  with pytest.raises(UserError, match='holds a run'):
    checkpoint_run.to_run(tmp_path / 'in.pth.tar', 'fomm', workdir, _config())
  with pytest.raises(UserError, match='give --format=fomm'):
    checkpoint_run.to_checkpoint(workdir, 'mraa', tmp_path / 'out.pth')


@pytest.mark.parametrize(
  ('family', 'name', 'change', 'match'),
  [
    ('fomm', 'keypoints', {'jacobian': 'shared'}, 'keypoints differs'),
    ('fomm', 'keypoints', {'blocks': 3}, r'networks of blocks \[2, 3\]'),
    ('fpb_fomm', 'keypoints', {}, 'cannot describe'),  # 2 points, not 18
    ('mraa', 'background', {}, r'networks of blocks \[1, 2\]'),
  ],
)
def test_networks_that_no_config_describes(
  tmp_path, family, name, change, match
):
  sizes = published.SIZES[family]
  path = tmp_path / 'in.pth.tar'
  tree = published.states(family, sizes | {name: sizes[name] | change})
  write_torch(path, tree)
  with pytest.raises(UserError, match=match):
    checkpoint_run.to_run(path, family, tmp_path / 'run', _config())
  assert not (tmp_path / 'run').exists()


def test_the_command_ends_in_one_line(tmp_path):
  path = tmp_path / 'vox-cpk.pth.tar'
  path.write_bytes(b'cos\nsystem\n(S"touch was-run"\ntR.')
  words = '--format=fomm', f'--checkpoint={path}', f'--workdir={tmp_path}/run'
  done = command('weights.convert', *words)
  assert done.returncode == 2
  assert 'asks to run os.system' in done.stderr
  assert len(done.stderr.strip().splitlines()) == 1
