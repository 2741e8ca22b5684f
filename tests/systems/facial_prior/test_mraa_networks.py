"""MRAA's background, flow and generator."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.nn.coordinates import grid
from facegen_jax.systems.facial_prior.background import (
  Background,
  warp_places,
)
from facegen_jax.systems.facial_prior.flow import (
  PixelwiseFlow,
  sparse_motions,
  upright,
)
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.regions import Regions

_TINY = {'features': 3, 'blocks': 2, 'max_features': 6}


def _picture(*size, batch=2):
  return jax.random.uniform(jax.random.key(sum(size)), (batch, *size, 3))


def _run(make, *args):
  init, apply = pure(make)
  run = quick_jit(lambda key, *args: apply(init(key), *args)[0])
  return run(jax.random.key(0), *args)


def _regions(seed, count=3, batch=2):
  draw = np.random.default_rng(seed)
  affine = 0.3 * np.eye(2) + 0.1 * draw.normal(size=(batch, count, 2, 2))
  covar = affine @ affine.swapaxes(-1, -2)
  shift = draw.uniform(-0.8, 0.8, (batch, count, 2))
  return Regions(*(jnp.asarray(x, jnp.float32) for x in (shift, covar, affine)))


@pytest.mark.parametrize('kind', ['zero', 'shift', 'affine', 'perspective'])
def test_the_background_rests_at_first(kind):
  found = _run(
    lambda rngs: Background(kind, **_TINY, rngs=rngs),
    _picture(9, 12),
    _picture(12, 9).swapaxes(1, 2),
  )
  assert found.shape == (2, 3, 3)
  np.testing.assert_array_equal(found, np.broadcast_to(np.eye(3), (2, 3, 3)))


@pytest.mark.parametrize(
  ('kind', 'free'), [('shift', 2), ('affine', 6), ('perspective', 8)]
)
def test_the_head_moves_its_entries_and_no_other(kind, free):
  init, apply = pure(lambda rngs: Background(kind, **_TINY, rngs=rngs))
  variables = quick_jit(init)(jax.random.key(0))
  variables.params['head']['bias'] += 1
  run = quick_jit(lambda *given: apply(*given)[0])
  moved = run(variables, _picture(8, 8), _picture(8, 8)) - jnp.eye(3)
  places = {'shift': [2, 5]}.get(kind, list(range(free)))
  wanted = np.zeros(9)
  wanted[places] = 1
  np.testing.assert_allclose(moved[0].ravel(), wanted, atol=1e-6)


def test_an_unknown_background_is_refused():
  with pytest.raises(ValueError, match="'green'"):
    Background('green', rngs=nnx.Rngs(0))


def test_a_homography_divides_by_its_third_coordinate():
  draw = np.random.default_rng(0)
  matrix = (np.eye(3) + 0.1 * draw.normal(size=(2, 3, 3))).astype(np.float32)
  places = grid(4, 5)
  found = warp_places(jnp.asarray(matrix), places)
  x = matrix[1] @ np.array([*places[2, 3], 1])
  np.testing.assert_allclose(found[1, 2, 3], x[:2] / x[2], rtol=1e-5)


def test_upright_undoes_a_sign_of_both_axes():
  affine = _regions(0).affine
  np.testing.assert_allclose(upright(-affine), upright(affine))
  assert (upright(affine)[..., 0, 0] > 0).all()


def test_sparse_motions_of_the_background_and_of_regions():
  source, driving = _regions(0), _regions(1)
  homography = jnp.eye(3).at[0, 2].set(0.25)[None].repeat(2, 0)
  found = sparse_motions(source, driving, (5, 7), homography=homography)
  assert found.shape == (2, 5, 7, 4, 2)
  places = grid(5, 7)
  np.testing.assert_allclose(
    found[0, ..., 0, :], places + np.float32([0.25, 0]), atol=1e-6
  )
  bend = source.affine[1, 2] @ np.linalg.inv(driving.affine[1, 2])
  bend = bend * np.sign(bend[0, 0])
  wanted = bend @ (places[4, 1] - driving.shift[1, 2]) + source.shift[1, 2]
  np.testing.assert_allclose(found[1, 4, 1, 3], wanted, rtol=1e-3, atol=1e-4)
  still = sparse_motions(source, driving, (5, 7))
  np.testing.assert_allclose(still[0, ..., 0, :], places, atol=1e-6)


def test_a_swap_of_axes_changes_nothing_unless_it_may():
  source, driving = _regions(0), _regions(1)
  swapped = driving._replace(affine=-driving.affine)
  same, other = (
    [
      sparse_motions(source, r, (4, 4), revert_axis_swap=revert)
      for r in (driving, swapped)
    ]
    for revert in (True, False)
  )
  np.testing.assert_allclose(same[0], same[1], atol=1e-5)
  assert np.abs(other[0] - other[1]).max() > 0.1


_PLAIN = {'covar_heatmap': False, 'deformed_source': False, 'occlusion': False}


@pytest.mark.parametrize('align', [True, False])
@pytest.mark.parametrize(
  ('size', 'options'), [((16, 16), {}), ((18, 26), {}), ((16, 20), _PLAIN)]
)
def test_without_movement_the_flow_is_the_grid(size, options, align):
  x, regions = _picture(*size), _regions(0)
  if options:
    regions = Regions(regions.shift)
  motion = _run(
    lambda rngs: PixelwiseFlow(
      3, factor=2, align_corners=align, **_TINY, **options, rngs=rngs
    ),
    x,
    regions,
    regions,
  )
  h, w = size[0] // 2, size[1] // 2
  wanted = np.broadcast_to(grid(h, w), (2, h, w, 2))
  np.testing.assert_allclose(motion.flow, wanted, atol=1e-5)
  np.testing.assert_allclose(motion.mask.sum(-1), 1, rtol=1e-5)
  if options:
    assert motion.occlusion is None and motion.deformed is None
  else:
    assert motion.occlusion.shape == (2, h, w, 1)
    assert motion.deformed.shape == (2, h, w, 4, 3)


def test_the_generator_teaches_the_flow_and_what_it_is_given():
  def make(rngs):
    flow = PixelwiseFlow(3, factor=2, align_corners=False, **_TINY, rngs=rngs)
    options = {'skips': True, 'align_corners': False, 'rngs': rngs}
    return Generator(flow, features=3, down_blocks=1, res_blocks=1, **options)

  init, apply = pure(make)
  variables = quick_jit(init)(jax.random.key(0))
  homography = jnp.broadcast_to(jnp.eye(3) * 1.01, (2, 3, 3))

  def loss(params, source, driving, homography):
    now = variables._replace(params=params)
    x = _picture(16, 16)
    made, _ = apply(now, x, source, driving, homography, train=True)
    return (made.prediction**2).sum()

  run = quick_jit(jax.grad(loss, argnums=(0, 1, 2, 3)))
  params, *given = run(variables.params, _regions(0), _regions(1), homography)
  assert all(jnp.isfinite(x).all() for x in jax.tree.leaves((params, given)))
  assert all(jnp.abs(x).max() > 0 for x in jax.tree.leaves(given))
  for name in ('mask', 'occlusion'):
    assert jnp.abs(params['motion'][name]['kernel']).max() > 0
