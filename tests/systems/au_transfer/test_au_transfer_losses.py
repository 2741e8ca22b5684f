"""A turn's losses: the fade of reals, R1, what moves, v's pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from small_videos import batch_of, first_state
from tiny_au_transfer import tiny

from facegen_jax.core import phases
from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Turn
from facegen_jax.systems.au_transfer import curriculum, losses, pairs

KEY = jax.random.key(5)


@pytest.fixture(scope='module')
def made():
  system = tiny()
  return system, first_state(system), batch_of(system, 4)


def stage(system, name):
  return next(s for s in system.stages() if s.name == name)


def level(system, name):
  found = curriculum.levels(system.config)
  return next(level for level in found if level.name == name)


def run(phase, state, batch, step, key=KEY):
  params = {name: state.nets[name].params for name in phase.nets}
  turn = Turn(state.nets, {}, batch, key, step)
  return quick_jit(jax.value_and_grad(phase.loss, has_aux=True))(params, turn)


def test_reals_fade_with_their_own_means(made):
  system, _, batch = made
  fade, x = level(system, 'fade16'), to_unit(batch['picture'])
  coarse = x.reshape(4, 8, 2, 8, 2, 3).mean((2, 4)).repeat(2, 1).repeat(2, 2)
  for step, share in ((fade.start, 1.0), (fade.start + 1, 0.75)):
    found = losses.reals(batch['picture'], fade, step)
    expected = x + share * (coarse - x)
    np.testing.assert_allclose(found, expected, atol=1e-6)
  small = losses.reals(batch['picture'], level(system, 'stable8'), 0)
  np.testing.assert_allclose(small, coarse[:, ::2, ::2], atol=1e-6)


def test_lazy_r1_is_n_times_as_strong(made):
  """The sum of both phases is the loss that is not lazy, at gamma n."""
  _, state, batch = made
  values = {}
  for every, gamma in ((2, 1.0), (1, 2.0)):
    system = tiny(loss__r1_every=every, loss__r1_gamma=gamma)
    named = {p.name: p for p in stage(system, 'stable8').phases}
    values[every] = sum(
      run(named[name], state, batch, 3)[0][0]
      for name in ('discriminator', 'r1')
      if name in named
    )
    assert named.get('r1', phases.Phase('', (), None, every=1)).every == every
  np.testing.assert_allclose(values[1], values[2], rtol=1e-5)


def test_a_turn_moves_each_network_and_tracks_w(made):
  system, state, batch = made
  *_, generator = stage(system, 'stable8').phases
  (_, out), grads = run(generator, state, batch, 3)
  before = state.nets['generator'].stats['w_avg']
  after = out.stats['generator']['w_avg']
  assert jnp.abs(after - before).max() > 0
  assert jnp.abs(after).max() < 0.02  # half a hundredth of a mean
  moved = grads['generator']['synthesis']
  assert jnp.abs(moved['to_rgb'][1]['kernel']).max() > 0
  assert jnp.abs(moved['to_rgb'][0]['kernel']).max() == 0  # no fade here
  assert jnp.abs(grads['generator']['mapping']['layers'][0]['kernel']).max() > 0


def test_a_fade_begins_as_the_resolution_before_it(made):
  """D scores the same at share 1 as one level down, and G is unfinished."""
  system, state, batch = made
  scores = []
  for name, step in (('stable8', 0), ('fade16', level(system, 'fade16').start)):
    loss = losses.Adversarial(system.config, system.apply, level(system, name))
    real = losses.reals(batch['picture'], level(system, name), step)
    net = state.nets['discriminator'].variables
    scores.append(quick_jit(loss._score)(net, real, step))
  np.testing.assert_allclose(*scores, rtol=1e-4, atol=1e-5)


def test_adam_begins_anew_with_each_level(made):
  system, state, _ = made
  net = state.nets['generator']
  used = net.replace(opt=jax.tree.map(lambda x: x + 1, net.opt))
  nets = state.nets | {'generator': used}
  found = stage(system, 'fade16').enter(state.replace(nets=nets), KEY)
  for leaf in jax.tree.leaves(found.nets['generator'].opt):
    assert not np.any(leaf)
  assert found.nets['judge'] is nets['judge']


def test_codes_are_crossed_two_or_three_times():
  codes = jnp.repeat(jnp.arange(4.0), 50)[:, None, None] * jnp.ones((1, 8, 2))
  found = np.asarray(pairs.crossed(KEY, codes))[..., 0]
  changes = (np.diff(found, axis=1) != 0).sum(1)
  assert set(changes) == {2, 3}
  assert (np.diff(found, axis=1) >= 0).all()  # from the first to the last


def test_v_begins_with_the_mean_code_and_learns(made):
  system, state, batch = made
  mean = jnp.arange(4.0)
  net = state.nets['generator']
  net = net.replace(stats=net.stats | {'w_avg': mean})
  state = state.replace(nets=state.nets | {'generator': net})
  last = stage(system, 'regressor')
  state = last.enter(state, KEY)
  x = to_unit(batch['picture'])
  first = quick_jit(lambda n: system.first_code(n, {}, x))(state.nets)
  np.testing.assert_allclose(first, jnp.tile(mean, (4, 6, 1)), atol=1e-6)
  state = state.replace(nets=jax.tree.map(jnp.copy, state.nets))
  (value, out), grads = run(last.phases[0], state, batch, 0)
  np.testing.assert_allclose(out.metrics['of_mean'], 1, rtol=1e-5)
  assert value > 0
  assert jnp.abs(grads['regressor']['fc8']['kernel']).max() > 0


def test_ungraded_pictures_teach_no_units():
  from facegen_jax.systems.au_transfer.features import units_loss

  read = jax.random.normal(KEY, (3, 12))
  graded = jnp.full((3, 12), -1.0).at[1].set(0.5)
  error = read[1] - 0.5
  np.testing.assert_allclose(
    units_loss(read, graded), (jnp.square(error).mean(), jnp.abs(error).mean())
  )
  assert units_loss(read, jnp.full((3, 12), -1.0)) == (0, 0)
