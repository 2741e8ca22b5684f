"""SSLG's networks: their arithmetic, where noise and dropout are, F_c."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_sslg import sslg_config

from facegen_jax.core.pure import pure
from facegen_jax.metrics.cost import macs
from facegen_jax.nn import quick_forms
from facegen_jax.systems.sslg.networks import Autoencoder, Decoder, Encoder
from facegen_jax.systems.sslg.recursion import Start
from facegen_jax.systems.sslg.system import System

KEYS = jax.random.split(jax.random.key(3), 2)


def shapes(system):
  """Its variables, without memory."""
  return jax.eval_shape(system.init, jax.random.key(0))['generator']


def step_macs(system):
  """Of one step as printed: three encodings and a decoding."""
  size = system.config.data.size
  picture = jax.ShapeDtypeStruct((1, size, size, 3), jnp.float32)

  def encode(v, x):
    return system.apply(v, x, method='encode')[0]

  def step(v, *pictures):
    latents = [encode(v, x) for x in pictures]
    return system.apply(v, latents, method='decode')[0]

  pictures = [picture] * (2 + system.config.model.constant)
  return macs(step, shapes(system), *pictures)


@pytest.fixture
def stock(monkeypatch):
  """XLA's own convolutions: a quicker form may count otherwise."""
  for row in quick_forms.TABLE[jax.default_backend()].values():
    for kind in row:
      monkeypatch.setitem(row, kind, 'stock')


TABLES = [
  ('paper', 9.0094),
  ('p2', 18.115),
  ('p3', 9.029),
  ('p4', 8.999),
  ('p5', 9.020),
  ('p1_128', 2.2523),
]


@pytest.mark.parametrize(('variant', 'billions'), TABLES)
def test_a_step_costs_what_its_table_says(variant, billions, stock):
  system = System(sslg_config(variant))
  assert step_macs(system) / 1e9 == pytest.approx(billions, rel=1e-3)


def test_a_frame_more_costs_one_encoding_and_one_decoding(stock):
  """5.02 GMACs at P1, where the naive form has 9.01."""
  system = System(sslg_config('paper'))
  picture = jax.ShapeDtypeStruct((1, 256, 256, 3), jnp.float32)
  keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), 1))
  start = Start(picture, picture, picture, keys)
  fewer, more = (
    macs(lambda v, s, n=n: system.unfold(v, s, n), shapes(system), start)
    for n in (10, 11)
  )
  assert (more - fewer) / 1e9 == pytest.approx(5.0164, rel=1e-3)


def test_sizes_of_the_paper():
  variables = shapes(System(sslg_config('paper')))
  encoder, decoder = (
    sum(x.size for x in jax.tree.leaves(variables.params[name]))
    for name in ('encoder', 'decoder')
  )
  assert round(encoder / 1e6, 2) == 11.15
  assert round(decoder / 1e6, 2) == 10.44


def autoencoder(up='transposed3', **more):
  """Its `decode`, and the latents of three pictures."""
  decoder = {'channels': (12, 6, 4), 'frames': 3, 'up': up, **more}
  init, apply = pure(
    lambda rngs: Autoencoder(
      encoder={'channels': (4, 8, 12)}, decoder=decoder, rngs=rngs
    )
  )
  v = quick_jit(init)(jax.random.key(0))
  encode = quick_jit(lambda x: apply(v, x, method='encode')[0])

  def decode(latents, constant=None, key=None, train=False):
    return apply(v, latents, constant, key, method='decode', train=train)[0]

  decode = quick_jit(decode, static_argnames='train')
  return decode, [encode(picture(i)) for i in range(3)]


def encoder_of(**more):
  """`(picture, keys) -> latents`."""
  init, apply = pure(lambda rngs: Encoder(**more, rngs=rngs))
  v = quick_jit(init)(jax.random.key(0))
  return v, quick_jit(lambda v, *x: apply(v, *x)[0])


def picture(seed=0, size=16):
  return jax.random.uniform(
    jax.random.key(seed), (2, size, size, 3), minval=-1, maxval=1
  )


@pytest.mark.parametrize('up', ['transposed3', 'transposed4', 'nearest3'])
def test_latents_of_every_level_and_a_picture(up):
  decode, frames = autoencoder(up)
  assert [x.shape for x in frames[0]] == [
    (2, 8, 8, 4),
    (2, 4, 4, 8),
    (2, 2, 2, 12),
  ]
  made = decode(frames)
  assert made.shape == (2, 16, 16, 3)
  assert jnp.abs(made).max() < 1


def test_every_level_of_every_frame_reaches_the_picture_in_its_place():
  decode, frames = autoencoder()
  made = decode(frames)
  for i in range(3):
    for k in range(3):
      other = [list(found) for found in frames]
      other[i][k] = -other[i][k]
      assert jnp.abs(decode(other) - made).max() > 1e-4, (i, k)
  assert jnp.abs(decode(frames[::-1]) - made).max() > 1e-4


def test_a_kernel_of_three_doubles_as_tensorflow_does():
  """SAME of stride 2: row 2i takes taps 0 and 2, row 2i + 1 the middle one."""
  decoder = Decoder(
    latents=(1,),
    frames=1,
    channels=(1,),
    norm='none',
    dropout=0.0,
    rngs=nnx.Rngs(0),
  )
  up = decoder.levels[0].conv
  up.kernel[...] = jnp.arange(1.0, 10).reshape(3, 3, 1, 1)
  x = jnp.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 2, 2, 1)
  y = decoder.levels[0](x, None)[0, :, :, 0]
  np.testing.assert_allclose(y[0], [1, 2, 3 + 10, 20])
  np.testing.assert_allclose(y[1], [4, 5, 6 + 40, 50])
  np.testing.assert_allclose(
    y[2], [100 + 7, 200 + 8, 300 + 9 + 1000 + 70, 2000 + 80]
  )


@pytest.mark.parametrize('site', ['input', 'shallow'])
def test_noise_is_each_example_s_own(site):
  v, encode = encoder_of(channels=(4, 8), noise_site=site)
  x = picture()
  plain, noisy = encode(v, x), encode(v, x, KEYS)
  for a, b in zip(plain, noisy, strict=True):
    assert jnp.abs(a - b).max() > 0.01
  alone = encode(v, x[::-1], KEYS[::-1])
  np.testing.assert_allclose(alone[1][::-1], noisy[1], atol=1e-5)


def test_noise_has_its_deviation():
  """The first layer lets every second pixel through."""
  v, encode = encoder_of(channels=(3,))
  kernel = jnp.zeros((4, 4, 3, 3)).at[1, 1].set(jnp.eye(3))
  v.params['levels'][0]['conv']['kernel'] = kernel
  x = jnp.full((2, 64, 64, 3), 5.0)  # so that the leaky ReLU does not bend
  found = encode(v, x, KEYS)[0] - 5
  assert float(found.std()) == pytest.approx(0.5, rel=0.03)
  assert abs(float(found.mean())) < 0.02


def test_dropout_is_for_training_and_the_deep_levels():
  decode, frames = autoencoder(dropout=0.5)
  a, b, c = (
    decode(frames, key=jax.random.key(k), train=True) for k in (0, 0, 1)
  )
  np.testing.assert_array_equal(a, b)
  assert jnp.abs(a - c).max() > 1e-4
  np.testing.assert_array_equal(
    decode(frames), decode(frames, key=jax.random.key(0))
  )
  four = nnx.eval_shape(
    lambda: Decoder(
      latents=(4,) * 4, frames=3, channels=(4,) * 4, rngs=nnx.Rngs(0)
    )
  )
  assert [level.dropout is None for level in four.levels] == [0, 0, 0, 1]


def test_a_residual_begins_with_the_constant_frame():
  decode, frames = autoencoder(residual=True)
  x = picture()
  np.testing.assert_allclose(decode(frames, x), x, atol=1e-6)


def test_a_residual_stays_in_range_and_gradients_come_back():
  init, apply = pure(
    lambda rngs: Decoder(
      latents=(4,), frames=1, channels=(4,), residual=True, rngs=rngs
    )
  )
  v = quick_jit(init)(jax.random.key(0))

  def brightness(bias):
    v.params['last']['bias'] = bias
    constant = jnp.full((1, 8, 8, 3), 0.9)
    return apply(v, [[jnp.ones((1, 4, 4, 4))]], constant)[0].mean()

  value, slope = quick_jit(jax.value_and_grad(brightness))(jnp.full(3, 5.0))
  assert value == pytest.approx(1)
  np.testing.assert_allclose(slope, 1 / 3, rtol=1e-5)
