"""SSLG's recursion: what is reused, what a key decides, what gradients pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_sslg import sslg_config

from facegen_jax.systems.sslg import recursion
from facegen_jax.systems.sslg.recursion import How, Start
from facegen_jax.systems.sslg.system import System

SIZE = 16
PLAIN = How()


@pytest.fixture(scope='module')
def net():
  """`encode` and `decode` of random weights."""
  return functions(System(sslg_config()))


def functions(system):
  v = system.init(jax.random.key(0))['generator']
  # The picture depends on its input strongly, as after training.
  v.params['decoder']['last']['kernel'] *= 4

  def encode(x, keys):
    return system.apply(v, x, keys, method='encode')[0]

  def decode(latents, constant, key):
    return system.apply(v, latents, constant, key, method='decode')[0]

  return encode, decode


def start(seed=0, key=7, **more):
  constant, previous, current = jax.random.uniform(
    jax.random.key(seed), (3, 2, SIZE, SIZE, 3), minval=-1, maxval=1
  )
  keys = recursion.keys_of(jax.random.key(key), jnp.arange(2))
  return Start(constant, previous, current, keys)._replace(**more)


def unfold(net, begin, frames, how=PLAIN):
  run = quick_jit(lambda begin: recursion.unfold(*net, begin, frames, how))
  return run(begin)


@pytest.fixture(scope='module')
def eight(net):
  return unfold(net, start(), 8)


def test_reuse_is_the_naive_form_with_noise_fixed_a_frame(net, eight):
  """P_k = D(E(F_c), E(P_k-2 + N_k-2), E(P_k-1 + N_k-1)), equation 1."""
  encode, decode = net
  begin = start()
  frames, made = [begin.previous, begin.current], []

  def noisy(i):
    keys = jax.vmap(lambda key: jax.random.fold_in(key, 2 * i))(begin.keys)
    return frames[i] + 0.5 * jax.vmap(
      lambda key: jax.random.normal(key, (SIZE, SIZE, 3))
    )(keys)

  for i in range(4):
    three = (begin.constant, noisy(i), noisy(i + 1))
    made.append(decode([encode(x, None) for x in three], None, None))
    frames.append(made[-1])
  np.testing.assert_allclose(eight[:, :4], jnp.stack(made, 1), atol=1e-5)
  assert jnp.abs(eight[:, 0] - eight[:, 3]).max() > 0.01


def test_one_encoding_and_one_decoding_a_step(net):
  counted = {'encode': 0, 'decode': 0}
  encode, decode = net

  def counting(name, f):
    def run(*args):
      counted[name] += 1
      return f(*args)

    return run

  both = counting('encode', encode), counting('decode', decode)
  jax.eval_shape(lambda s: recursion.unfold(*both, s, 50), start())
  assert counted == {'encode': 3, 'decode': 1}  # two of them before the loop


def test_a_sequence_is_the_beginning_of_a_longer_one(net, eight):
  np.testing.assert_allclose(unfold(net, start(), 5), eight[:, :5], atol=1e-6)


def test_it_goes_on_from_its_last_two_frames(net, eight):
  later = start(previous=eight[:, 3], current=eight[:, 4], time=5)
  np.testing.assert_allclose(unfold(net, later, 3), eight[:, 5:], atol=1e-5)


def test_the_key_decides_and_only_where_there_is_noise(net, eight):
  other = unfold(net, start(key=8), 8)
  assert jnp.abs(other - eight).max() > 0.01
  np.testing.assert_array_equal(unfold(net, start(), 8), eight)
  still = functions(System(sslg_config(model__sigma=0.0)))
  a, b = (unfold(still, start(key=k), 8) for k in (7, 8))
  np.testing.assert_array_equal(a, b)


def test_a_sample_is_itself_beside_others(net, eight):
  begin = start()
  alone = jax.tree.map(lambda x: x[1:] if jnp.ndim(x) else x, begin)
  np.testing.assert_allclose(unfold(net, alone, 8)[0], eight[1], atol=1e-5)


def test_constant_and_order_matter(net, eight):
  begin = start()
  other = unfold(net, begin._replace(constant=-begin.constant), 8)
  assert (jnp.abs(other - eight).max((0, 2, 3, 4)) > 0.01).all()
  swapped = begin._replace(previous=begin.current, current=begin.previous)
  assert jnp.abs(unfold(net, swapped, 8)[:, 0] - eight[:, 0]).max() > 0.01


def test_new_noise_at_the_second_use(net, eight):
  """The first step is another draw too: a frame's uses are numbered."""
  other = unfold(net, start(), 8, How(resample_noise=True))
  assert jnp.abs(other - eight).max((0, 2, 3, 4)).min() > 1e-3
  still = functions(System(sslg_config(model__sigma=0.0)))
  np.testing.assert_allclose(
    unfold(still, start(), 8, How(resample_noise=True)),
    unfold(still, start(), 8),
    atol=1e-5,
  )


def gradient(net, how):
  """Of P_3 with respect to F_c alone as it goes into the first step."""

  def last(x):
    begin = start()
    begin = begin._replace(previous=begin.previous + x)
    return jnp.square(recursion.unfold(*net, begin, 3, how)[:, 2]).sum()

  return quick_jit(jax.grad(last))(jnp.zeros((2, SIZE, SIZE, 3)))


def test_gradients_pass_unless_they_are_detached(net):
  assert jnp.abs(gradient(net, How())).max() > 0
  assert not gradient(net, How(detach=True)).any()


@pytest.mark.parametrize('how', [How(remat=True), How(unroll=3)])
def test_computing_twice_or_without_a_loop_changes_nothing(net, how):
  np.testing.assert_allclose(
    gradient(net, how), gradient(net, How()), rtol=1e-4, atol=1e-6
  )


def test_remat_marks_the_step(net):
  def trace(how):
    return str(
      jax.make_jaxpr(lambda s: recursion.unfold(*net, s, 3, how))(start())
    )

  assert 'remat' in trace(How(remat=True)) or 'checkpoint' in trace(
    How(remat=True)
  )
  assert 'remat' not in trace(How()) and 'checkpoint' not in trace(How())
