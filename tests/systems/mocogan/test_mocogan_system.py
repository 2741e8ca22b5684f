"""MoCoGAN's game: who moves, what the terms are, what a key decides."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from small_videos import experiment
from tiny_clips import clips_of

from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Turn
from facegen_jax.systems.mocogan.losses import windows
from facegen_jax.systems.mocogan.system import System

QUICK = {'xla_backend_optimization_level': 0}


def mocogan(variant='smoke', **changes):
  return experiment('mocogan', variant, **changes)


@pytest.fixture(scope='module')
def playing():
  """System, state and batch."""
  system = System(mocogan(), clips_of(2, frames=7, emotions=(1, 3)))
  make = jax.jit(
    lambda key: runs.first_state(system, key), compiler_options=QUICK
  )
  rows = [system.example(i, None) for i in range(4)]
  batch = {k: np.stack([row[k] for row in rows]) for k in rows[0]}
  return system, make(jax.random.key(0)), batch


@pytest.fixture(scope='module')
def step(playing):
  (stage,) = playing[0].stages()
  turn = phases.make_step(
    stage.phases, playing[0].optimizers(), playing[0].averages()
  )
  return jax.jit(turn, compiler_options=QUICK)


def test_the_judges_move_first_then_the_generator(playing, step):
  system, state, batch = playing
  assert [p.name for p in system.stages()[0].phases] == [
    'discriminators',
    'generator',
  ]
  new, metrics = step(state, {}, batch, jax.random.key(0))
  rate = system.config.optimizer.learning_rate
  for name in ('generator', 'image_discriminator', 'video_discriminator'):
    net, was = new.nets[name], state.nets[name]
    moved = jax.tree.map(
      lambda a, b: np.abs(a - b).max(), net.params, was.params
    )
    # Adam's first step is the rate, for every array that has a gradient.
    for leaf in jax.tree.leaves(moved):
      assert leaf == pytest.approx(rate, rel=1e-2), name
  assert all(np.isfinite(v) for v in metrics.values())
  means = new.nets['generator'].stats['norms'][0]['mean']
  assert np.abs(means).max() > 0


def test_the_same_key_makes_the_same_step(playing, step):
  _, state, batch = playing
  a, b, c = (
    step(state, {}, batch, jax.random.key(k))[1]['generator/loss']
    for k in (0, 0, 1)
  )
  assert a == b != c


def test_terms_add_up_and_the_category_has_its_weight(playing):
  system, state, batch = playing
  heavy = System(
    mocogan(loss__category=3.0), clips_of(2, frames=7, emotions=(1, 3))
  )
  values = {}
  for name, s in (('one', system), ('three', heavy)):
    for phase in s.stages()[0].phases:
      params = {n: state.nets[n].params for n in phase.nets}
      turn = Turn(state.nets, {}, batch, jax.random.key(4))
      loss, out = jax.jit(phase.loss, compiler_options=QUICK)(params, turn)
      m = out.metrics
      weight = 1 if name == 'one' else 3
      assert float(loss) == pytest.approx(
        float(m['image'] + m['video'] + weight * m['category']), rel=1e-5
      )
      values[name, phase.name] = float(m['category'])
  assert values['one', 'generator'] == pytest.approx(
    values['three', 'generator'], rel=1e-5
  )


def test_categories_of_the_judge_are_those_of_real_windows(playing):
  """The made windows do not move the judge's categories."""
  system, state, batch = playing
  loss = system.stages()[0].phases[0].loss
  nets = dict(state.nets)
  key = jax.random.key(5)
  params = {
    n: nets[n].params for n in ('image_discriminator', 'video_discriminator')
  }
  found = []
  for scale in (1.0, 2.0):
    g = nets['generator']
    g = g.replace(params=jax.tree.map(lambda x, s=scale: x * s, g.params))
    turn = Turn(nets | {'generator': g}, {}, batch, key)
    found.append(jax.jit(loss, compiler_options=QUICK)(params, turn)[1].metrics)
  assert found[0]['category'] == found[1]['category']
  assert found[0]['image'] != found[1]['image']


def test_the_judges_learn(playing):
  """Against a generator that stands still their loss falls."""
  system, state, batch = playing
  phase = system.stages()[0].phases[0]
  still = optax.adam(3e-3, b1=0.5)
  optimizers = dict.fromkeys(phase.nets, still)
  nets = {
    n: net.replace(opt=still.init(net.params)) if n in phase.nets else net
    for n, net in state.nets.items()
  }
  turn = phases.make_step((phase,), optimizers, {})
  step = jax.jit(turn, compiler_options=QUICK)
  state, losses = state.replace(nets=nets), []
  for _ in range(30):
    state, metrics = step(state, {}, batch, jax.random.key(0))
    losses.append(float(metrics['discriminators/loss']))
  assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_clips_are_of_their_label_and_key(playing):
  system, state, _ = playing
  given = {'picture': jnp.zeros((2, 16, 16, 3)), 'label': jnp.array([0, 5])}
  run = jax.jit(system.generate, compiler_options=QUICK)
  one, again, other = (
    run(state.nets, {}, given, jax.random.key(k)) for k in (0, 0, 1)
  )
  assert one.shape == (2, 8, 16, 16, 3)
  np.testing.assert_array_equal(one, again)
  assert np.abs(one - other).max() > 1e-6
  happy = run(
    state.nets, {}, given | {'label': jnp.array([3, 3])}, jax.random.key(0)
  )
  assert np.abs(one - happy).max() > 1e-6


def test_without_clips_it_generates_from_a_checkpoint_of_the_generator(playing):
  system, state, _ = playing
  alone = System(mocogan())
  assert set(alone.init(jax.random.key(0))) == {'generator'}
  given = {'label': jnp.array([2])}
  nets = {'generator': state.nets['generator']}
  a = jax.jit(alone.generate, compiler_options=QUICK)(
    nets, {}, given, jax.random.key(0)
  )
  b = jax.jit(system.generate, compiler_options=QUICK)(
    state.nets, {}, given, jax.random.key(0)
  )
  np.testing.assert_array_equal(a, b)


def test_sheet(playing):
  system, state, batch = playing
  columns = jax.jit(system.show)(state.nets, {}, batch, jax.random.key(0))
  assert [x.shape for x in columns] == [(6 + 2 * 4, 16, 16, 3)] * 9


def test_windows_are_frames_in_a_row_of_each_clip():
  clip = jnp.arange(2 * 9).reshape(2, 9, 1, 1, 1)
  cut, starts = jax.jit(windows, static_argnums=1), set()
  for k in range(40):
    found = np.asarray(cut(clip, 4, jax.random.key(k)))[..., 0, 0, 0]
    np.testing.assert_array_equal(np.diff(found, axis=1), 1)
    assert (found[0] < 9).all() and (found[1] >= 9).all()
    starts.add(int(found[0, 0]))
  assert starts == set(range(6))


WRONG = {
  'model__dtype': ('int8', r'config\.model\.dtype.*bfloat16'),
  'model__noise': (-0.1, r'config\.model\.noise.*at least 0'),
  'model__motion': (0, r'config\.model\.motion.*at least 1'),
  'model__channels': ((4, 8, 8), r'32 px.*config\.data\.size=16'),
  'data__size': (24, r'16 px.*config\.data\.size=24'),
  'model__window': (6, r'config\.model\.window=6.*at least 7'),
  'data__clip_frames': (7, r'config\.data\.clip_frames=7'),
}


@pytest.mark.parametrize('name', WRONG)
def test_wrong_values_are_named(name):
  value, words = WRONG[name]
  with pytest.raises(UserError, match=words):
    System(mocogan(**{name: value}))


@pytest.mark.parametrize('variant', ['paper', 'cpu', 'smoke'])
def test_every_variant_makes_a_system(variant):
  system = System(mocogan(variant=variant))
  found = jax.eval_shape(system.init, jax.random.key(0))
  assert found['generator'].params['ups']
