"""StyleGAN against stored outputs, its names to and fro, its sizes."""

import json

from flax import nnx
import jax
import numpy as np
import pytest
from tiny_stylegan import discriminator, generator

from facegen_jax.core.errors import UserError
from facegen_jax.weights import parity, parity_stylegan, stylegan
from facegen_jax.weights.export import to_state
from facegen_jax.weights.stylegan_sizes import (
  discriminator_sizes,
  generator_sizes,
)

WIDTHS = {
  'size': 128,
  'widths': {4 << i: 2 + i for i in range(6)},
}
_STORED = {
  'stylegan_g_r128_fused': 21,
  'stylegan_d_r128_fused': 8,
  'stylegan_gloss_r32': 62,
}


@pytest.mark.goldens
@pytest.mark.parametrize('name', _STORED)
def test_stored_outputs_of_the_reference(goldens, name):
  row = parity.check(goldens / 'stylegan_vgg_resnet' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared == _STORED[name]


def _state(net, table):
  tree = nnx.to_pure_dict(nnx.state(net))
  return to_state(table, tree, layouts=stylegan.BACK)


@pytest.fixture(scope='module')
def generated():
  """A generator whose last doubling is fused, and its arrays by their names."""
  net = generator(**WIDTHS, mapping_width=3)
  return net, _state(net, stylegan.generator(128, 2))


@pytest.fixture(scope='module')
def judged():
  net = discriminator(**WIDTHS)
  return net, _state(net, stylegan.discriminator(128))


def _alike(a, b):
  a, b = (nnx.to_pure_dict(nnx.state(net)) for net in (a, b))
  assert jax.tree.structure(a) == jax.tree.structure(b)
  jax.tree.map(np.testing.assert_array_equal, a, b)


def test_a_generator_comes_back_from_its_names(generated):
  net, state = generated
  detail = {'synthesis.lod': np.zeros(1)}
  _alike(net, parity_stylegan.generator(state | detail))
  assert len(state) == len(jax.tree.leaves(nnx.state(net)))


def test_a_discriminator_comes_back_from_its_names(judged):
  net, state = judged
  _alike(net, parity_stylegan.discriminator(state | {'lod': np.zeros(1)}))
  assert len(state) == len(jax.tree.leaves(nnx.state(net)))


def test_only_fused_kernels_are_turned(generated):
  net, state = generated
  for i in (1, 8, 9, 10, 11):
    kernel = net.synthesis.layers[i].conv.kernel[...]
    kernel = kernel[::-1, ::-1] if i == 10 else kernel
    theirs = state[f'synthesis.layer{i}.weight']
    np.testing.assert_array_equal(theirs, kernel.transpose(3, 2, 0, 1))


def test_arrays_have_their_layouts(generated, judged):
  net, state = generated
  const = net.synthesis.const[...]
  assert state['synthesis.layer0.const'].shape == (1, 2, 4, 4)
  assert state['synthesis.layer0.const'][0, 1, 2, 3] == const[2, 3, 1]
  noise = state['synthesis.layer5.apply_noise.noise']
  assert noise[0, 0, 3, 7] == net.noise[5][0, 3, 7, 0]
  assert state['mapping.dense1.weight'].shape == (4, 3)
  net, state = judged
  hidden = state['layer11.weight'].reshape(2, 2, 4, 4)
  ours = net.hidden.kernel[...].reshape(4, 4, 2, 2)
  assert hidden[1, 0, 2, 3] == ours[2, 3, 0, 1]
  first = net.from_rgb[5].kernel[0, 0]
  np.testing.assert_array_equal(state['input0.weight'][..., 0, 0], first.T)


def test_sizes_are_read_from_the_arrays(generated, judged):
  assert generator_sizes(generated[1]) == {
    **WIDTHS,
    'z': 5,
    'w': 4,
    'mapping_layers': 2,
    'mapping_width': 3,
  }
  assert discriminator_sizes(judged[1]) == WIDTHS


@pytest.mark.parametrize(
  ('name', 'value', 'words'),
  [
    ('mapping.dense0.weight', None, 'it has no mapping.dense0.weight'),
    ('mapping.dense1.weight', np.zeros(3), 'dense1.weight has 1 axes, not 2'),
    ('synthesis.layer4.bias', None, '4 px to|missing: synthesis.layer4.bias'),
    ('synthesis.layer11.bias', None, '11 synthesis layers'),
    ('synthesis.layer2.weight', None, 'missing: synthesis.layer2.weight'),
    ('synthesis.layer9.weight', np.zeros((6, 6, 1, 1)), 'reshaped: synth'),
    ('truncation.w_avg', None, 'missing: truncation.w_avg'),
    ('spare', np.zeros(2), 'extra: spare'),
  ],
)
def test_what_is_amiss_in_a_generator_is_named(generated, name, value, words):
  state = dict(generated[1])
  state.pop(name, None)
  state |= {} if value is None else {name: value}
  with pytest.raises(UserError, match=words):
    parity_stylegan.generator(state)


def test_what_is_amiss_in_a_discriminator_is_named(judged):
  state = dict(judged[1])
  with pytest.raises(UserError, match='has 0 fromRGB layers'):
    parity_stylegan.discriminator({})
  del state['layer11.bias']
  with pytest.raises(UserError, match=r'missing: layer11\.bias'):
    parity_stylegan.discriminator(state)


@pytest.mark.parametrize(
  ('named', 'words'),
  [('../x', 'no file of this folder'), ('x', 'cannot be read'), (3, 'no file')],
)
def test_siblings_are_of_the_folder(tmp_path, named, words):
  config = {
    'model': 'stylegan_v1_generator_loss',
    'generator': named,
    'discriminator': named,
  }
  path = tmp_path / 'loss.npz'
  np.savez(path, config=json.dumps(config))
  assert words in parity.check(path).verdict
