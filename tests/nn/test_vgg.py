"""VGG-16's topology, input and small trained-from-scratch forms."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.vgg import (
  IMAGENET_MEAN,
  IMAGENET_STD,
  NAMES,
  TAPS,
  VGG,
  VGG_FACE_MEAN,
)


def test_full_width_is_vgg_16():
  net = nnx.eval_shape(lambda: VGG(rngs=nnx.Rngs(0)))
  params = jax.tree.leaves(nnx.state(net, nnx.Param))
  # 14,714,688 of the published convolutions; fc6, fc7; fc8 of 2622 classes.
  dense = 25088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 2622 + 2622
  assert sum(int(np.prod(p.shape)) for p in params) == 14714688 + dense
  assert len(NAMES) == 13


def test_taps_and_shapes_at_48():
  net = VGG(width=2, classes=6, fc_features=8, input_size=48, rngs=nnx.Rngs(0))
  out = jax.eval_shape(net.features, jnp.zeros((2, 96, 96, 3)))
  sizes = [48, 24, 12, 6, 3]
  widths = [2, 4, 8, 16, 16]
  for name, size, width in zip(TAPS, sizes, widths, strict=True):
    assert out[name].shape == (2, size, size, width)
  assert out['relu5_3'].shape == (2, 3, 3, 16)
  assert (out['fc7'].shape, out['logits'].shape) == ((2, 8), (2, 6))


def test_input_is_bytes_less_the_mean():
  net = VGG(width=1, input_size=32, fc_features=2, rngs=nnx.Rngs(0))
  x = jnp.stack([jnp.full((32, 32, 3), v) for v in (-1.0, 0.0, 1.0)])
  for row, value in zip(net.prepare(x), (0, 127.5, 255), strict=True):
    np.testing.assert_allclose(
      row[7, 9], value - np.array(VGG_FACE_MEAN), rtol=1e-5
    )


def test_taps_come_before_the_relu_and_logits_follow():
  net = VGG(width=2, classes=3, fc_features=4, input_size=32, rngs=nnx.Rngs(0))
  x = jax.random.uniform(jax.random.key(0), (2, 32, 32, 3)) * 2 - 1
  taps = jax.jit(lambda x: net(x))(x)
  first = net.conv1_2(nnx.relu(net.conv1_1(net.prepare(x))))
  np.testing.assert_allclose(taps['conv1_2'], first, rtol=1e-5, atol=1e-4)
  assert float(first.min()) < 0
  np.testing.assert_array_equal(taps['relu5_3'], nnx.relu(taps['conv5_3']))
  np.testing.assert_allclose(
    taps['logits'], net.fc8(taps['fc7']), rtol=1e-5, atol=1e-5
  )


@pytest.mark.parametrize('norm', ['batch', 'instance'])
def test_small_normed_net_learns(norm):
  """Two colours are told apart in a few steps, with plain dicts."""
  net = VGG(
    width=4,
    norm=norm,
    classes=2,
    fc_features=8,
    input_size=48,
    rngs=nnx.Rngs(0),
  )
  graph, *states = nnx.split(net, nnx.Param, ...)
  params, rest = map(nnx.to_pure_dict, states)
  draw = np.random.default_rng(0)
  labels = jnp.asarray(draw.integers(0, 2, 12))
  x = jnp.asarray(draw.normal(0, 0.2, (12, 48, 48, 3)), jnp.float32)
  stripes = jnp.where(jnp.arange(48) % 8 < 4, 0.5, -0.5)
  across = jnp.where(labels[:, None, None] == 1, stripes, stripes[:, None])
  x = x + across[..., None]

  def loss(params, rest):
    net = nnx.merge(graph, params, rest)
    logits = net(x)['logits']
    picked = jnp.take_along_axis(nnx.log_softmax(logits), labels[:, None], 1)
    rest = nnx.to_pure_dict(nnx.state(net, nnx.Not(nnx.Param)))
    return -picked.mean(), rest

  @jax.jit
  def step(params, rest):
    (value, rest), grad = jax.value_and_grad(loss, has_aux=True)(params, rest)
    return jax.tree.map(lambda p, g: p - 0.02 * g, params, grad), rest, value

  values = []
  for _ in range(15):
    params, rest, value = step(params, rest)
    values.append(float(value))
  assert np.mean(values[-3:]) < 0.5 * values[0]
  evaluation = nnx.view(
    nnx.merge(graph, params, rest),
    use_running_average=True,
    raise_if_not_found=False,
  )
  run = jax.jit(lambda x: evaluation(x)['logits'])
  np.testing.assert_allclose(run(x[:2]), run(x)[:2], atol=1e-4)


@pytest.mark.parametrize(('depth', 'count'), [(16, 138357544), (19, 143667240)])
def test_imagenet_networks_have_the_published_size(depth, count):
  net = nnx.eval_shape(
    lambda: VGG(depth=depth, classes=1000, input_size=None, rngs=nnx.Rngs(0))
  )
  params = jax.tree.leaves(nnx.state(net, nnx.Param))
  assert sum(int(np.prod(p.shape)) for p in params) == count


def test_imagenet_input_keeps_its_size():
  net = VGG(
    depth=19,
    width=1,
    classes=3,
    fc_features=2,
    input_size=None,
    mean=IMAGENET_MEAN,
    scale=IMAGENET_STD,
    rngs=nnx.Rngs(0),
  )
  x = jnp.zeros((2, 40, 64, 3))
  wanted = (0.5 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
  np.testing.assert_allclose(net.prepare(x)[1, 39, 63], wanted, rtol=1e-5)
  taps = jax.eval_shape(net.features, x)
  assert taps['relu5_4'].shape == (2, 2, 4, 8)
  assert taps['pool5'].shape == (2, 1, 2, 8)
  assert taps['avgpool'].shape == (2, 7, 7, 8)
  assert taps['logits'].shape == (2, 3)
  with pytest.raises(ValueError, match='32 pixels'):
    net(x[:, :31])


def test_trunk_alone_takes_smaller_pictures():
  net = VGG(depth=19, width=1, classes=None, input_size=None, rngs=nnx.Rngs(0))
  taps = net(jnp.zeros((1, 16, 16, 3)))
  assert taps['relu5_1'].shape == (1, 1, 1, 8)
  assert 'pool5' not in taps and 'logits' not in taps


def test_impossible_choices_are_refused():
  with pytest.raises(ValueError, match='depth is one of'):
    VGG(depth=11, rngs=nnx.Rngs(0))
  with pytest.raises(ValueError, match='32 pixels'):
    VGG(input_size=31, rngs=nnx.Rngs(0))
  with pytest.raises(ValueError, match="'layer'"):
    VGG(width=1, norm='layer', rngs=nnx.Rngs(0))
