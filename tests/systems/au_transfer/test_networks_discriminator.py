"""StyleGAN's discriminator: the batch's spread, growing; R1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_stylegan import discriminator, normal

from facegen_jax.losses.gradient_penalty import r1
from facegen_jax.nn.resize import average_pool
from facegen_jax.systems.au_transfer.discriminator import minibatch_spread


@pytest.fixture(scope='module')
def net():
  return discriminator()


@pytest.fixture(scope='module')
def score(net):
  return quick_jit(net.__call__)


@pytest.fixture(scope='module')
def pictures():
  return normal(7, 4, 16, 16, 3)


SPREAD = quick_jit(minibatch_spread)


def test_groups_are_strided():
  # 0 2 4 6 are alike, and 1 3 5 7 differ in one of two channels by 0 2 4 6.
  value = np.array([5.0, 0, 5, 2, 5, 4, 5, 6]).reshape(8, 1, 1, 1)
  x = np.concatenate([value, np.ones((8, 1, 1, 1))], -1)
  x = np.broadcast_to(x, (8, 2, 3, 2))
  found = SPREAD(x)
  assert found.shape == (8, 2, 3, 3)
  np.testing.assert_array_equal(found[..., :2], x)
  wide = np.std([0, 2, 4, 6]) / 2
  wanted = np.tile([1e-4, wide], 4)
  np.testing.assert_allclose(found[:, 0, 0, 2], wanted, atol=1e-4)
  np.testing.assert_array_equal(found[:, 1, 2, 2], found[:, 0, 0, 2])


def test_small_batches_are_one_group():
  x = normal(1, 3, 2, 2, 5)
  found = SPREAD(x)[..., 5]
  wanted = np.asarray(x).std(0).mean()
  np.testing.assert_allclose(found, np.full((3, 2, 2), wanted), rtol=1e-4)
  alone = SPREAD(x[:1])[..., 5]
  np.testing.assert_allclose(alone, np.full((1, 2, 2), 1e-4), rtol=1e-5)
  with pytest.raises(ValueError, match='batch of 6 is no multiple of 4'):
    SPREAD(normal(1, 6, 2, 2, 5))


def test_a_fade_goes_from_the_small_picture_to_the_new_one(score, pictures):
  whole = score(pictures)
  assert whole.shape == (4,)
  small = score(average_pool(pictures, 2, stride=2))
  np.testing.assert_allclose(score(pictures, fade=0.0), whole, atol=1e-5)
  np.testing.assert_allclose(score(pictures, fade=1.0), small, atol=1e-5)
  half = score(pictures, fade=0.5)
  assert np.abs(half - whole).max() > 1e-3
  assert np.abs(half - small).max() > 1e-3


def test_one_picture_has_a_score_and_slopes(net, score, pictures):
  one = pictures[:1]
  assert np.isfinite(score(one)).all()
  slope = quick_jit(lambda x: r1(net, x))(one)
  assert slope.shape == (1,)
  assert 0 < slope < np.inf


@pytest.mark.parametrize(
  'shape', [(1, 32, 32, 3), (1, 12, 12, 3), (1, 8, 16, 3)]
)
def test_pictures_of_other_sizes_are_told(score, shape):
  with pytest.raises(ValueError, match='px'):
    score(jnp.zeros(shape))


def test_r1_is_the_squared_slope_of_each_picture():
  x = normal(2, 3, 2, 2, 1)
  found = r1(lambda x: 3 * jnp.square(x).sum((1, 2, 3)), x)
  wanted = 36 * np.square(x).sum((1, 2, 3))
  np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_r1_teaches_by_second_derivatives():
  x = normal(2, 3, 2, 2, 1)

  def mean(k):
    return r1(lambda x: k * jnp.square(x).sum((1, 2, 3)), x).mean()

  found = jax.grad(mean)(3.0)
  wanted = 2 * 3 * 4 * np.square(x).sum((1, 2, 3)).mean()
  np.testing.assert_allclose(found, wanted, rtol=1e-5)
