"""The identity loss on hand-made features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.systems.fevgan import identity

MADE = jnp.array([[1.0, 2.0, 3.0, 6.0]]).reshape(1, 4, 1, 1, 1)


def plain(x):
  return x


@pytest.mark.parametrize('remat', [False, True])
def test_sum_over_frames_of_mean_distances(remat):
  target = jnp.full((1, 1, 1, 1), 2.0)  # F(I)
  value = identity.loss(plain, MADE, target, relative=False, remat=remat)
  assert value == 1 + 0 + 1 + 4
  value = identity.loss(plain, MADE, target, relative=True, remat=remat)
  np.testing.assert_allclose(value, 6 / 2, rtol=1e-6)


def test_against_the_video_each_frame_has_its_own_target():
  target = jnp.array([1.0, 4.0, 3.0, 3.0]).reshape(4, 1, 1, 1, 1)
  value = identity.loss(plain, MADE, target, relative=False, remat=False)
  assert value == 0 + 2 + 0 + 3
  value = identity.loss(plain, MADE, target, relative=True, remat=False)
  np.testing.assert_allclose(value, 2 / 4 + 3 / 3, rtol=1e-6)


def test_gradients_reach_the_pixels_and_not_the_target():
  target = jnp.full((1, 1, 1, 1), 2.0)
  pixels, none = jax.grad(
    lambda made, target: identity.loss(
      lambda x: 3 * x, made, target, relative=False, remat=True
    ),
    argnums=(0, 1),
  )(MADE, target)
  assert pixels.ravel().tolist() == [3, 3, 3, 3]  # 3 x > 2 in all four
  assert not none.any()


def test_frames_are_the_ends_of_quarters_or_four_different_ones():
  key = jax.random.key(0)
  assert identity.frames(32, 'quarters', key).tolist() == [7, 15, 23, 31]
  draws = {
    tuple(sorted(identity.frames(8, 'random', k).tolist()))
    for k in jax.random.split(key, 20)
  }
  assert len(draws) > 5
  assert all(len(set(d)) == 4 and d[0] >= 0 and d[-1] < 8 for d in draws)


def test_frames_of_a_batch_keep_their_order():
  clips = jnp.arange(6.0).reshape(2, 3, 1, 1, 1)
  found = identity.by_frame(plain, clips)
  assert found.shape == (3, 2, 1, 1, 1)
  assert found[:, :, 0, 0, 0].tolist() == [[0, 3], [1, 4], [2, 5]]
