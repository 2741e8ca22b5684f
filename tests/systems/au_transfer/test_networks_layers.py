"""StyleGAN's layers: resampling, equalised rates, sizes."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_stylegan import normal

from facegen_jax.nn.conv import conv2d
from facegen_jax.nn.resize import average_pool, nearest
from facegen_jax.systems.au_transfer import equalised
from facegen_jax.systems.au_transfer.discriminator import Discriminator
from facegen_jax.systems.au_transfer.generator import Generator
from facegen_jax.systems.au_transfer.mapping import Mapping

SCALE = np.sqrt(2 / (9 * 3))


def test_doubling_is_nearest_then_convolution_borders_included():
  layer = equalised.UpConv(3, 2, rngs=nnx.Rngs(0))
  x = normal(1, 2, 4, 6, 3)
  found = quick_jit(layer.__call__)(x)
  wide = nearest(x, (8, 12))
  wanted = conv2d(wide, layer.kernel[...] * SCALE, padding=1, form='stock')
  np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_halving_is_convolution_then_means_then_bias():
  layer = equalised.DownConv(3, 2, rngs=nnx.Rngs(0))
  layer.bias[...] = jnp.array([0.5, -1.0])
  x = normal(1, 2, 4, 6, 3)
  found = quick_jit(layer.__call__)(x)
  y = conv2d(x, layer.kernel[...] * SCALE, padding=1, form='stock')
  wanted = average_pool(y, 2, stride=2) + layer.bias[...]
  np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_blur_spreads_a_pixel_and_loses_what_leaves_the_picture():
  row = np.array([1, 2, 1]) / 4
  x = np.zeros((1, 5, 5, 1), np.float32)
  x[0, 2, 3] = x[0, 0, 0] = 1
  found = quick_jit(equalised.blur)(x)[0, :, :, 0]
  np.testing.assert_allclose(found[1:4, 2:5], np.outer(row, row))
  np.testing.assert_allclose(found[:2, :2], np.outer(row[1:], row[1:]))
  assert found.sum() == 1 + 9 / 16


def test_stored_weights_are_unit_normal_whatever_the_width():
  conv = equalised.EqualConv(300, 8, rngs=nnx.Rngs(0))
  np.testing.assert_allclose(conv.kernel[...].std(), 1, rtol=0.02)
  spread = np.sqrt(2 / (9 * 300))
  np.testing.assert_allclose(conv.weights().std(), spread, rtol=0.02)
  mapping = Mapping(200, 200, layers=1, width=200, rngs=nnx.Rngs(0))
  dense = mapping.layers[0]
  np.testing.assert_allclose(dense.kernel[...].std(), 100, rtol=0.02)
  dense.bias[...] = jnp.full(200, 50.0)
  still = mapping(jnp.zeros((1, 200)))
  np.testing.assert_allclose(still, np.full((1, 200), 0.5), rtol=1e-5)


def test_mapping_is_blind_to_the_length_of_z():
  mapping = Mapping(6, 4, layers=3, width=5, rngs=nnx.Rngs(0))
  z = normal(2, 3, 6)
  assert [x.kernel.shape for x in mapping.layers] == [(6, 5), (5, 5), (5, 4)]
  np.testing.assert_allclose(mapping(7 * z), mapping(z), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
  ('make', 'count'), [(Generator, 26_219_627), (Discriminator, 23_087_249)]
)
def test_at_1024_px_there_are_as_many_parameters_as_published(make, count):
  net = nnx.eval_shape(lambda: make(size=1024, rngs=nnx.Rngs(0)))
  leaves = jax.tree.leaves(nnx.state(net, nnx.Param))
  assert sum(x.size for x in leaves) == count


def test_channels_follow_the_rule_unless_given():
  found = equalised.channels(32, 128, 20, {8: 3})
  assert found == {4: 20, 8: 3, 16: 8, 32: 4}


@pytest.mark.parametrize(
  ('given', 'words'),
  [
    ((12, 64, 8), 'not 12'),
    ((4, 64, 8), 'at least 8'),
    ((64, 32, 8), '64 px: raise base'),
    ((8, 64, 8, {8: 0}), '8 px'),
  ],
)
def test_impossible_sizes_are_told(given, words):
  with pytest.raises(ValueError, match=words):
    equalised.channels(*given)
