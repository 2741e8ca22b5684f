"""MRAA's transfer of regions, and its AVD network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.systems.facial_prior import avd
from facegen_jax.systems.facial_prior.avd import AVD
from facegen_jax.systems.facial_prior.motion import movement_scale
from facegen_jax.systems.facial_prior.regions import Regions
from facegen_jax.systems.facial_prior.transfer import transferred


def _regions(seed, count=4, batch=2):
  draw = np.random.default_rng(seed)
  affine = np.eye(2) + 0.2 * draw.normal(size=(batch, count, 2, 2))
  covar = affine @ affine.swapaxes(-1, -2)
  shift = draw.uniform(-0.8, 0.8, (batch, count, 2))
  return Regions(*(jnp.asarray(x, jnp.float32) for x in (shift, covar, affine)))


def _close(a, b, atol=1e-5):
  for x, y in zip(a, b, strict=True):
    if x is not None or y is not None:
      np.testing.assert_allclose(x, y, atol=atol)


def test_standard_transfer_imposes_the_driver():
  source, driving = _regions(0), _regions(1)
  _close(transferred(source, driving, mode='standard'), driving)


def test_relative_transfer_moves_the_source_as_the_driver_moved():
  source, driving, first = (_regions(i) for i in range(3))
  run = quick_jit(lambda *r: transferred(*r[:2], mode='relative', initial=r[2]))
  found = run(source, driving, first)
  scale = movement_scale(source.shift, first.shift)[:, None, None]
  wanted = (driving.shift - first.shift) * scale + source.shift
  np.testing.assert_allclose(found.shift, wanted, atol=1e-5)
  turned = driving.affine @ np.linalg.inv(first.affine) @ source.affine
  np.testing.assert_allclose(found.affine, turned, rtol=1e-3, atol=1e-4)
  np.testing.assert_array_equal(found.covar, driving.covar)
  # One source for all frames of a driver, who at first stands still.
  one = jax.tree.map(lambda x: x[:1], source)
  still = run(one, first, first)
  for i in range(2):
    np.testing.assert_allclose(still.shift[i], one.shift[0], atol=1e-5)
    np.testing.assert_allclose(still.affine[i], one.affine[0], atol=1e-4)


def test_avd_transfer_asks_the_network():
  source, driving = _regions(0), _regions(1)
  given = []

  def network(*regions):
    given.extend(regions)
    return source

  assert transferred(source, driving, avd=network) is source
  assert given == [source, driving]


@pytest.mark.parametrize(
  ('mode', 'words'),
  [('fast', "'fast'"), ('relative', 'first regions'), ('avd', 'AVD')],
)
def test_what_cannot_be_transferred_is_told(mode, words):
  with pytest.raises(ValueError, match=words):
    transferred(_regions(0), _regions(1), mode=mode)


def _network(revert=True):
  return pure(
    lambda rngs: AVD(
      4,
      identity=3,
      pose=5,
      hidden=(8, 6),
      revert_axis_swap=revert,
      rngs=rngs,
    )
  )


def test_avd_gives_regions_and_learns_in_all_parts():
  init, apply = _network()
  variables = quick_jit(init)(jax.random.key(0))
  source, driving = _regions(0, batch=6), _regions(1, batch=6)

  def loss(params):
    now = variables._replace(params=params)
    found, stats = apply(now, source, driving, train=True)
    return avd.loss(found, driving), (found, stats)

  run = quick_jit(jax.value_and_grad(loss, has_aux=True))
  (total, (found, stats)), slopes = run(variables.params)
  wanted = np.abs(found.shift - driving.shift).mean()
  wanted += np.abs(found.affine - driving.affine).mean()
  np.testing.assert_allclose(total, wanted, rtol=1e-5)
  assert found.shift.shape == (6, 4, 2)
  square = found.affine @ found.affine.swapaxes(-1, -2)
  np.testing.assert_allclose(found.covar, square, rtol=1e-3, atol=1e-4)
  for part in ('identity', 'pose', 'decoder'):
    kernel = slopes[part]['layers'][0]['kernel']
    assert jnp.isfinite(kernel).all() and jnp.abs(kernel).max() > 0
  before, after = (jax.tree.leaves(x) for x in (variables.stats, stats))
  assert all((a != b).any() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize('revert', [True, False])
def test_avd_turns_the_person_the_poses_way(revert):
  init, apply = _network(revert)
  variables = quick_jit(init)(jax.random.key(0))
  source, driving = _regions(0), _regions(1)
  swapped = source._replace(affine=-source.affine)
  run = quick_jit(lambda *r: apply(variables, *r)[0])
  one, other = run(source, driving), run(swapped, driving)
  same = np.abs(one.affine - other.affine).max() < 1e-6
  assert same == revert


def test_regions_are_stretched_along_both_axes():
  regions, scale = _regions(0), jnp.array([[1.25, 0.8], [1.0, 2.0]])
  found = avd.scaled(regions, scale)
  assert found.covar is None
  for b in range(2):
    stretch = np.diag(scale[b])
    wanted = regions.shift[b] @ stretch
    np.testing.assert_allclose(found.shift[b], wanted, rtol=1e-5)
    wanted = stretch @ regions.affine[b]
    np.testing.assert_allclose(found.affine[b], wanted, rtol=1e-5)


def test_scales_are_drawn_by_their_key():
  regions = _regions(0, batch=200)
  draw = quick_jit(avd.randomly_scaled, static_argnames='spread')
  one, again, other = (draw(jax.random.key(i), regions) for i in (0, 0, 1))
  _close(one, again, atol=0)
  share = np.asarray(one.shift / regions.shift)
  np.testing.assert_allclose(share.std(1), 0, atol=1e-4)
  assert 0.749 < share.min() < 0.76 and 1.24 < share.max() < 1.251
  assert np.abs(one.shift - other.shift).max() > 0.01
