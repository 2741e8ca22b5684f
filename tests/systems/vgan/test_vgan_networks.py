"""VGAN's networks: sizes of the paper's, what they are made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.systems.vgan.networks import GIVEN, Discriminator, Generator

WIDE = (512, 256, 128, 64)
TINY = (8, 4)


def _generator(given, channels, code=100):
  return pure(
    lambda rngs: Generator(
      given,
      video=channels,
      background=channels if given == 'noise' else channels[1:],
      encoder=channels[::-1],
      noise=code,
      rngs=rngs,
    )
  )


def _inputs(given, size, code=100, batch=2):
  if given == 'noise':
    return (jax.random.normal(jax.random.key(3), (batch, code)),)
  x = jax.random.uniform(jax.random.key(3), (batch, size, size, 3)) * 2 - 1
  return (x, jnp.arange(batch)) if given == 'picture_and_label' else (x,)


def _count(params):
  return sum(x.size for x in jax.tree.leaves(params))


@pytest.mark.parametrize('given', GIVEN)
def test_the_papers_sizes(given):
  init, apply = _generator(given, WIDE)
  variables = jax.eval_shape(init, jax.random.key(0))
  made, _ = jax.eval_shape(apply, variables, *_inputs(given, 64))
  assert made.video.shape == made.foreground.shape == (2, 32, 64, 64, 3)
  assert made.mask.shape == (2, 32, 64, 64, 1)
  assert made.background.shape == (2, 64, 64, 3)
  assert made.video.dtype == jnp.float32


def test_parameters_of_the_unconditional_networks():
  """By hand: kernels, biases, and two of a norm, layer by layer."""
  init, _ = _generator('noise', WIDE)
  found = _count(jax.eval_shape(init, jax.random.key(0)).params)

  def layers(taps, first):
    inner = first + sum(
      a * b * taps for a, b in ((512, 256), (256, 128), (128, 64))
    )
    return inner + 3 * (512 + 256 + 128 + 64)

  still = layers(16, 100 * 512 * 16) + 64 * 3 * 16 + 3
  moving = layers(64, 100 * 512 * 32) + 64 * 4 * 64 + 4
  assert found == still + moving
  judge, _ = pure(lambda rngs: Discriminator(WIDE[::-1], rngs=rngs))
  found = _count(jax.eval_shape(judge, jax.random.key(0)).params)
  kernels = 64 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512) + 512 * 2 * 32
  assert found == kernels + 64 + 3 * (128 + 256 + 512) + 2


def _noisy(init):
  """First values at which tanh and sigmoid matter, quickly compiled."""

  def draw(key):
    variables = init(key)
    leaves, tree = jax.tree.flatten(variables.params)
    pairs = zip(leaves, jax.random.split(key, len(leaves)), strict=True)
    params = [x + jax.random.normal(k, x.shape) for x, k in pairs]
    return variables._replace(params=tree.unflatten(params))

  quick = {'xla_backend_optimization_level': 0}
  return jax.jit(draw, compiler_options=quick)(jax.random.key(0))


@pytest.fixture(params=['noise', 'picture_and_label'])
def made(request):
  """What a tiny generator makes, and of what."""
  given = request.param
  init, apply = _generator(given, TINY, code=6)
  inputs = _inputs(given, 16, code=6, batch=3)
  return jax.jit(apply)(_noisy(init), *inputs)[0]


def test_the_mask_chooses_between_the_streams(made):
  assert made.video.shape == (3, 8, 16, 16, 3)
  still = np.repeat(made.background[:, None], 8, 1)
  wanted = made.mask * made.foreground + (1 - made.mask) * still
  np.testing.assert_allclose(made.video, wanted, atol=1e-6)
  assert made.mask.min() >= 0 and made.mask.max() <= 1
  assert made.mask.std() > 0.05
  low = np.minimum(made.foreground, still)
  high = np.maximum(made.foreground, still)
  assert (made.video >= low - 1e-6).all() and (made.video <= high + 1e-6).all()


def test_the_label_has_a_say_only_with_a_label():
  init, apply = _generator('picture_and_label', TINY)
  variables, apply = _noisy(init), jax.jit(apply)
  picture, _ = _inputs('picture_and_label', 16)
  one, other = (
    apply(variables, picture, jnp.array([0, label]))[0] for label in (1, 4)
  )
  np.testing.assert_array_equal(one.code, other.code)
  np.testing.assert_array_equal(one.video[0], other.video[0])
  assert np.abs(one.foreground[1] - other.foreground[1]).max() > 0.01
  assert np.abs(one.background[1] - other.background[1]).max() > 0.01


@pytest.mark.parametrize('labelled', [False, True])
def test_the_discriminator_reads_the_label_where_it_is_told_to(labelled):
  init, apply = pure(
    lambda rngs: Discriminator((4, 8), labelled=labelled, rngs=rngs)
  )
  variables, apply = _noisy(init), jax.jit(apply)
  video = jax.random.normal(jax.random.key(0), (2, 8, 16, 16, 3))
  labels = jnp.array([0, 0]), jnp.array([0, 5])
  one, other = (apply(variables, video, label)[0] for label in labels)
  assert one.shape == (2, 2)
  np.testing.assert_array_equal(one[0], other[0])
  assert (np.abs(one[1] - other[1]).max() > 0) == labelled


def test_bfloat16_computes_and_float32_leaves():
  init, apply = pure(
    lambda rngs: Generator(
      'noise',
      video=TINY,
      background=TINY,
      noise=6,
      dtype=jnp.bfloat16,
      rngs=rngs,
    )
  )
  variables = jax.eval_shape(init, jax.random.key(0))
  noise = jnp.ones((1, 6))
  made, stats = jax.eval_shape(
    lambda *x: apply(*x, train=True), variables, noise
  )
  assert made.video.dtype == jnp.float32
  kept = jax.tree.leaves((variables, stats))
  assert {x.dtype for x in kept} == {jnp.dtype('float32')}
  inner = jax.make_jaxpr(lambda v: apply(v, noise)[0].video)(variables)
  assert 'bf16' in str(inner)
