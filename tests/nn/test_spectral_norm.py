"""Spectral norm: its value, its power iterations, its gradient."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.nn.conv import conv2d
from facegen_jax.nn.conv3d import conv3d
from facegen_jax.nn.spectral_norm import SpectralConv

KINDS = {
  'pictures': ((2, 6, 6, 3), {'kernel': 4, 'stride': 2, 'padding': 1}),
  'clips': (
    (2, 4, 6, 6, 3),
    {'kernel': (2, 4), 'stride': (2, 2), 'padding': (0, 1)},
  ),
}


@pytest.fixture(params=KINDS)
def layer(request):
  """`apply`, the variables, an input, and the convolution without the norm."""
  shape, how = KINDS[request.param]
  init, apply = pure(lambda rngs: SpectralConv(3, 5, **how, rngs=rngs))
  x = jax.random.normal(jax.random.key(1), shape)
  run = conv2d if len(shape) == 4 else conv3d

  def plain(kernel):
    how_far = {k: how[k] for k in ('stride', 'padding')}
    return run(x, kernel, **how_far)

  return (
    jax.jit(apply, static_argnames='train'),
    init(jax.random.key(0)),
    x,
    plain,
  )


def _matrix(variables):
  """W, out x (taps and in)."""
  return np.asarray(variables.params['kernel']).reshape(-1, 5).T


def test_training_comes_to_the_largest_singular_value(layer):
  apply, variables, x, plain = layer
  for _ in range(400):
    y, stats = apply(variables, x, train=True)
    variables = variables._replace(stats=stats)
  sigma = np.linalg.svd(_matrix(variables), compute_uv=False)[0]
  kernel = variables.params['kernel'] / sigma
  np.testing.assert_allclose(y, plain(kernel), rtol=1e-4, atol=1e-5)


def test_an_iteration_is_v_then_u(layer):
  apply, variables, x, plain = layer
  w, u = _matrix(variables), np.asarray(variables.stats['u'])
  y, stats = apply(variables, x, train=True)
  v = w.T @ u
  v /= np.linalg.norm(v)
  u = w @ v
  sigma = np.linalg.norm(u)
  u /= sigma
  np.testing.assert_allclose(stats['u'], u, atol=1e-5)
  np.testing.assert_allclose(stats['v'].reshape(-1), v, atol=1e-5)
  wanted = plain(variables.params['kernel'] / sigma)
  np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)


def test_evaluation_uses_what_is_stored_and_moves_nothing(layer):
  apply, variables, x, plain = layer
  _, stats = apply(variables, x, train=True)
  variables = variables._replace(stats=stats)
  y, after = apply(variables, x)
  jax.tree.map(np.testing.assert_array_equal, after, stats)
  v = np.asarray(stats['v']).reshape(-1)
  sigma = np.asarray(stats['u']) @ _matrix(variables) @ v
  wanted = plain(variables.params['kernel'] / sigma)
  np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)


def test_gradients_pass_through_the_kernel_alone(layer):
  """The gradient is that of W / (u W v) with u and v held."""
  apply, variables, x, plain = layer
  _, stats = apply(variables, x, train=True)
  u, v = stats['u'], stats['v'].reshape(-1)

  def held(kernel):
    return jnp.square(plain(kernel / (v @ kernel.reshape(-1, 5) @ u))).sum()

  def ours(params):
    y, _ = apply(variables._replace(params=params), x, train=True)
    return jnp.square(y).sum()

  found = jax.jit(jax.grad(ours))(variables.params)['kernel']
  wanted = jax.jit(jax.grad(held))(variables.params['kernel'])
  np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)


def test_vectors_are_no_parameters():
  net = SpectralConv(3, 5, 3, rngs=nnx.Rngs(0))
  params = nnx.to_pure_dict(nnx.state(net, nnx.Param))
  assert params.keys() == {'kernel', 'bias'}
  for name in ('u', 'v'):
    assert float(jnp.linalg.norm(getattr(net, name)[...])) == pytest.approx(1)
