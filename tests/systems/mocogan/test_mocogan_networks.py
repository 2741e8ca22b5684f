"""Sizes, what moves and what stays, and the noise of the discriminators."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.systems.mocogan.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
)

QUICK = {'xla_backend_optimization_level': 0}


def count(make):
  net = nnx.eval_shape(lambda: make(rngs=nnx.Rngs(0)))
  return sum(x.size for x in jax.tree.leaves(nnx.state(net, nnx.Param)))


def test_parameters_of_the_published_widths():
  """By hand: kernels, a scale and a bias a norm; no other biases."""
  gru = 2 * 30 * 10 + 2 * 30
  generator = 66 * 512 * 16 + 16 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
  assert count(Generator) == gru + generator + 2 * (512 + 256 + 128 + 64)
  image = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256)
  assert count(ImageDiscriminator) == image + 2 * (128 + 256)
  video = 64 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 7)
  assert count(VideoDiscriminator) == video + 2 * (128 + 256 + 512)


@pytest.fixture(scope='module')
def drawn():
  init, apply = pure(
    lambda rngs: Generator(
      content=5, categories=6, motion=3, channels=(4, 8), rngs=rngs
    )
  )
  keys = jax.random.split(jax.random.key(0), 4)
  codes = [
    jax.random.normal(keys[0], (2, 5)),
    jax.nn.one_hot(jnp.array([0, 3]), 6),
    jax.random.normal(keys[1], (2, 3)),
    jax.random.normal(keys[2], (2, 6, 3)),
  ]
  net = init(keys[3])  # larger, so that frames are not all grey
  net = net._replace(params=jax.tree.map(lambda x: 4 * x, net.params))
  run = jax.jit(lambda *codes: apply(net, *codes)[0])
  return run, codes


def test_frames_are_pictures(drawn):
  run, codes = drawn
  video = run(*codes)
  assert video.shape == (2, 6, 16, 16, 3)
  assert video.dtype == jnp.float32
  assert np.abs(video).max() <= 1
  assert np.ptp(video) > 0.1


def test_a_frame_is_drawn_from_its_own_code(drawn):
  """Later noise moves later frames alone; content and category move all."""
  run, (content, category, start, noise) = drawn
  video = run(content, category, start, noise)
  later = run(content, category, start, noise.at[:, 3:].add(1.0))
  np.testing.assert_allclose(later[:, :3], video[:, :3], atol=1e-6)
  for other in (
    later[:, 3:] - video[:, 3:],
    run(content + 1, category, start, noise) - video,
    run(content, 1 - category, start, noise) - video,
  ):
    assert np.abs(other).max((0, 2, 3, 4)).min() > 1e-4


@pytest.mark.parametrize(
  ('net', 'shape'),
  [
    (ImageDiscriminator, (2, 16, 16, 3)),
    (VideoDiscriminator, (2, 8, 16, 16, 3)),
  ],
)
def test_noise_is_by_key_and_deviation(net, shape):
  more = {'frames': 8} if net is VideoDiscriminator else {}
  x = jax.random.uniform(jax.random.key(1), shape, minval=-1.0)
  a, b = jax.random.split(jax.random.key(2))

  def network(noise):
    return pure(
      lambda rngs: net(channels=(4, 8), noise=noise, rngs=rngs, **more)
    )

  init, still = network(0.0)
  variables = jax.jit(init, compiler_options=QUICK)(jax.random.key(3))

  def logits(apply, key):
    run = jax.jit(
      lambda key: apply(variables, x, key)[0], compiler_options=QUICK
    )
    return jax.tree.leaves(run(key))[0]

  _, noisy = network(0.5)
  plain, first = logits(still, a), logits(noisy, a)
  np.testing.assert_array_equal(plain, logits(noisy, None))
  np.testing.assert_array_equal(first, logits(noisy, a))
  for other in (plain, logits(noisy, b)):
    assert np.abs(first - other).max() > 1e-4


def test_patches_and_one_answer_a_clip():
  def shapes(x):
    rngs = nnx.Rngs(0)
    image = ImageDiscriminator(channels=(4, 8), rngs=rngs)
    video = VideoDiscriminator(frames=9, channels=(4, 8), rngs=rngs)
    return image(x[:, 0]), video(x)

  patches, (real, category) = jax.eval_shape(
    shapes, jnp.zeros((2, 9, 16, 16, 3))
  )
  assert patches.shape == (2, 4, 4)
  assert (real.shape, category.shape) == ((2,), (2, 6))
