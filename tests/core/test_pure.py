from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.pure import pure


class Fixed(nnx.Variable):
  pass


class Net(nnx.Module):
  def __init__(self, rngs):
    self.dense = nnx.Linear(2, 3, rngs=rngs)
    self.norm = nnx.BatchNorm(3, rngs=rngs)
    self.hash = Fixed(jnp.arange(3))

  def __call__(self, x):
    return self.norm(self.dense(x)) + self.hash[...]

  def twice(self, x):
    return 2 * self(x)


def test_params_are_trained_and_the_rest_is_not():
  init, apply = pure(Net)
  net = init(jax.random.key(0))
  assert set(net.params) == {'dense', 'norm'}
  assert set(net.stats) == {'norm', 'hash'}
  x = jax.random.normal(jax.random.key(1), (8, 2))
  out, stats = apply(net, x, train=True)
  assert float(jnp.abs(out - net.stats['hash']).mean()) > 0.1
  moved = np.abs(stats['norm']['mean'] - net.stats['norm']['mean']).max()
  assert moved > 0
  np.testing.assert_array_equal(stats['hash'], jnp.arange(3))


def test_evaluation_leaves_statistics_and_names_methods():
  init, apply = pure(Net)
  net = init(jax.random.key(0))
  x = jnp.ones((4, 2))
  out, stats = apply(net, x)
  np.testing.assert_array_equal(
    stats['norm']['mean'], net.stats['norm']['mean']
  )
  double, _ = apply(net, x, method='twice')
  np.testing.assert_allclose(double, 2 * out)


def test_same_key_same_weights():
  init, _ = pure(Net)
  a, b, c = (
    init(jax.random.key(k)).params['dense']['kernel'] for k in (0, 0, 1)
  )
  np.testing.assert_array_equal(a, b)
  assert np.abs(a - c).max() > 0
