"""StyleGAN's checkpoints become runs of AU transfer, and runs checkpoints."""

import importlib.util
import pathlib

import jax
import numpy as np
import pytest
from smoke import command, experiment

from facegen_jax import encoding, runs, train
from facegen_jax.animation import portrait
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.weights import checkpoint_stylegan, checkpoint_stylegan_export
from facegen_jax.weights.stylegan_files import read_stylegan
from facegen_jax.weights.torch_reader import read_torch
from facegen_jax.weights.torch_writer import write_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


like = _sibling('stylegan_like')
_SIZE = 8


def _file(folder, **changes):
  """A checkpoint of genforce's, whose noise and weights are moderate."""
  generator, critic = like.states(size=_SIZE, **changes)
  path = folder / 'in.pth'
  write_torch(path, {'generator_smooth': generator, 'discriminator': critic})
  return path


def _vgg16(folder):
  """A torchvision VGG-16 of one or two channels."""
  draw, state, before = np.random.default_rng(0), {}, 3
  places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
  for i, width in zip(places, (1, 1, 2, 2) + (4,) * 3 + (8,) * 6, strict=True):
    kernel = draw.normal(size=(width, before, 3, 3)) / np.sqrt(4 * before)
    state[f'features.{i}.weight'] = np.float32(kernel)
    state[f'features.{i}.bias'] = np.zeros(width, np.float32)
    before = width
  for i, (a, b) in enumerate(((8 * 49, 5), (5, 5), (5, 7))):
    kernel = draw.normal(size=(b, a)) / np.sqrt(a)
    state[f'classifier.{3 * i}.weight'] = np.float32(kernel)
    state[f'classifier.{3 * i}.bias'] = np.zeros(b, np.float32)
  path = folder / 'vgg16.npz'
  np.savez(path, **state)
  return str(path)


def _config():
  return experiment('au_transfer', 'paper').lock()


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
  """A checkpoint and its run, with a network to encode by."""
  folder = tmp_path_factory.mktemp('stylegan')
  path, workdir = _file(folder), folder / 'run'
  vgg16 = _vgg16(folder)
  checkpoint_stylegan.to_run(path, workdir, _config(), vgg16=vgg16)
  return path, workdir


@pytest.fixture(scope='module')
def opened(converted):
  """Its system and its networks."""
  system, state, config = runs.open_generator(converted[1])
  return system, state.nets, config


def test_a_run_and_back(tmp_path, converted):
  path, workdir = converted
  back = tmp_path / 'out.pth'
  checkpoint_stylegan_export.to_checkpoint(workdir, back)
  one, two = read_stylegan(path), read_stylegan(back)
  assert (one.sizes, two.made) == (two.sizes, ())
  for part in ('generator', 'discriminator'):
    arrays = getattr(two, part)
    for name, value in getattr(one, part).items():
      np.testing.assert_array_equal(value, arrays[name], name)
  stored = read_torch(back)
  blur = stored['generator_smooth']['synthesis.layer2.blur.kernel']
  np.testing.assert_allclose(blur, np.tile(like.BLUR, (4, 1, 1, 1)))
  assert stored['discriminator']['layer1.blur.kernel'].shape == (4, 1, 3, 3)
  assert stored['discriminator']['lod'].shape == ()


def test_the_config_is_the_checkpoint_s(opened):
  _, _, config = opened
  model = config.model
  found = [model[k] for k in ('z', 'w', 'mapping_layers', 'mapping_width')]
  assert found == [6, 4, 3, 5]
  assert (model.psi, model.cutoff, config.data.size) == (0.7, 8, _SIZE)
  assert config.encode.start == 'mean'


def test_a_converted_run_renders(opened, converted):
  system, nets, _ = opened
  mean = system.mean_code(nets, system.frozen())
  w_avg = read_stylegan(converted[0]).generator['truncation.w_avg']
  np.testing.assert_array_equal(mean, np.tile(w_avg, (4, 1)))
  key = jax.random.key(0)
  made = jax.jit(system.generate)(nets, {}, {'seeds': np.arange(2)}, key)
  assert made.shape == (2, _SIZE, _SIZE, 3)
  assert np.isfinite(made).all() and np.ptp(made) > 0
  assert not np.array_equal(made[0], made[1])


def test_pictures_are_compared_by_the_imported_network(opened):
  system, nets, _ = opened
  draw = np.random.default_rng(0)
  pictures = draw.uniform(-1, 1, (2, _SIZE, _SIZE, 3)).astype(np.float32)
  found = jax.jit(system.encode_feature)(nets, system.frozen(), pictures)
  assert found.shape == (2, 7)
  assert abs(found[0] - found[1]).max() > 0
  with pytest.raises(UserError, match=r"no v .*begin with 'mean'"):
    system.first_code(nets, system.frozen(), pictures)
  with pytest.raises(UserError, match='no judge'):
    system.judged(nets, system.frozen(), pictures)


def test_without_a_network_to_encode_by_it_renders_only(tmp_path):
  workdir = tmp_path / 'run'
  checkpoint_stylegan.to_run(_file(tmp_path), workdir, _config())
  system, state, _ = runs.open_generator(workdir)
  codes = system.mean_code(state.nets, {})[None]
  made = jax.jit(system.render)(state.nets, {}, codes)
  assert np.isfinite(made).all()
  with pytest.raises(UserError, match=r'made without config\.features\.vgg16'):
    system.encode_feature(state.nets, {}, made)


def test_what_a_user_chooses(tmp_path):
  found = []
  for i, chosen in enumerate(({}, {'psi': 0.4, 'cutoff': 2, 'crop': 'whole'})):
    workdir = tmp_path / f'{i}'
    checkpoint_stylegan.to_run(_file(tmp_path), workdir, _config(), **chosen)
    config = Checkpoints(workdir, create=False).config()
    found.append((config.model.psi, config.model.cutoff, config.data.crop))
  assert found == [(0.7, 8, 'ffhq'), (0.4, 2, 'whole')]
  assert portrait.trained_kind(config.data).name == 'whole'


def test_channels_that_no_config_describes(tmp_path):
  path = _file(tmp_path, widths={4: 2, 8: 4})
  with pytest.raises(UserError, match=r'channels \[2, 4\] from 4 px on'):
    checkpoint_stylegan.to_run(path, tmp_path / 'run', _config())
  assert not (tmp_path / 'run').exists()


def test_a_wrong_vgg16_leaves_no_run(tmp_path):
  path = _file(tmp_path)
  with pytest.raises(UserError, match=r'in\.pth is no torchvision VGG'):
    checkpoint_stylegan.to_run(
      path, tmp_path / 'run', _config(), vgg16=str(path)
    )
  assert not (tmp_path / 'run').exists()


def test_runs_are_not_mixed_up(tmp_path, converted):
  path, workdir = converted
  with pytest.raises(UserError, match='holds a run'):
    checkpoint_stylegan.to_run(path, workdir, _config())
  other = experiment('facial_prior', 'paper').lock()
  with pytest.raises(UserError, match=r'give --config=configs/au_transfer\.py'):
    checkpoint_stylegan.to_run(path, tmp_path / 'run', other)


def test_training_does_not_go_on_from_weights_alone(converted):
  config = Checkpoints(converted[1], create=False).config()
  with pytest.raises(UserError, match=r'weights alone'):
    train.train(config, converted[1])


def test_the_command(tmp_path, monkeypatch):
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, like.official(size=_SIZE), monkeypatch)
  run, back = tmp_path / 'run', tmp_path / 'back.pth'
  words = '--format=stylegan', f'--workdir={run}'
  done = command('weights.convert', *words, f'--checkpoint={path}')
  assert done.returncode == 0, done.stderr
  assert 'StyleGAN of 8 px, from the official TensorFlow file' in done.stdout
  done = command('weights.convert', *words, f'--checkpoint={back}', '--reverse')
  assert done.returncode == 0, done.stderr
  generator = read_stylegan(back).generator
  for name, value in like.states(size=_SIZE)[0].items():
    np.testing.assert_array_equal(value, generator[name], name)


def test_codes_begin_at_the_mean(converted):
  encoder = encoding.open_encoder(converted[1])
  how = encoder.how._replace(iterations=3)
  draw = np.random.default_rng(0)
  pictures = draw.integers(0, 256, (1, _SIZE, _SIZE, 3), np.uint8)
  found = encoder.encode(pictures, how=how)
  assert found.codes.shape == (1, 4, 4)
  assert found.trace.shape == (1, 4)
  assert np.isfinite(found.trace).all()
  with pytest.raises(UserError, match=r"no v .*begin with 'mean'"):
    encoder.encode(pictures, start='v', how=how)
