"""MRAA's regions, by its predictor and by the facial prior."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.nn.coordinates import gaussian
from facegen_jax.systems.facial_prior.prior import FALLBACK, normalised
from facegen_jax.systems.facial_prior.prior_maps import maps, to_map
from facegen_jax.systems.facial_prior.prior_regions import (
  PriorRegionPredictor,
  drawn_regions,
)
from facegen_jax.systems.facial_prior.regions import (
  RegionPredictor,
  covariance,
)

_TINY = {'features': 3, 'blocks': 2, 'max_features': 6, 'factor': 2}


def _picture(*size, batch=2):
  return jax.random.uniform(jax.random.key(sum(size)), (batch, *size, 3))


def _made(make):
  init, apply = pure(make)
  return apply, quick_jit(init)(jax.random.key(0))


def _found(make, *args):
  apply, variables = _made(make)
  return quick_jit(lambda *given: apply(*given)[0])(variables, *args)


def _product(a):
  return np.asarray(a) @ np.asarray(a).swapaxes(-1, -2)


def test_the_moment_of_a_wide_bump_is_its_covariance():
  points = jnp.array([[[0.1, -0.05], [0.0, 0.2]]])
  wanted = jnp.array([[[0.02, 0.01], [0.01, 0.04]], [[0.03, 0.0], [0.0, 0.01]]])
  bump = gaussian(points, 60, 80, wanted[None])
  bump = bump / bump.sum((1, 2), keepdims=True)
  found = covariance(bump, points)[0]
  np.testing.assert_allclose(found, wanted, atol=1e-4)
  # Not over the mass.
  tripled = covariance(3 * bump, points)[0]
  np.testing.assert_allclose(tripled, 3 * found, atol=1e-6)


@pytest.mark.parametrize('size', [(24, 24), (20, 27)])
@pytest.mark.parametrize('pca', [True, False])
def test_regions_of_any_picture(size, pca):
  found = _found(
    lambda rngs: RegionPredictor(4, pca=pca, **_TINY, rngs=rngs),
    _picture(*size),
  )
  h, w = -(-size[0] // 2), -(-size[1] // 2)
  assert found.heatmap.shape == (2, h, w, 4)
  np.testing.assert_allclose(found.heatmap.sum((1, 2)), 1, rtol=1e-5)
  assert found.shift.shape == (2, 4, 2) and jnp.abs(found.shift).max() <= 1
  np.testing.assert_allclose(_product(found.affine), found.covar, atol=1e-4)
  if not pca:  # the identity at first
    wanted = np.broadcast_to(np.eye(2), (2, 4, 2, 2))
    np.testing.assert_allclose(found.affine, wanted, atol=1e-4)


def test_unpadded_heads_crop_the_map_and_stretch_it():
  found = _found(
    lambda rngs: RegionPredictor(4, padding=0, **_TINY, rngs=rngs),
    _picture(24, 24),
  )
  assert found.heatmap.shape == (2, 6, 6, 4)


def test_every_weight_of_the_predictor_learns():
  apply, variables = _made(lambda rngs: RegionPredictor(3, **_TINY, rngs=rngs))

  @quick_jit
  def slopes(params):
    def loss(params):
      now = variables._replace(params=params)
      found, stats = apply(now, _picture(16, 16), train=True)
      return (found.shift**2).sum() + found.affine.sum(), stats

    return jax.grad(loss, has_aux=True)(params)

  found, stats = slopes(variables.params)
  assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(found))
  kernels = [found['heat']['kernel']]
  kernels += [
    block['conv']['kernel']
    for block in found['hourglass']['encoder']['blocks'].values()
  ]
  assert all(jnp.abs(x).max() > 0 for x in kernels)
  before, after = (jax.tree.leaves(x) for x in (variables.stats, stats))
  assert all((a != b).any() for a, b in zip(before, after, strict=True))


def _points(*size, batch=2):
  scale = np.float32([size[1], size[0]]) / 256
  points = jnp.asarray(FALLBACK * scale)
  return jnp.broadcast_to(points, (batch, 18, 2))


def test_published_regions_of_the_prior_are_wide_and_nearly_round():
  points = _points(256, 256, batch=1)
  found = quick_jit(lambda p: drawn_regions(p, (256, 256), (64, 64)))(points)
  wanted = normalised(points, 256, 256)
  np.testing.assert_allclose(found.shift, wanted, atol=1e-6)
  spread = np.linalg.eigvalsh(np.asarray(found.covar))
  assert spread.min() > 1 and spread.max() < 8
  assert (spread[..., 1] / spread[..., 0]).min() < 1.1
  places = to_map(points, (256, 256), (64, 64))
  wanted = quick_jit(lambda p: maps(p, (64, 64)))(places)
  np.testing.assert_allclose(found.heatmap, wanted, atol=1e-6)
  np.testing.assert_allclose(_product(found.affine), found.covar, atol=1e-3)


def test_published_prior_regions_learn_nothing():
  apply, variables = _made(
    lambda rngs: PriorRegionPredictor(**_TINY, rngs=rngs)
  )
  x, points = _picture(32, 32), _points(32, 32)

  def loss(params):
    found, stats = apply(
      variables._replace(params=params), x, points, train=True
    )
    return found.affine.sum() + found.shift.sum(), stats

  slopes, stats = quick_jit(jax.grad(loss, has_aux=True))(variables.params)
  assert all((x == 0).all() for x in jax.tree.leaves(slopes))
  before, after = (jax.tree.leaves(x) for x in (variables.stats, stats))
  assert all((a == b).all() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize('reading', ['code', 'paper'])
def test_described_prior_regions_learn_within_their_maps(reading):
  options = {'variant': 'paper', 'reading': reading, **_TINY}
  options['sigma'] = {'code': None, 'paper': 0.3}[reading]
  apply, variables = _made(
    lambda rngs: PriorRegionPredictor(**options, rngs=rngs)
  )
  x, points = _picture(24, 32), _points(24, 32)

  def loss(params):
    now = variables._replace(params=params)
    found, _ = apply(now, x, points, train=True)
    return (found.shift**2).sum() + found.affine.sum(), found

  run = quick_jit(jax.value_and_grad(loss, has_aux=True))
  (_, found), slopes = run(variables.params)
  np.testing.assert_allclose(found.heatmap.sum((1, 2)), 1, rtol=1e-4)
  if reading == 'code':
    places = to_map(points, (24, 32), (12, 16))
    outside = maps(places, (12, 16)) == 0
    assert not np.any(np.where(outside, found.heatmap, 0))
  assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(slopes))
  for layer in (slopes['heat'], *slopes['fusion'].values()):
    assert jnp.abs(layer['kernel']).max() > 0


def test_without_logits_the_heat_maps_are_the_prior():
  apply, variables = _made(
    lambda rngs: PriorRegionPredictor(variant='paper', **_TINY, rngs=rngs)
  )
  variables.params['heat'] = jax.tree.map(
    jnp.zeros_like, variables.params['heat']
  )
  found, _ = quick_jit(apply)(variables, _picture(24, 24), _points(24, 24))
  drawn = maps(to_map(_points(24, 24), (24, 24), (12, 12)), (12, 12))
  wanted = drawn / drawn.sum((1, 2), keepdims=True)
  np.testing.assert_allclose(found.heatmap, wanted, atol=1e-5)


def test_an_unknown_variant_is_refused():
  with pytest.raises(ValueError, match="'mine'"):
    _made(lambda rngs: PriorRegionPredictor(variant='mine', rngs=rngs))
