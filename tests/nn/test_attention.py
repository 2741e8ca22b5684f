"""scSE and the supervised expression attention."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.attention import ExpressionAttention, ScSE


@pytest.fixture
def x():
  return jax.random.normal(jax.random.key(0), (2, 5, 4, 6))


def test_scse_by_hand(x):
  net = ScSE(6, ratio=3, rngs=nnx.Rngs(0))
  hidden = np.maximum(
    np.asarray(x).mean((1, 2)) @ net.squeeze.kernel + net.squeeze.bias, 0
  )
  gate = 1 / (1 + np.exp(-(hidden @ net.excite.kernel + net.excite.bias)))
  cse = x * gate[:, None, None]
  mask = 1 / (1 + np.exp(-(x @ net.spatial.kernel[0, 0] + net.spatial.bias)))
  np.testing.assert_allclose(net.cse(x), cse, atol=1e-6)
  np.testing.assert_allclose(net.sse(x), x * mask, atol=1e-6)
  np.testing.assert_allclose(net(x), cse + x * mask, atol=1e-6)
  net.combine = 'max'
  np.testing.assert_allclose(net(x), np.maximum(cse, x * mask), atol=1e-6)
  assert net.squeeze.kernel.shape == (6, 2)


def test_unknown_words_are_refused():
  with pytest.raises(ValueError, match="'mean'"):
    ScSE(4, combine='mean', rngs=nnx.Rngs(0))
  with pytest.raises(ValueError, match="'tanh'"):
    ExpressionAttention(4, norm='tanh', rngs=nnx.Rngs(0))


def _weighted(net, x):
  maps = np.asarray(net.maps(net.scse(x)), np.float64)
  means = maps.mean((1, 2))
  p = np.exp(means) / np.exp(means).sum(-1, keepdims=True)
  return (maps * p[:, None, None]).sum(-1, keepdims=True), p


def _alpha(a, norm):
  axes = (1, 2)
  if norm == 'sigmoid':
    return 1 / (1 + np.exp(-a))
  if norm == 'softmax':
    e = np.exp(a)
    return e / e.mean(axes, keepdims=True)
  low, high = a.min(axes, keepdims=True), a.max(axes, keepdims=True)
  return (a - low + 1e-6) / (high - low + 1e-6)


@pytest.mark.parametrize('norm', ['minmax', 'sigmoid', 'softmax'])
@pytest.mark.parametrize('warm', [False, True])
def test_expression_attention_by_hand(x, norm, warm):
  net = ExpressionAttention(
    6, classes=4, norm=norm, warm_start=warm, rngs=nnx.Rngs(1)
  )
  attended, log_probs = jax.jit(lambda x: net(x))(x)
  a, p = _weighted(net, x)
  alpha = _alpha(a, norm)
  if warm:
    alpha = 0.5 + 0.5 * alpha
  np.testing.assert_allclose(np.exp(log_probs), p, atol=1e-6)
  np.testing.assert_allclose(attended, x * alpha, atol=2e-5)


def test_one_pixel_passes_unchanged():
  x = jax.random.normal(jax.random.key(0), (3, 1, 1, 6))
  net = ExpressionAttention(6, rngs=nnx.Rngs(0))
  np.testing.assert_array_equal(net(x)[0], x)


@pytest.mark.parametrize('norm', ['minmax', 'sigmoid', 'softmax'])
def test_gradients_are_finite_on_flat_maps(norm):
  net = ExpressionAttention(4, norm=norm, rngs=nnx.Rngs(0))

  def loss(x):
    attended, log_probs = net(x)
    return jnp.sum(attended**2) - log_probs[:, 0].sum()

  grad = jax.jit(jax.grad(loss))(jnp.ones((2, 3, 3, 4)))
  assert np.isfinite(grad).all()
