"""Instance normalisation."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.norm import InstanceNorm, instance_norm


def test_each_map_has_mean_0_and_biased_variance_1():
  x = 3 + 5 * jax.random.normal(jax.random.key(0), (2, 6, 5, 4))
  y = np.asarray(instance_norm(x))
  np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-5)
  np.testing.assert_allclose(y.std((1, 2)), 1, atol=1e-4)


def test_a_far_mean_costs_no_digits():
  x = jax.random.normal(jax.random.key(0), (1, 8, 8, 2))
  shifted = instance_norm(x + 1024.0)
  np.testing.assert_allclose(shifted, instance_norm(x), atol=1e-3)


def test_affine_parameters_and_statistics_in_float32():
  net = InstanceNorm(3, dtype=jnp.bfloat16, rngs=nnx.Rngs(0))
  net.scale[...] = jnp.array([1.0, 2.0, 0.0])
  net.bias[...] = jnp.array([0.0, 1.0, -1.0])
  x = 100 + jax.random.normal(jax.random.key(0), (2, 4, 4, 3))
  y = net(x)
  assert y.dtype == jnp.bfloat16
  np.testing.assert_array_equal(np.float32(y[..., 2]), -1)
  np.testing.assert_allclose(np.float32(y[..., 1]).mean((1, 2)), 1, atol=0.02)


def test_without_affine_there_is_nothing_to_learn():
  net = InstanceNorm(3, affine=False, rngs=nnx.Rngs(0))
  assert not jax.tree.leaves(nnx.state(net))
  assert not np.any(net(jnp.ones((1, 1, 1, 3))))


def test_clips_are_normalised_over_time_too():
  x = jax.random.normal(jax.random.key(0), (2, 3, 4, 4, 2))
  flat = instance_norm(x.reshape(2, 12, 4, 2)).reshape(x.shape)
  np.testing.assert_allclose(instance_norm(x), flat, atol=1e-6)
