"""The networks of the first order motion model: points, motion, picture."""

import functools

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.nn.coordinates import grid
from facegen_jax.systems.facial_prior.dense_motion import (
  DenseMotion,
  Motion,
  sparse_motions,
)
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import (
  KeypointDetector,
  KeyPoints,
  averaged,
  expectation,
  heatmaps,
)

_TINY = {'features': 3, 'blocks': 2, 'max_features': 6}


def _picture(*size, batch=2):
  return jax.random.uniform(jax.random.key(sum(size)), (batch, *size, 3))


def _run(make, *args):
  init, apply = pure(make)
  run = quick_jit(lambda key, *args: apply(init(key), *args)[0])
  return run(jax.random.key(0), *args)


def _points(seed, points=3, batch=2):
  draw = np.random.default_rng(seed)
  jacobian = np.eye(2) + 0.1 * draw.normal(size=(batch, points, 2, 2))
  value = draw.uniform(-0.8, 0.8, (batch, points, 2))
  return KeyPoints(*(jnp.asarray(x, jnp.float32) for x in (value, jacobian)))


def test_maps_of_a_sharp_peak_point_at_it():
  logits = jnp.zeros((1, 4, 6, 2)).at[0, 1, 4, 0].set(9).at[0, 3, 0, 1].set(9)
  maps = heatmaps(logits, 0.1)
  np.testing.assert_allclose(maps.sum((1, 2)), 1, rtol=1e-5)
  found = expectation(maps)[0]
  wanted = [grid(4, 6)[1, 4], grid(4, 6)[3, 0]]
  np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize('matrices', [3, 1])
def test_matrices_are_weighed_by_each_point(matrices):
  draw = np.random.default_rng(0)
  maps = draw.random((2, 4, 5, 3)).astype(np.float32)
  entries = draw.normal(size=(2, 4, 5, 4 * matrices)).astype(np.float32)
  found = averaged(jnp.asarray(maps), jnp.asarray(entries))
  for b, k in np.ndindex(2, 3):
    first = 4 * min(k, matrices - 1)
    weighed = maps[b, :, :, k, None] * entries[b, :, :, first : first + 4]
    wanted = weighed.sum((0, 1)).reshape(2, 2)
    np.testing.assert_allclose(found[b, k], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
  ('size', 'jacobian', 'padding'),
  [((24, 24), 'each', 0), ((20, 27), 'shared', 3), ((16, 24), None, 0)],
)
def test_points_of_any_picture(size, jacobian, padding):
  found = _run(
    lambda rngs: KeypointDetector(
      4, factor=2, jacobian=jacobian, padding=padding, **_TINY, rngs=rngs
    ),
    _picture(*size),
  )
  assert found.value.shape == (2, 4, 2)
  assert jnp.abs(found.value).max() <= 1
  if jacobian is None:
    assert found.jacobian is None
  else:  # as published: the identity at first
    wanted = np.broadcast_to(np.eye(2), (2, 4, 2, 2))
    np.testing.assert_allclose(found.jacobian, wanted, atol=1e-5)


def test_points_of_half_floats_are_close():
  full, half = (
    _run(
      lambda rngs, dtype=dtype: KeypointDetector(
        4, factor=2, dtype=dtype, **_TINY, rngs=rngs
      ),
      _picture(24, 24),
    )
    for dtype in (None, jnp.bfloat16)
  )
  assert half.value.dtype == jnp.float32
  np.testing.assert_allclose(half.value, full.value, atol=0.03)


def test_an_unknown_jacobian_is_refused():
  with pytest.raises(ValueError, match="'all'"):
    KeypointDetector(4, jacobian='all', **_TINY, rngs=nnx.Rngs(0))


def test_a_sparse_motion_takes_its_point_to_the_source():
  # On the driving point itself the source point is read; beside it, the
  # matrices say where: equation 4.
  places = grid(5, 7)
  driving = KeyPoints(places[1, 2][None, None], _points(0, 1, 1).jacobian)
  source = _points(1, 1, 1)
  found = sparse_motions(source, driving, 5, 7)
  assert found.shape == (1, 5, 7, 1, 2)
  np.testing.assert_allclose(found[0, 1, 2, 0], source.value[0, 0], atol=1e-6)
  step = places[4, 5] - places[1, 2]
  bend = source.jacobian[0, 0] @ np.linalg.inv(driving.jacobian[0, 0])
  wanted = bend @ step + source.value[0, 0]
  np.testing.assert_allclose(found[0, 4, 5, 0], wanted, atol=1e-5)


@pytest.mark.parametrize('size', [(16, 16), (18, 26)])
def test_without_movement_the_flow_is_the_grid(size):
  points, x = _points(0), _picture(*size)
  motion = _run(
    lambda rngs: DenseMotion(
      3, factor=2, align_corners=True, **_TINY, rngs=rngs
    ),
    x,
    points,
    points,
  )
  h, w = size[0] // 2, size[1] // 2
  wanted = np.broadcast_to(grid(h, w), (2, h, w, 2))
  np.testing.assert_allclose(motion.flow, wanted, atol=1e-5)
  np.testing.assert_allclose(motion.mask.sum(-1), 1, rtol=1e-5)
  assert motion.mask.shape == (2, h, w, 4)
  assert motion.occlusion.shape == (2, h, w, 1)
  assert (
    0 <= float(motion.occlusion.min()) <= float(motion.occlusion.max()) <= 1
  )
  for k in range(4):  # every slot reads the source as it is
    np.testing.assert_allclose(
      motion.deformed[..., k, :], motion.deformed[..., 0, :], atol=1e-4
    )


def test_shifts_alone_and_no_occlusion():
  source, driving = _points(0)._replace(jacobian=None), _points(1)
  driving = driving._replace(jacobian=None)
  motion = _run(
    lambda rngs: DenseMotion(
      3, factor=2, occlusion=False, align_corners=False, **_TINY, rngs=rngs
    ),
    _picture(16, 16),
    source,
    driving,
  )
  assert motion.occlusion is None
  assert jnp.isfinite(motion.flow).all()


class _Given(nnx.Module):
  """A motion network that gives what it is told."""

  def __call__(self, source, flow, occlusion):
    return Motion(flow, occlusion, None, None)


@functools.cache
def _painter(**options):
  """Compiled once for tests that share options and sizes."""
  options = {'down_blocks': 2, 'res_blocks': 1, **options}
  init, apply = pure(
    lambda rngs: Generator(
      _Given(), features=4, align_corners=True, **options, rngs=rngs
    )
  )
  return quick_jit(lambda key, *args: apply(init(key), *args)[0])


def _generated(x, flow, occlusion, **options):
  return _painter(**options)(jax.random.key(0), x, flow, occlusion)


def _still(h, w, batch=2):
  return jnp.broadcast_to(grid(h, w), (batch, h, w, 2))


@pytest.mark.parametrize('size', [(8, 8), (13, 10)])
@pytest.mark.parametrize('skips', [False, True])
def test_pictures_of_any_size(size, skips):
  x = _picture(*size)
  shown = jnp.full((2, 3, 4, 1), 0.3)
  made = _generated(x, _still(3, 4), shown, skips=skips)
  assert made.prediction.shape == made.deformed.shape == x.shape
  assert made.prediction.dtype == jnp.float32
  assert 0 <= float(made.prediction.min()) <= float(made.prediction.max()) <= 1


def test_a_flow_that_stands_still_moves_nothing():
  x = _picture(8, 12)
  made = _generated(x, _still(8, 12), jnp.ones((2, 8, 12, 1)), skips=True)
  np.testing.assert_allclose(made.deformed, x, atol=1e-5)
  # Nothing is occluded, so the source's own pixels show.
  np.testing.assert_allclose(made.prediction, x, atol=1e-5)


@pytest.mark.parametrize('skips', [False, True])
def test_where_all_is_occluded_the_source_does_not_show(skips):
  x, none = _picture(8, 12), jnp.zeros((2, 8, 12, 1))
  made = _generated(x, _still(8, 12), none, skips=skips).prediction
  assert jnp.abs(x[0] - x[1]).max() > 0.5
  np.testing.assert_allclose(made[0], made[1], atol=1e-6)


def test_no_occlusion_shows_all():
  x, flow = _picture(8, 12), 0.9 * _still(8, 12)
  shown = _generated(x, flow, jnp.ones((2, 8, 12, 1)), skips=False)
  without = _generated(x, flow, None, skips=False)
  np.testing.assert_allclose(shown.prediction, without.prediction, atol=1e-5)
  with pytest.raises(ValueError, match='occlusion'):
    _generated(x, flow, None, skips=True)


def test_half_floats_are_close():
  x, shown = _picture(8, 8), jnp.full((2, 4, 4, 1), 0.5)
  full, half = (
    _generated(x, 0.9 * _still(4, 4), shown, dtype=dtype)
    for dtype in (None, jnp.bfloat16)
  )
  assert half.prediction.dtype == jnp.float32
  np.testing.assert_allclose(half.prediction, full.prediction, atol=0.03)
