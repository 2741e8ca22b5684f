"""StyleGAN's generator: growing, noise, truncation; codes and their mixing."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_stylegan import CODES, SIZES, generator, normal

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.nn.resize import nearest
from facegen_jax.systems.au_transfer import sampling
from facegen_jax.systems.au_transfer.generator import Generator

L = 6  # layers of 16 px
SYNTHESISE = {'method': 'synthesise'}


@pytest.fixture(scope='module')
def net():
  return generator()


@pytest.fixture(scope='module')
def codes():
  return normal(3, 2, L, CODES['w'])


@pytest.fixture(scope='module')
def make(net):
  return quick_jit(net.synthesise, static_argnames='resolution')


@pytest.fixture(scope='module')
def picture(make, codes):
  return make(codes)


@pytest.fixture(scope='module')
def fresh():
  """`apply` and first values."""
  init, apply = pure(lambda rngs: Generator(**SIZES, **CODES, rngs=rngs))
  return apply, quick_jit(init)(jax.random.key(1))


def test_shapes(net, picture):
  assert net.layers == L
  assert picture.shape == (2, 16, 16, 3)
  assert picture.dtype == jnp.float32
  w = net.map(normal(4, 3, CODES['z']))
  assert net.broadcast(w).shape == (3, L, CODES['w'])
  np.testing.assert_array_equal(net.broadcast(w)[:, 4], w)


def test_a_fade_goes_from_the_doubled_picture_to_the_new_one(
  make, codes, picture
):
  small = nearest(make(codes, resolution=8), (16, 16))
  wanted = {0.0: picture, 0.25: 0.75 * picture + 0.25 * small, 1.0: small}
  for fade, at in wanted.items():
    np.testing.assert_allclose(make(codes, fade=fade), at, atol=2e-5)


def test_a_small_picture_reads_no_later_row_of_its_code(make, codes):
  small = make(codes, resolution=8)
  assert small.shape == (2, 8, 8, 3)
  other = make(codes.at[:, 4:].set(0), resolution=8)
  np.testing.assert_array_equal(small, other)
  assert np.abs(small - make(codes.at[:, 3].set(0), resolution=8)).max() > 0.1


def test_every_layer_has_its_row_and_its_noise(net, make, codes, picture):
  maps = [x[...] for x in net.noise]
  np.testing.assert_allclose(make(codes, noise=maps), picture, atol=2e-5)
  for i in range(L):
    changed = make(codes.at[:, i].add(1.0))
    assert np.abs(changed - picture).max() > 1e-2, i
    louder = [*maps[:i], maps[i][:, ::-1], *maps[i + 1 :]]
    assert np.abs(make(codes, noise=louder) - picture).max() > 1e-3, i


def test_drawn_noise_is_of_each_sample_and_of_the_key(make, codes):
  alike = jnp.broadcast_to(codes[:1], codes.shape)
  fixed = make(alike)
  np.testing.assert_allclose(fixed[0], fixed[1], atol=1e-6)
  drawn, again, other = (
    make(alike, noise=jax.random.key(k)) for k in (5, 5, 6)
  )
  np.testing.assert_array_equal(drawn, again)
  assert np.abs(drawn[0] - drawn[1]).max() > 1e-3
  assert np.abs(drawn - other).max() > 1e-3


def test_a_new_generator_does_not_hear_the_noise(fresh, codes):
  apply, net = fresh
  make = quick_jit(
    lambda noise: apply(net, codes, noise=noise, **SYNTHESISE)[0]
  )
  np.testing.assert_allclose(make(jax.random.key(5)), make(None), atol=1e-6)


def test_truncation_pulls_rows_below_the_cutoff_to_the_mean(net, codes):
  found, mean = net.truncate(codes, 0.25, 3), net.w_avg[...]
  wanted = 0.25 * codes[:, :3] + 0.75 * mean
  np.testing.assert_allclose(found[:, :3], wanted, atol=1e-6)
  np.testing.assert_array_equal(found[:, 3:], codes[:, 3:])
  np.testing.assert_allclose(net.truncate(codes, 1.0, L), codes, atol=1e-6)


def test_bfloat16_computes_what_float32_does(codes, picture):
  half = generator(dtype=jnp.bfloat16)
  assert {x.dtype for x in jax.tree.leaves(nnx.state(half))} == {jnp.float32}
  found = quick_jit(half.synthesise)(codes)
  assert found.dtype == jnp.float32
  error = np.abs(found - picture)
  assert 0 < error.mean() < 0.02 * picture.std()


def test_what_cannot_be_made_is_told(net, codes):
  with pytest.raises(ValueError, match='no pictures of 32 px'):
    net.synthesise(codes, resolution=32)
  with pytest.raises(ValueError, match='codes of 5 rows'):
    net.synthesise(codes[:, :5])
  with pytest.raises(ValueError, match='6 layers need a map each, not 1'):
    net.synthesise(codes, noise=(jnp.zeros((1, 4, 4, 1)),))


def test_codes_are_mapped_and_truncated(fresh):
  apply, net = fresh
  net, key = Variables(net.params, dict(net.stats)), jax.random.key(2)
  net.stats['w_avg'] = jnp.arange(4.0)
  found = sampling.sample_codes(apply, net, key, 3)
  z = jax.random.normal(key, (3, CODES['z']))
  w = apply(net, z, method='map')[0]
  np.testing.assert_allclose(found, np.repeat(w[:, None], L, 1), atol=1e-6)
  pulled = sampling.sample_codes(apply, net, key, 3, psi=0.0, cutoff=2)
  np.testing.assert_allclose(pulled[1, :2], [np.arange(4)] * 2, atol=1e-6)
  np.testing.assert_allclose(pulled[:, 2:], found[:, 2:], atol=1e-6)
  everywhere = sampling.sample_codes(apply, net, key, 3, psi=0.0)
  np.testing.assert_allclose(everywhere[2, L - 1], np.arange(4), atol=1e-6)


def test_mixing_changes_codes_at_each_ones_cutoff():
  a, b = jnp.zeros((3, 4, 2)), jnp.ones((3, 4, 2))
  found = sampling.mixed(a, b, jnp.array([1, 4, 0]))[..., 0]
  np.testing.assert_array_equal(found, [[0, 1, 1, 1], [0] * 4, [1] * 4])
  one = sampling.mixed(a, b, 3)[..., 1]
  np.testing.assert_array_equal(one, [[0, 0, 0, 1]] * 3)


def test_cutoffs_mix_as_often_as_asked_and_never_nothing():
  found = sampling.draw_cutoffs(jax.random.key(0), 4000, 6, 0.9)
  values, counts = np.unique(found, return_counts=True)
  np.testing.assert_array_equal(values, [1, 2, 3, 4, 5, 6])
  np.testing.assert_allclose(counts / 4000, [0.18] * 5 + [0.1], atol=0.03)
  assert set(sampling.draw_cutoffs(jax.random.key(0), 9, 6, 0).tolist()) == {6}


def test_the_mean_of_w_moves_by_a_two_hundredth():
  found = sampling.track_average(
    jnp.array([2.0, 0]), jnp.array([[1, 1], [5, 3]])
  )
  np.testing.assert_allclose(found, [2 + 0.005, 0.01], rtol=1e-6)
