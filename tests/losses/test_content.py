"""Content losses, their scales and their masks."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.losses.content import (
  class_loss,
  feature_distance,
  l1,
  l2,
  masked_mean,
  moving_l1,
)


def _taps(seed):
  keys = jax.random.split(jax.random.key(seed), 2)
  shapes = ((3, 4, 4, 2), (3, 2, 2, 5))
  return [jax.random.normal(k, s) for k, s in zip(keys, shapes, strict=True)]


def test_feature_distance_forms():
  a, b = _taps(0), _taps(1)
  means = [
    float(np.abs(np.asarray(x) - y).mean()) for x, y in zip(a, b, strict=True)
  ]
  close = functools.partial(np.testing.assert_allclose, rtol=1e-5)
  close(feature_distance(a, b), sum(means) / 2)
  close(feature_distance(a, b, [2.0, 4.0]), (means[0] / 2 + means[1] / 4) / 2)
  close(
    feature_distance(a, b, exprgan_scaling=True), means[0] / 16 + means[1] / 4
  )
  assert feature_distance(a, a) == 0
  with pytest.raises(ValueError, match='2 taps against 1'):
    feature_distance(a, b[:1])


def test_masked_examples_do_not_count():
  a, b = _taps(0), _taps(1)
  weights = jnp.array([1.0, 0.0, 1.0])
  spoilt = [x.at[1].set(jnp.nan) for x in a]
  rows = jnp.array([0, 2])
  wanted = feature_distance([x[rows] for x in a], [x[rows] for x in b])
  np.testing.assert_allclose(
    feature_distance(spoilt, b, weights=weights), wanted, rtol=1e-6
  )
  np.testing.assert_allclose(
    l2(a[0], b[0], weights), jnp.square(a[0] - b[0])[rows].mean(), rtol=1e-6
  )


def test_a_wholly_masked_batch_is_zero_with_a_zero_gradient():
  a, b = _taps(0)[0], _taps(1)[0]
  value, grad = jax.value_and_grad(lambda a: l1(a, b, jnp.zeros(3)))(a)
  assert value == 0
  np.testing.assert_array_equal(grad, 0)


def test_weights_are_relative():
  values = jnp.array([[1.0], [3.0]])
  assert masked_mean(values, jnp.array([3.0, 1.0])) == 1.5
  assert masked_mean(values, jnp.array([0.3, 0.1])) == pytest.approx(1.5)
  assert masked_mean(values, None) == 2


def test_class_loss_leaves_out_unlabelled_rows():
  log_probs = jax.nn.log_softmax(jax.random.normal(jax.random.key(0), (4, 6)))
  labels = jnp.array([2, -1, 5, -1])
  wanted = -(log_probs[0, 2] + log_probs[2, 5]) / 2
  np.testing.assert_allclose(class_loss(log_probs, labels), wanted, rtol=1e-6)
  assert class_loss(log_probs, jnp.full(4, -1)) == 0


def test_moving_pixels_are_those_that_leave_the_first_frame():
  real = jnp.zeros((2, 3, 4, 4, 3)).at[0, 1, 2, 3, 1].set(0.25)
  real = real.at[1, 2, 0, 0].set(0.19)  # too little
  made = jnp.full_like(real, 0.5)
  moved = (0.5 + 0.25 + 0.5) / 3  # the channels of the one pixel
  np.testing.assert_allclose(moving_l1(made, real), moved, rtol=1e-6)
  value, gradient = jax.value_and_grad(moving_l1)(made, jnp.zeros_like(real))
  assert value == 0
  assert not gradient.any()
