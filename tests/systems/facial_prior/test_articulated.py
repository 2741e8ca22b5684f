"""MRAA's losses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure_each
from facegen_jax.core.state import Variables
from facegen_jax.nn import matrix2, thin_plate
from facegen_jax.systems.facial_prior import articulated, region_equivariance
from facegen_jax.systems.facial_prior.background import Background
from facegen_jax.systems.facial_prior.flow import PixelwiseFlow
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.prior import FALLBACK
from facegen_jax.systems.facial_prior.prior_regions import PriorRegionPredictor
from facegen_jax.systems.facial_prior.regions import RegionPredictor, Regions

_TINY = {'features': 2, 'blocks': 1, 'max_features': 4}
_PLATE = thin_plate.draw(jax.random.key(7), 2, points=3)


def _picture(seed, size=16):
  return jax.random.uniform(jax.random.key(seed), (2, size, size, 3))


def _seen(x):
  return [x, x**2]


def _makers(regions, predictor):
  def generator(rngs):
    options = {'align_corners': False, 'rngs': rngs}
    return Generator(
      PixelwiseFlow(regions, factor=2, **_TINY, **options),
      features=2,
      down_blocks=1,
      res_blocks=1,
      skips=True,
      **options,
    )

  return {
    'regions': predictor,
    'background': lambda rngs: Background(**_TINY, rngs=rngs),
    'generator': generator,
  }


_LEARNED = _makers(
  2, lambda rngs: RegionPredictor(2, factor=2, **_TINY, rngs=rngs)
)
_BY_PRIOR = _makers(
  18,
  lambda rngs: PriorRegionPredictor(
    variant='paper', factor=2, **_TINY, rngs=rngs
  ),
)
_POINTS = jnp.broadcast_to(jnp.asarray(FALLBACK) / 16, (2, 18, 2))
_HINTS = dict.fromkeys(('source', 'driving', 'deformed'), (_POINTS,))


@pytest.mark.parametrize(
  ('makers', 'hints'), [(_LEARNED, None), (_BY_PRIOR, _HINTS)]
)
def test_every_loss_teaches_every_network(makers, hints):
  inits, applies = pure_each(makers)
  variables = {
    name: quick_jit(init)(jax.random.key(i))
    for i, (name, init) in enumerate(inits.items())
  }
  weights = articulated.LossWeights((10.0, 5.0))

  def loss(trained):
    now = {k: Variables(w, variables[k].stats) for k, w in trained.items()}
    pictures = _picture(1), _picture(2)
    rebuilt = articulated.rebuild(
      applies, now, *pictures, _PLATE, hints=hints, align_corners=False
    )
    found = articulated.losses(
      rebuilt, pictures[1], _PLATE, _seen, weights=weights, factors=(1, 2)
    )
    return sum(found.values()), (found, rebuilt)

  trained = {name: one.params for name, one in variables.items()}
  run = quick_jit(jax.grad(loss, has_aux=True))
  slopes, (losses, rebuilt) = run(trained)
  assert set(losses) == {
    'perceptual',
    'equivariance_shift',
    'equivariance_affine',
  }
  for tree in (losses, slopes):
    assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(tree))
  heads = {'regions': 'heat', 'background': 'head', 'generator': 'final'}
  for name, head in heads.items():
    assert jnp.abs(slopes[name][head]['kernel']).max() > 0
    before = jax.tree.leaves(variables[name].stats)
    after = jax.tree.leaves(rebuilt.stats[name])
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
  assert rebuilt.generated.prediction.shape == (2, 16, 16, 3)


def test_terms_of_weight_zero_are_left_out():
  regions = Regions(jnp.zeros((2, 2, 2)), affine=jnp.eye(2)[None, None])
  made = jnp.ones((2, 8, 8, 3))
  rebuilt = articulated.Rebuilt(_Made(made), regions, regions, regions, {})
  weights = articulated.LossWeights((1.0, 1.0), 0.0, 0.0)
  found = articulated.losses(
    rebuilt, 0.5 * made, _PLATE, _seen, weights=weights, factors=(1,)
  )
  assert set(found) == {'perceptual'}
  np.testing.assert_allclose(found['perceptual'], 0.5 + 0.75, rtol=1e-6)


class _Made:
  def __init__(self, prediction):
    self.prediction = prediction


def test_affines_that_turn_along_cost_nothing_whatever_their_sign():
  draw = np.random.default_rng(0)
  deformed = jnp.asarray(draw.uniform(-1, 1, (2, 4, 2)), jnp.float32)
  affine = np.eye(2) + 0.1 * draw.normal(size=(2, 4, 2, 2))
  then = Regions(deformed, affine=jnp.asarray(affine, jnp.float32))

  @quick_jit
  def found(then):
    bent = matrix2.product(thin_plate.jacobian(_PLATE, then.shift), then.affine)
    now = Regions(then.shift, affine=bent)
    return [
      region_equivariance.affine(
        now._replace(affine=scale * bent), then, _PLATE
      )
      for scale in (1.0, -1.0, 0.5)
    ]

  wanted = [0, 0, 0.5]  # last the mean of |I - 2 I|
  np.testing.assert_allclose(found(then), wanted, rtol=1e-3, atol=1e-5)
