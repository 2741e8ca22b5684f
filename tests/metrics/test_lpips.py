"""The LPIPS head against a plain loop, stored values and its properties."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.lpips import head, head_weights, lpips

_SHAPES = ((2, 6, 5, 4), (2, 3, 3, 7))


def _maps(seed):
  rng = np.random.default_rng(seed)
  return [jnp.asarray(rng.normal(size=s), jnp.float32) for s in _SHAPES]


@pytest.fixture
def weights():
  rng = np.random.default_rng(9)
  return head_weights([rng.uniform(0, 1, s[-1]) for s in _SHAPES])


@pytest.mark.goldens
def test_stored_distances(goldens):
  wanted = json.loads((goldens / 'metrics/lpips_head.json').read_text())
  inputs = np.load(goldens / 'metrics/lpips_head_inputs.npz')
  layers = range(len(wanted['per_layer']))
  assert layers
  a, b, w = ([inputs[f'{k}{i}'] for i in layers] for k in ('fa', 'fb', 'w'))
  a, b = ([jnp.asarray(x, jnp.float32) for x in k] for k in (a, b))
  got = head(a, b, head_weights(w))
  np.testing.assert_allclose(got.layers, wanted['per_layer'], rtol=1e-5)
  np.testing.assert_allclose(got.total, wanted['total'], rtol=1e-5)


def test_equals_a_plain_loop(weights):
  a, b = _maps(0), _maps(1)
  got = jax.jit(head)(a, b, weights)
  for layer, w in enumerate(weights):
    x, y = (
      k / (np.linalg.norm(k, axis=-1, keepdims=True) + 1e-10)
      for k in (np.float64(a[layer]), np.float64(b[layer]))
    )
    wanted = ((x - y) ** 2 * np.asarray(w)).sum(-1).mean((1, 2))
    np.testing.assert_allclose(got.layers[layer], wanted, rtol=1e-5)
  np.testing.assert_allclose(got.total, got.layers.sum(0), rtol=1e-6)


def test_scale_of_features_does_not_count(weights):
  a, b = _maps(0), _maps(1)
  scaled = [x * s for x, s in zip(b, (1e-3, 1e5), strict=True)]
  np.testing.assert_allclose(
    head(a, scaled, weights).total, head(a, b, weights).total, rtol=1e-4
  )
  np.testing.assert_array_equal(head(a, a, weights).total, 0)


def test_degenerate_features(weights):
  a = _maps(0)
  zero = [jnp.zeros_like(x) for x in a]
  np.testing.assert_array_equal(head(zero, zero, weights).total, 0)
  got = head(a, zero, weights).total
  assert np.isfinite(got).all()
  slope = jax.grad(lambda x: head(x, a, weights).total.sum())(zero)
  assert all(np.isfinite(s).all() for s in slope)
  spoilt = [x.at[0, 0, 0, 0].set(math.nan) for x in a]
  assert np.isnan(head(spoilt, a, weights).total).tolist() == [True, False]


def test_layers_must_match(weights):
  a = _maps(0)
  with pytest.raises(ValueError, match='with weights'):
    head(a, a, weights[::-1])
  with pytest.raises(ValueError, match='with weights'):
    head(a, [x[:1] for x in a], weights)
  with pytest.raises(ValueError, match='zip'):
    head(a, a[:1], weights)


def test_weights_of_pytorch_and_wrong_ones():
  got = head_weights([np.ones((1, 3, 1, 1)), np.arange(4.0)])
  assert [w.shape for w in got] == [(3,), (4,)]
  for wrong, text in (
    ([np.ones(3), np.array([1.0, -0.1])], 'layer 1 include one'),
    ([np.array([math.nan])], 'not finite'),
    ([np.ones((2, 2))], r'not \(2, 2\)'),
    ([], 'at least one'),
  ):
    with pytest.raises(UserError, match=text):
      head_weights(wrong)


def _backbone(x):
  return [x * 2 + 1, jnp.tile(x[:, ::2, ::2], 2)]


def test_pictures_through_a_backbone():
  w = head_weights([np.ones(3), np.ones(6)])
  rng = np.random.default_rng(0)
  a, b = (jnp.float32(rng.uniform(-1, 1, (2, 8, 8, 3))) for _ in range(2))
  got = lpips(a, b, _backbone, w)
  wanted = head(_backbone(a), _backbone(b), w)
  np.testing.assert_array_equal(got.total, wanted.total)
  with pytest.raises(ValueError, match='uint8'):
    lpips(jnp.zeros((1, 8, 8, 3), jnp.uint8), a[:1], _backbone, w)
  with pytest.raises(ValueError, match=r'\[-1, 1\]'):
    lpips(a * 127, b, _backbone, w)
