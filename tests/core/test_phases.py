"""The step: order of phases, critic steps, lazy phases, what is handed on."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from facegen_jax.core import phases
from facegen_jax.core.phases import Out, Phase, make_step
from facegen_jax.core.state import Variables, create

SGD = {'a': optax.sgd(1.0), 'b': optax.sgd(1.0)}


def state(averages=None):
  nets = {name: Variables({'w': jnp.zeros(())}) for name in ('a', 'b')}
  return create(nets, SGD, averages or {})


def toward(target, name='a'):
  """A loss whose SGD step of rate 1 lands on the target."""

  def loss(params, turn):
    goal = turn.batch[target] if isinstance(target, str) else target
    value = 0.5 * jnp.square(params[name]['w'] - goal)
    return value, Out(metrics={'w': params[name]['w']})

  return loss


def run(stage_phases, steps=1, averages=None, batch=None):
  averages = averages or {}
  step = jax.jit(make_step(tuple(stage_phases), SGD, averages))
  s, history = state(averages), []
  for _ in range(steps):
    s, metrics = step(s, {}, batch or {}, jax.random.key(0))
    history.append(jax.device_get(metrics))
  return s, history


def weight(s, name='a'):
  return float(s.nets[name].params['w'])


def test_only_named_nets_move_and_steps_are_counted():
  s, _ = run([Phase('p', ('a',), toward(3.0))], steps=2)
  assert (weight(s), weight(s, 'b'), int(s.step)) == (3.0, 0.0, 2)


def test_a_later_phase_sees_the_weights_that_an_earlier_one_left():
  def follow(params, turn):
    return 0.5 * jnp.square(
      params['b']['w'] - turn.nets['a'].params['w']
    ), Out()

  s, _ = run([Phase('p', ('a',), toward(3.0)), Phase('q', ('b',), follow)])
  assert weight(s, 'b') == 3.0


def test_what_a_phase_made_is_in_the_batch_of_the_next_without_gradient():
  def make(params, turn):
    made = params['a']['w'] + 5.0
    return 0.0 * params['a']['w'], Out(made={'picture': made})

  s, _ = run(
    [Phase('p', ('a',), make), Phase('q', ('b',), toward('picture', 'b'))]
  )
  assert (weight(s), weight(s, 'b')) == (0.0, 5.0)


def test_repeat_updates_so_often_in_one_turn_with_different_keys():
  def drift(params, turn):
    noise = jax.random.uniform(turn.key)
    return -noise * params['a']['w'], Out(metrics={'noise': noise})

  one, _ = run([Phase('p', ('a',), drift, repeat=3)])
  keys = jax.random.split(
    jax.random.fold_in(jax.random.fold_in(jax.random.key(0), 0), 0), 3
  )
  expected = sum(float(jax.random.uniform(k)) for k in keys)
  assert weight(one) == pytest.approx(expected, rel=1e-6)


def test_lazy_phase_runs_at_every_nth_step_only():
  def climb(params, turn):
    return -params['a']['w'], Out()

  s, history = run([Phase('p', ('a',), climb, every=3)], steps=7)
  assert weight(s) == 3.0  # steps 0, 3 and 6
  assert len(history) == 7


def test_lazy_phase_may_not_hand_on():
  def make(params, turn):
    return 0.0 * params['a']['w'], Out(made={'x': params['a']['w']})

  with pytest.raises(ValueError, match='every=1'):
    run([Phase('p', ('a',), make, every=2)])


def test_average_follows_and_only_of_nets_that_move():
  s, _ = run(
    [Phase('p', ('a',), toward(4.0))], steps=1, averages={'a': 0.75, 'b': 0.5}
  )
  assert float(s.nets['a'].ema['w']) == pytest.approx(1.0)
  assert float(s.nets['b'].ema['w']) == 0.0


def test_statistics_of_a_loss_replace_those_of_its_net():
  def loss(params, turn):
    return 0.0 * params['a']['w'], Out(stats={'b': {'mean': jnp.float32(7)}})

  s, _ = run([Phase('p', ('a',), loss)])
  assert float(s.nets['b'].stats['mean']) == 7.0


def test_a_step_compiles_once():
  step = jax.jit(make_step((Phase('p', ('a',), toward(1.0)),), SGD, {}))
  s = state()
  for _ in range(3):
    s, _ = step(s, {}, {}, jax.random.key(0))
  assert step._cache_size() == 1
  assert np.isfinite(weight(s))
  assert phases.Stage('x', 1, ()).enter is None
