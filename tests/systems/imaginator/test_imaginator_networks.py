"""ImaGINator's networks: sizes of upstream's, where each input has a say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.systems.imaginator.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
)

CHANNELS, MIDDLE = (64, 128, 256, 512), (4096, 3072, 1536, 768, 36)


def _generator(channels=(4, 8), middle=(8, 6, 4), appearance=5, noise=3):
  return pure(
    lambda rngs: Generator(
      channels, middle, appearance=appearance, noise=noise, rngs=rngs
    )
  )


def test_upstreams_sizes():
  init, apply = _generator(CHANNELS, MIDDLE, 100, 512)
  variables = jax.eval_shape(init, jax.random.key(0))
  made, _ = jax.eval_shape(
    apply,
    variables,
    jnp.zeros((2, 64, 64, 3)),
    jnp.zeros((2, 512)),
    jnp.zeros(2, int),
  )
  assert made.video.shape == (2, 32, 64, 64, 3)
  assert made.video.dtype == jnp.float32
  assert [x.shape for x in made.maps] == [
    (2, 64 // 2**i, 64 // 2**i, 32 * 2**i) for i in (1, 2, 3, 4)
  ]
  assert made.code.shape == (2, 100)
  # A level takes what the last made, the picture's map and the label.
  blocks = variables.params['decoder']['blocks']
  inputs = [blocks[i]['temporal']['kernel'].shape[-2] for i in range(4)]
  assert inputs == [100 + 512 + 6, 512 * 2 + 6, 256 * 2 + 6, 128 * 2 + 6]
  for i, block in blocks.items():
    assert block['temporal']['kernel'].shape[:3] == (4 if i else 2, 1, 1)
    assert block['spatial']['kernel'].shape[:3] == (1, 4, 4)


def _quick(draw):
  """`draw(key)`, quickly compiled."""
  options = {'xla_backend_optimization_level': 0}
  return jax.jit(draw, compiler_options=options)(jax.random.key(0))


@pytest.fixture(scope='module')
def generate():
  """A tiny generator: `(picture, noise, label) -> clip`."""
  init, apply = _generator()
  variables = _quick(init)
  return jax.jit(lambda *x: apply(variables, *x)[0].video)


def _inputs():
  picture, noise = jax.random.split(jax.random.key(1))
  return (
    jax.random.normal(picture, (2, 16, 16, 3)),
    jax.random.normal(noise, (2, 3)),
    jnp.array([2, 3]),
  )


@pytest.mark.parametrize('which', [0, 1, 2])
def test_picture_noise_and_label_each_have_a_say(generate, which):
  x = list(_inputs())
  before = generate(*x)
  assert before.shape == (2, 8, 16, 16, 3)
  x[which] = x[which].at[1].add(1)
  after = generate(*x)
  np.testing.assert_array_equal(before[0], after[0])
  assert np.abs(before[1] - after[1]).max() > 1e-5


def test_the_decoder_starts_as_pytorch_would():
  """Uniform within 1 / sqrt(out taps); of one value each, flat in its range."""
  init, _ = _generator(channels=(16, 32), middle=(64, 32, 8))

  def draw(key):
    return init(key).params['decoder']['blocks'][0]['spatial']['kernel']

  kernel = np.asarray(_quick(draw))  # 1 4 4 64 32
  bound = 1 / np.sqrt(32 * 16)
  assert 0.98 * bound < np.abs(kernel).max() <= bound
  assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)


def test_the_video_discriminator_reads_the_label():
  init, apply = pure(lambda rngs: VideoDiscriminator((4, 8), rngs=rngs))
  variables, apply = _quick(init), jax.jit(apply)
  params = variables.params
  assert params['first']['kernel'].shape == (4, 4, 4, 3, 4)
  assert params['convs'][0]['kernel'].shape == (4, 4, 4, 4 + 6, 8)
  video = jax.random.normal(jax.random.key(0), (2, 8, 16, 16, 3))
  one, other = (
    apply(variables, video, jnp.array([0, label]))[0] for label in (1, 4)
  )
  assert one.shape == (2,)
  assert one[0] == other[0]
  assert one[1] != other[1]


def test_the_image_discriminator_reads_a_frame():
  init, apply = pure(lambda rngs: ImageDiscriminator((4, 8), rngs=rngs))
  variables = jax.eval_shape(init, jax.random.key(0))
  logits, _ = jax.eval_shape(apply, variables, jnp.ones((3, 16, 16, 3)))
  assert logits.shape == (3,)
  assert logits.dtype == jnp.float32
