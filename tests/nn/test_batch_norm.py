"""BatchNorm: biased in the output, unbiased in what it remembers."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.nn.batch_norm import BatchNorm


def _input(shape=(2, 3, 2, 1, 4)):
  return np.random.default_rng(0).normal(3, 2, shape).astype(np.float32)


def test_training_follows_pytorchs_rule():
  net = BatchNorm(4, momentum=0.9, rngs=nnx.Rngs(0))
  net.scale[...] = jnp.asarray([1.0, 2.0, -1.0, 0.5])
  net.bias[...] = jnp.asarray([0.0, 1.0, 2.0, 3.0])
  x = _input()
  flat = x.reshape(-1, 4).astype(np.float64)
  mean, var = flat.mean(0), flat.var(0)
  wanted = (x - mean) / np.sqrt(var + 1e-5)
  wanted = wanted * net.scale[...] + net.bias[...]
  np.testing.assert_allclose(net(jnp.asarray(x)), wanted, atol=1e-5)
  np.testing.assert_allclose(net.mean[...], 0.1 * mean, rtol=1e-5)
  np.testing.assert_allclose(
    net.var[...], 0.9 + 0.1 * flat.var(0, ddof=1), rtol=1e-5
  )


def test_running_statistics_are_used_and_left_alone_in_evaluation():
  net = BatchNorm(4, momentum=0.9, rngs=nnx.Rngs(0))
  net(jnp.asarray(_input()))
  mean, var = np.asarray(net.mean[...]), np.asarray(net.var[...])
  evaluation = nnx.view(net, use_running_average=True)
  x = _input((1, 1, 1, 1, 4))
  wanted = (x - mean) / np.sqrt(var + 1e-5)
  np.testing.assert_allclose(evaluation(jnp.asarray(x)), wanted, atol=1e-5)
  np.testing.assert_array_equal(evaluation.mean[...], mean)
  np.testing.assert_array_equal(evaluation.var[...], var)


def test_a_far_mean_does_not_swallow_the_variance():
  net = BatchNorm(1, momentum=0.0, rngs=nnx.Rngs(0))
  x = np.float32(4096 + np.array([-1, 1, -1, 1]) / 8)[:, None]
  y = net(jnp.asarray(x))
  np.testing.assert_allclose(y, [[-1], [1], [-1], [1]], rtol=1e-3)
  np.testing.assert_allclose(net.var[...], [1 / 48], rtol=1e-5)


def test_a_flat_batch_becomes_the_bias():
  init, apply = pure(lambda rngs: BatchNorm(2, momentum=0.9, rngs=rngs))
  net = init(jax.random.key(0))
  x = jnp.full((3, 1, 1, 1, 2), 7.0)
  y, back = jax.vjp(lambda x: apply(net, x, train=True)[0], x)
  np.testing.assert_array_equal(y, 0)
  assert np.isfinite(back(jnp.ones_like(y))[0]).all()


def test_one_value_a_channel_is_refused_in_training_only():
  net = BatchNorm(4, momentum=0.9, rngs=nnx.Rngs(0))
  x = jnp.ones((1, 1, 1, 1, 4))
  with pytest.raises(ValueError, match='no variance'):
    net(x)
  assert nnx.view(net, use_running_average=True)(x).shape == x.shape


def test_half_precision_keeps_its_statistics_in_float32():
  net = BatchNorm(4, momentum=0.9, dtype=jnp.bfloat16, rngs=nnx.Rngs(0))
  y = net(jnp.asarray(_input(), jnp.bfloat16))
  assert y.dtype == jnp.bfloat16
  assert net.var.dtype == jnp.float32
  assert abs(float(y.astype(jnp.float32).mean())) < 0.02
