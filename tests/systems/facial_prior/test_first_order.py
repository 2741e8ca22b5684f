"""The losses of the first order motion model."""

import jax
import jax.numpy as jnp
import numpy as np
from quick_jit import quick_jit

from facegen_jax.core.pure import pure_each
from facegen_jax.core.state import Variables
from facegen_jax.nn import matrix2, thin_plate
from facegen_jax.systems.facial_prior import (
  equivariance,
  first_order,
  perceptual,
)
from facegen_jax.systems.facial_prior.dense_motion import DenseMotion
from facegen_jax.systems.facial_prior.discriminator import Discriminator
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import KeypointDetector

_TINY = {'features': 2, 'blocks': 1, 'max_features': 4}
_PLATE = thin_plate.draw(jax.random.key(7), 2, points=3)


def _picture(seed, size=16):
  return jax.random.uniform(jax.random.key(seed), (2, size, size, 3))


def _motion(rngs):
  return DenseMotion(2, factor=2, align_corners=True, **_TINY, rngs=rngs)


_MAKERS = {
  'points': lambda rngs: KeypointDetector(2, factor=2, **_TINY, rngs=rngs),
  'generator': lambda rngs: Generator(
    _motion(rngs),
    features=2,
    down_blocks=1,
    res_blocks=1,
    align_corners=True,
    rngs=rngs,
  ),
  'discriminator': lambda rngs: Discriminator(
    features=2, blocks=2, max_features=4, spectral=True, rngs=rngs
  ),
}


def _seen(x):
  return [x, x**2]


def _losses(trained, stats, applies, weights):
  variables = {k: Variables(trained[k], stats[k]) for k in trained}
  rebuilt = first_order.rebuild(
    applies, variables, _picture(1), _picture(2), _PLATE, align_corners=True
  )
  losses, after = first_order.generator_losses(
    rebuilt,
    _picture(2),
    _PLATE,
    _seen,
    applies['discriminator'],
    variables['discriminator'],
    weights=weights,
    factors=(1, 2),
  )
  return sum(losses.values()), (losses, rebuilt, after)


def _step(weights):
  inits, applies = pure_each(_MAKERS)
  variables = {
    name: quick_jit(init)(jax.random.key(i))
    for i, (name, init) in enumerate(inits.items())
  }
  trained = {k: v.params for k, v in variables.items()}
  stats = {k: v.stats for k, v in variables.items()}

  def run(trained, stats):
    return jax.value_and_grad(_losses, has_aux=True)(
      trained, stats, applies, weights
    )

  (_, (losses, rebuilt, after)), slopes = quick_jit(run)(trained, stats)
  return losses, rebuilt, after, slopes, variables


_WEIGHTS = first_order.LossWeights(
  perceptual=(10.0, 5.0), feature_matching=(10.0, 10.0)
)


def test_every_loss_teaches_points_and_generator():
  losses, rebuilt, after, slopes, variables = _step(_WEIGHTS)
  assert set(losses) == {
    'perceptual',
    'gan',
    'feature_matching',
    'equivariance_value',
    'equivariance_jacobian',
  }
  for tree in (losses, slopes):
    assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(tree))
  for name in ('points', 'generator'):
    for kernel in ('head', 'jacobian') if name == 'points' else ('final',):
      assert jnp.abs(slopes[name][kernel]['kernel']).max() > 0
    before = jax.tree.leaves(variables[name].stats)
    moved = jax.tree.leaves(rebuilt.stats[name])
    assert all((a != b).any() for a, b in zip(before, moved, strict=True))
  assert jax.tree.structure(after) == jax.tree.structure(
    variables['discriminator'].stats
  )
  assert rebuilt.generated.prediction.shape == (2, 16, 16, 3)


def test_without_the_game_no_critic_is_asked():
  losses, _, after, slopes, _ = _step(_WEIGHTS._replace(gan=0.0))
  assert set(losses) == {
    'perceptual',
    'equivariance_value',
    'equivariance_jacobian',
  }
  assert after == {}
  assert all((x == 0).all() for x in jax.tree.leaves(slopes['discriminator']))


def test_the_critics_learn_from_a_fixed_picture():
  inits, applies = pure_each({'d': _MAKERS['discriminator']})
  variables = quick_jit(inits['d'])(jax.random.key(0))
  points = jnp.zeros((2, 2, 2))

  def loss(params, picture):
    return first_order.discriminator_loss(
      applies['d'],
      Variables(params, variables.stats),
      picture,
      _picture(2),
      points,
    )[0]

  slopes = quick_jit(jax.grad(loss, argnums=(0, 1)))(
    variables.params, _picture(1)
  )
  assert max(float(jnp.abs(x).max()) for x in jax.tree.leaves(slopes[0])) > 0
  assert (slopes[1] == 0).all()


def test_points_that_move_along_cost_nothing():
  draw = np.random.default_rng(0)
  deformed = jnp.asarray(draw.uniform(-1, 1, (2, 4, 2)), jnp.float32)
  matrices = np.eye(2) + 0.1 * draw.normal(size=(2, 4, 2, 2))
  matrices = jnp.asarray(matrices, jnp.float32)

  @quick_jit
  def found(deformed, matrices):
    points = thin_plate.warp_points(_PLATE, deformed)
    bent = matrix2.product(thin_plate.jacobian(_PLATE, deformed), matrices)
    return (
      equivariance.value(points, deformed, _PLATE),
      equivariance.value(points + 0.1, deformed, _PLATE),
      equivariance.jacobian(bent, matrices, deformed, _PLATE),
      equivariance.jacobian(bent, 2 * matrices, deformed, _PLATE),
    )

  wanted = [0, 0.1, 0, 0.5]  # last the mean of |I - 2 I|
  np.testing.assert_allclose(
    found(deformed, matrices), wanted, rtol=1e-3, atol=1e-5
  )


def test_the_distance_is_weighed_and_one_sided():
  made, real = ([_picture(i, 8), _picture(i, 4)] for i in (1, 2))
  weights = (10.0, 5.0)

  @quick_jit
  def found(made, real):
    whole = jax.value_and_grad(
      lambda *p: perceptual.distance(_seen, *p, weights), argnums=(0, 1)
    )
    same = perceptual.distance(_seen, made, made, weights)
    return perceptual.parts(_seen, made, real), whole(made, real), same

  rows, (distance, slopes), same = found(made, real)
  for row, x, y in zip(rows, made, real, strict=True):
    x, y = np.asarray(x), np.asarray(y)
    direct = np.abs(x - y).mean(), np.abs(x**2 - y**2).mean()
    np.testing.assert_allclose(row, direct, rtol=1e-5)
  wanted = sum(10 * first + 5 * second for first, second in rows)
  np.testing.assert_allclose(distance, wanted, rtol=1e-5)
  assert all(np.abs(x).max() > 0 for x in slopes[0])
  assert all((np.asarray(x) == 0).all() for x in slopes[1])
  assert float(same) == 0


def test_the_pyramid_and_the_networks_range():
  levels = perceptual.pyramid(_picture(0))
  assert [x.shape[1] for x in levels] == [16, 8, 4, 2]
  given = []

  def features(x):
    given.append(x)
    return {name: x for name in perceptual.TAPS}

  assert len(perceptual.seen_by(features)(levels[0])) == 5
  np.testing.assert_allclose(given[0], 2 * levels[0] - 1)
