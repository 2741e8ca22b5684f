"""VGAN and C-VGAN in training: losses, order of the phases, bad configs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_videos import (
  batch_of,
  experiment,
  few_clips,
  first_state,
  trained,
)

from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Turn
from facegen_jax.systems.vgan.losses import two_way
from facegen_jax.systems.vgan.system import System

KINDS = {'noise': 'smoke', 'picture': 'conditional_smoke'}
KINDS['picture_and_label'] = 'cvgan_smoke'


def _system(given, **changes):
  config = experiment('vgan', KINDS[given], **changes)
  return System(config, few_clips())


def test_two_way_is_the_softmax_of_two_classes():
  logits = jnp.array([[0.0, 0.0], [1.0, 3.0]])
  right = -np.log([0.5, 1 / (1 + np.exp(-2))]).mean()
  assert float(two_way(logits, 1)) == pytest.approx(right, rel=1e-6)
  assert float(two_way(logits[:, ::-1], 0)) == pytest.approx(right, rel=1e-6)
  assert float(two_way(jnp.array([[200.0, -200.0]]), 1)) == 400.0


@pytest.mark.parametrize('given', ['noise', 'picture_and_label'])
def test_the_generators_loss_is_its_weighted_terms(given):
  system = _system(given)
  state, batch = first_state(system), batch_of(system)
  turn = Turn(state.nets, {}, batch, jax.random.key(2))
  phase = system.stages()[0].phases[0]
  params = {'generator': state.nets['generator'].params}
  value, out = jax.jit(lambda p: phase.loss(p, turn))(params)
  terms, weights = out.metrics, system.config.loss.weights
  wanted = terms['adversarial'] + weights.mask * terms['mask']
  if given == 'noise':
    assert 'first_frame' not in terms
  else:
    wanted += 10 * terms['first_frame']
    first = batch['video'][:, 0] / 127.5 - 1
    off = np.abs(np.asarray(out.made['made'])[:, 0] - first).mean()
    assert float(terms['first_frame']) == pytest.approx(off, rel=1e-4)
  assert float(value) == pytest.approx(float(wanted), rel=1e-5)
  assert float(terms['mask']) == pytest.approx(0.5, abs=0.05)
  assert out.stats.keys() == {'generator', 'discriminator'}


def test_the_discriminator_sees_the_clips_of_the_generators_phase():
  """Clips that are the real ones cannot be told apart."""
  system = _system('picture')
  state, batch = first_state(system), batch_of(system)
  real = batch['video'] / 127.5 - 1
  phase = system.stages()[0].phases[1]
  params = {'discriminator': state.nets['discriminator'].params}

  @jax.jit
  def loss(made):
    turn = Turn(state.nets, {}, batch | {'made': made}, None)
    return phase.loss(params, turn)[0]

  losses = [float(loss(jnp.float32(made))) for made in (real, -real)]
  # -log p - log(1 - p) of one p is at least 2 log 2.
  assert losses[0] >= 2 * np.log(2) - 1e-5
  assert losses[0] != losses[1]


def test_training_from_a_picture_brings_the_first_frame_near():
  system = _system('picture_and_label', optimizer__learning_rate=5e-3)
  rows, state = trained(system, 40)
  first = [float(row['generator/first_frame']) for row in rows]
  assert np.mean(first[-5:]) < 0.6 * np.mean(first[:5])
  assert all(np.isfinite(list(row.values())).all() for row in rows)
  assert int(state.step) == 40


def test_training_tells_clips_of_noise_from_real_ones():
  rows, _ = trained(_system('noise', optimizer__learning_rate=1e-3), 15)
  losses = [float(row['discriminator/loss']) for row in rows]
  assert losses[0] == pytest.approx(2 * np.log(2), abs=0.3)
  assert np.mean(losses[-3:]) < 0.7 * losses[0]


@pytest.mark.parametrize('given', ['noise', 'picture_and_label'])
def test_clips_from_what_is_given(given):
  system = _system(given)
  state = first_state(system)
  x = {
    'picture': jnp.float32(batch_of(system)['video'][:, 0]) / 127.5 - 1,
    'label': jnp.array([0, 1, 2, 3]),
  }
  # Without clips, from the generator alone.
  alone = System(system.config)
  assert alone.init(jax.random.key(0)).keys() == {'generator'}
  nets = {'generator': state.nets['generator']}
  generate = jax.jit(alone.generate)
  one, same, other = (
    generate(nets, {}, x, jax.random.key(seed)) for seed in (0, 0, 1)
  )
  assert one.shape == (4, 8, 16, 16, 3)
  np.testing.assert_array_equal(one, same)
  assert (np.abs(one - other).max() > 0) == (given == 'noise')
  columns = jax.eval_shape(
    system.show, state.nets, {}, batch_of(system), jax.random.key(0)
  )
  assert {c.shape for c in columns} == {(14, 16, 16, 3)}


@pytest.mark.parametrize('variant', ['paper', 'conditional', 'cvgan', 'cpu'])
def test_variants_are_consistent(variant):
  System(experiment('vgan', variant))


WRONG = {
  'model__given': ('text', r"given='text'.*picture_and_label"),
  'model__dtype': ('int8', r"dtype='int8'.*bfloat16"),
  'model__channels': ((8, 8, 4), r'16 frames of 32 px.*clip_frames=8'),
  'model__discriminator_channels': ((4,), r'has 1 levels.*has 2: change'),
  'data__size': (32, r'channels.*size=32: change one'),
}


@pytest.mark.parametrize('name', WRONG)
def test_wrong_configs_are_named(name):
  value, words = WRONG[name]
  with pytest.raises(UserError, match=words):
    _system('noise', **{name: value})
