"""The critics: sizes, scales, key points and their losses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.systems.facial_prior import adversarial
from facegen_jax.systems.facial_prior.discriminator import (
  Discriminator,
  Judged,
)


def _pictures(*sizes):
  return [jax.random.uniform(jax.random.key(n), (2, n, n, 3)) for n in sizes]


def _opened(**options):
  options = {'features': 2, 'blocks': 2, 'max_features': 6} | options
  init, apply = pure(lambda rngs: Discriminator(**options, rngs=rngs))
  return quick_jit(init)(jax.random.key(0)), apply


@pytest.mark.parametrize('spectral', [False, True])
def test_a_critic_a_scale(spectral):
  variables, apply = _opened(scales=2, spectral=spectral)
  judged = quick_jit(lambda v, x: apply(v, x)[0])(variables, _pictures(24, 12))
  assert [[f.shape[1:] for f in one.features] for one in judged] == [
    [(10, 10, 4), (7, 7, 6)],
    [(4, 4, 4), (1, 1, 6)],
  ]
  assert [one.logits.shape for one in judged] == [(2, 7, 7, 1), (2, 1, 1, 1)]
  assert judged[0].logits.dtype == jnp.float32


def test_points_are_looked_at():
  variables, apply = _opened(points=3)
  run = quick_jit(lambda v, x, p: apply(v, x, p)[0][0].logits)
  points = jnp.zeros((2, 3, 2))
  logits = [run(variables, _pictures(16), p) for p in (points, points + 0.5)]
  assert jnp.abs(logits[0] - logits[1]).max() > 0


def test_training_iterates_the_singular_vectors():
  variables, apply = _opened(spectral=True)
  run = quick_jit(lambda v, x: apply(v, x, train=True)[1])
  after = run(variables, _pictures(16))
  moved = jax.tree.map(
    lambda a, b: float(jnp.abs(a - b).max()), after, variables.stats
  )
  assert len(jax.tree.leaves(moved)) == 6  # u and v of three convolutions
  assert max(jax.tree.leaves(moved)) > 1e-3


def _judged(*values):
  return [
    Judged([jnp.full((1, 2, 2, 1), v)] * 2, jnp.full((1, 1, 1, 1), v))
    for v in values
  ]


def test_losses_by_hand():
  real, fake = _judged(0.5, 2.0), _judged(0.0, 3.0)
  assert float(adversarial.generator(fake)) == 1 + 4
  assert float(adversarial.discriminator(real, fake)) == 0.25 + 1 + 0 + 9
  found = adversarial.feature_matching(real, fake, (10, 2))
  assert float(found) == 12 * (0.5 + 1)
  longer = adversarial.feature_matching(real, fake, (10, 2, 7, 7))
  assert float(longer) == float(found)


def test_features_of_both_sides_are_moved():
  slopes = jax.grad(
    lambda a, b: adversarial.feature_matching(
      [Judged([a], a)], [Judged([b], b)], (1.0,)
    ),
    argnums=(0, 1),
  )(jnp.ones((1, 2, 2, 1)), jnp.zeros((1, 2, 2, 1)))
  np.testing.assert_allclose(slopes[0], 0.25)
  np.testing.assert_allclose(slopes[1], -0.25)
