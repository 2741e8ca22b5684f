"""FOMM's key points by the facial prior."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.systems.facial_prior.prior import FALLBACK, normalised
from facegen_jax.systems.facial_prior.prior_channel import Fusion
from facegen_jax.systems.facial_prior.prior_keypoints import (
  PriorKeypointDetector,
)

_TINY = {'features': 3, 'blocks': 2, 'max_features': 6, 'factor': 2}


def _points(h, w, batch=2):
  points = jnp.asarray(FALLBACK * np.float32([w, h]) / 256)
  return jnp.broadcast_to(points, (batch, 18, 2))


@pytest.mark.parametrize('reading', ['code', 'paper'])
@pytest.mark.parametrize('joined', ['ewp', 'awp'])
def test_points_are_the_priors_and_matrices_are_learned(joined, reading):
  h, w = 24, 28
  init, apply = pure(
    lambda rngs: PriorKeypointDetector(
      joined=joined, reading=reading, **_TINY, rngs=rngs
    )
  )
  variables = quick_jit(init)(jax.random.key(0))
  x = jax.random.uniform(jax.random.key(1), (2, h, w, 3))

  def loss(params, points):
    now = variables._replace(params=params)
    found, _ = apply(now, x, points, train=True)
    return (found.jacobian**2).sum() + found.value.sum(), found

  # The head of the matrices begins without a slope to what is below it.
  params = variables.params
  kernel = params['jacobian']['kernel']
  draw = 0.1 * jax.random.normal(jax.random.key(2), kernel.shape)
  params['jacobian']['kernel'] = draw
  run = quick_jit(jax.grad(loss, argnums=(0, 1), has_aux=True))
  (slopes, to_points), found = run(params, _points(h, w))
  wanted = normalised(_points(h, w), h, w)
  np.testing.assert_allclose(found.value, wanted, atol=1e-6)
  assert found.jacobian.shape == (2, 18, 2, 2)
  assert not np.any(to_points)
  assert ('fusion' in slopes) == (joined == 'awp')
  parts = [
    slopes['head'],
    slopes['jacobian'],
    *slopes.get('fusion', {}).values(),
  ]
  for part in parts:
    assert jnp.isfinite(part['kernel']).all()
    assert jnp.abs(part['kernel']).max() > 0


def test_matrices_begin_as_the_identity():
  init, apply = pure(lambda rngs: PriorKeypointDetector(**_TINY, rngs=rngs))
  run = quick_jit(lambda key, *args: apply(init(key), *args)[0])
  found = run(jax.random.key(0), jnp.ones((1, 20, 20, 3)), _points(20, 20, 1))
  wanted = np.broadcast_to(np.eye(2), (1, 18, 2, 2))
  np.testing.assert_allclose(found.jacobian, wanted, atol=1e-5)


def test_the_fusion_is_linear():
  net = Fusion(rngs=nnx.Rngs(0))
  run = quick_jit(lambda x: net(x))
  a, b = jax.random.normal(jax.random.key(0), (2, 1, 6, 5, 18))
  still = run(jnp.zeros_like(a))
  np.testing.assert_allclose(
    run(a + 2 * b) - still, run(a) - still + 2 * (run(b) - still), atol=1e-4
  )
  assert still.shape == (1, 6, 5, 1)


def test_an_unknown_way_to_join_is_refused():
  with pytest.raises(ValueError, match="'sum'"):
    PriorKeypointDetector(joined='sum', rngs=nnx.Rngs(0))
