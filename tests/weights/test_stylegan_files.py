"""StyleGAN 1's published kinds of files, brought to one."""

import importlib.util
import pathlib

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights import parity
from facegen_jax.weights.recipe import drawn
from facegen_jax.weights.stylegan_files import read_stylegan
from facegen_jax.weights.torch_writer import write_torch


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


like = _sibling('stylegan_like')


def _equal(one, two):
  assert one.keys() == two.keys()
  for name, value in one.items():
    assert value.dtype == np.float32
    np.testing.assert_array_equal(value, two[name], name)


@pytest.mark.parametrize('size', [8, 16, 128])
def test_the_official_file(tmp_path, size, monkeypatch):
  generator, critic = like.states(size=size)
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, like.official(size=size), monkeypatch)
  found = read_stylegan(path)
  assert found.sizes == like.sizes(size)
  assert (found.truncation, found.made) == ((0.7, 8), ())
  _equal(found.generator, generator)
  _equal(found.discriminator, critic)


def test_what_a_file_says_of_truncation(tmp_path, monkeypatch):
  tree = like.official()
  tree[2]['static_kwargs'] |= {'truncation_psi': 0.5, 'truncation_cutoff': 4}
  path = tmp_path / 'network.pkl'
  like.save_pkl(path, tree, monkeypatch)
  assert read_stylegan(path).truncation == (0.5, 4)


@pytest.mark.parametrize('nested', [False, True])
def test_genforce(tmp_path, nested):
  generator, critic = like.states()
  trained = like.states(seed=7)[0]
  tree = {'generator': trained, 'discriminator': critic}
  tree |= {'generator_smooth': generator}
  path = tmp_path / 'a.pth'
  write_torch(path, {'models': tree, 'iteration': 3} if nested else tree)
  found = read_stylegan(path)
  _equal(found.generator, generator)
  _equal(found.discriminator, critic)
  blurs = {'synthesis.layer2.blur.kernel': np.tile(like.BLUR, (4, 1, 1, 1))}
  write_torch(path, generator | blurs)
  alone = read_stylegan(path)
  _equal(alone.generator, generator)
  assert alone.discriminator is None


@pytest.mark.parametrize('size', [16, 128])
def test_interfacegan(tmp_path, size):
  generator, _ = like.states(size=size)
  path = tmp_path / 'a.pth'
  state = like.interfacegan(generator)
  assert ('synthesis.layer10.weight' in state) == (size == 128)
  write_torch(path, state)
  found = read_stylegan(path)
  assert (found.sizes, found.discriminator) == (like.sizes(size), None)
  _equal(found.generator, generator)


def test_interfacegan_by_its_stored_names(tmp_path, goldens):
  folder = goldens / 'stylegan_vgg_resnet'
  stored = folder / 'stylegan_g_interfacegan_keys_r32.npz'
  config = parity.read_golden(stored).config
  state = drawn(config['recipe'], config['recipe_seed'], config['param_sha256'])
  path = tmp_path / 'a.pth'
  write_torch(path, state)
  names = config['key_map_to_genforce']
  found = read_stylegan(path).generator
  assert set(found) == set(names.values())
  for theirs, value in state.items():  # the recipe has no level of detail
    np.testing.assert_array_equal(found[names[theirs]], value, theirs)


def test_lernapparat_is_made_whole(tmp_path):
  generator, _ = like.states()
  path = tmp_path / 'a.pt'
  write_torch(path, like.lernapparat(generator))
  found = read_stylegan(path)
  made = {
    *(n for n in generator if n.endswith('noise') or n.endswith('lod')),
    *(f'synthesis.output{i}.{k}' for i in (0, 1) for k in ('weight', 'bias')),
    'truncation.w_avg',
  }
  assert set(found.made) == made
  kept = {n: v for n, v in generator.items() if n not in made}
  _equal({n: found.generator[n] for n in kept}, kept)
  again = read_stylegan(path).generator
  _equal(found.generator, again)
  noise = found.generator['synthesis.layer5.apply_noise.noise']
  assert 0.8 < noise.std() < 1.2
  assert not np.array_equal(
    noise, found.generator['synthesis.layer4.apply_noise.noise']
  )


def test_the_mean_code_that_is_made(tmp_path):
  """Of other z, by the mapping network as it is defined."""
  generator, _ = like.states()
  path = tmp_path / 'a.pt'
  write_torch(path, like.lernapparat(generator))
  x = np.random.default_rng(1).normal(size=(20000, 6))
  x /= np.sqrt((x**2).mean(1, keepdims=True))
  for i in range(3):
    weight = generator[f'mapping.dense{i}.weight']
    x = x @ weight.T * np.sqrt(2 / weight.shape[1]) * 0.01
    x = x + generator[f'mapping.dense{i}.bias'] * 0.01
    x = np.where(x < 0, 0.2 * x, x)
  made = read_stylegan(path).generator['truncation.w_avg']
  np.testing.assert_allclose(made, x.mean(0), atol=0.1 * x.std())


def test_the_stored_pickle_is_its_siblings(goldens):
  path = goldens / 'stylegan_vgg_resnet' / 'stylegan_tf_like_r32.pkl'
  row = parity.check(path)
  assert (row.verdict, row.error, row.compared) == ('ok', 0.0, 101)


def test_one_number_of_a_pickle_off_is_told(tmp_path, monkeypatch):
  generator, critic = like.states()
  like.save_pkl(
    tmp_path / 'stylegan_tf_like_a.pkl', like.official(), monkeypatch
  )

  def siblings(**spoilt):
    for name, state in (('g', generator | spoilt), ('d', critic)):
      arrays = {f'param/{k}': v for k, v in state.items()}
      np.savez(tmp_path / f'stylegan_{name}_a.npz', **arrays)
    return parity.check(tmp_path / 'stylegan_tf_like_a.pkl').verdict

  assert siblings() == 'ok'
  wrong = generator['mapping.dense1.bias'].copy()
  wrong[2] = np.nextafter(wrong[2], 9)
  assert siblings(**{'mapping.dense1.bias': wrong}) == 'FAIL'
  (tmp_path / 'stylegan_d_a.npz').unlink()
  verdict = parity.check(tmp_path / 'stylegan_tf_like_a.pkl').verdict
  assert 'stylegan_d_a.npz' in verdict


def test_no_file(tmp_path):
  with pytest.raises(UserError, match='no such file'):
    read_stylegan(tmp_path / 'a.pkl')
