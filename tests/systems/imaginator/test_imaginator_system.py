"""ImaGINator in training: losses, order of the phases, bad configs."""

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
from facegen_jax.systems.imaginator.losses import one_frame
from facegen_jax.systems.imaginator.system import System

JUDGES = ('video_discriminator', 'image_discriminator')


def _system(**changes):
  return System(experiment('imaginator', 'smoke', **changes), few_clips())


@pytest.fixture(scope='module')
def ready():
  """System, first state, batch."""
  system = _system()
  return system, first_state(system), batch_of(system)


def test_a_frame_of_each_clip_is_drawn():
  """Pixel values name the clip and the frame."""
  video = jnp.arange(3)[:, None] * 10 + jnp.arange(8)
  video = jnp.broadcast_to(video[..., None, None, None], (3, 8, 2, 2, 3))
  drawn = np.stack(
    [one_frame(video, jax.random.key(i))[:, 0, 0, 0] for i in range(80)]
  )
  assert (drawn // 10 == np.arange(3)).all()
  for clip in (drawn % 10).T:
    assert set(clip) == set(range(8))
  assert (drawn[:, 0] % 10 != drawn[:, 1] % 10).any()


def test_the_generators_loss_is_its_weighted_terms(ready):
  system, state, batch = ready
  turn = Turn(state.nets, {}, batch, jax.random.key(2))
  phase = system.stages()[0].phases[0]
  params = {'generator': state.nets['generator'].params}
  value, out = jax.jit(lambda p: phase.loss(p, turn))(params)
  t = out.metrics
  wanted = t['video'] + t['image'] + 100 * t['reconstruction']
  assert float(value) == pytest.approx(float(wanted), rel=1e-5)
  real = batch['video'] / 127.5 - 1
  off = np.abs(np.asarray(out.made['made']) - real).mean()
  assert float(t['reconstruction']) == pytest.approx(off, rel=1e-4)
  assert out.stats.keys() == {'generator', *JUDGES}
  assert out.made['made'].shape == (4, 8, 16, 16, 3)


@pytest.mark.parametrize('name', JUDGES)
def test_a_discriminator_is_told_real_from_made(ready, name):
  """Of the same clips twice, still so that any frame will do."""
  system, state, batch = ready
  phase = {p.name: p for p in system.stages()[0].phases}[name]
  still = np.repeat(batch['video'][:, :1], 8, 1)
  batch = batch | {'video': still, 'made': np.float32(still / 127.5 - 1)}
  turn, net = Turn(state.nets, {}, batch, jax.random.key(0)), state.nets[name]
  loss = jax.jit(lambda params: phase.loss({name: params}, turn))
  value, out = loss(net.params)
  # -log p - log(1 - p) is at least 2 log 2.
  assert float(value) >= 2 * np.log(2) - 1e-5
  moved = jax.tree.map(
    lambda a, b: np.abs(a - b).max(), out.stats[name], net.stats
  )
  assert max(jax.tree.leaves(moved)) > 1e-4

  def biased(by):
    params = dict(net.params)
    params['out'] = params['out'] | {'bias': jnp.array([by])}
    return float(loss(params)[0])

  assert biased(20.0) == pytest.approx(20, abs=0.2)
  assert biased(-20.0) == pytest.approx(20, abs=0.2)


def test_training_lowers_the_reconstruction():
  rows, state = trained(_system(optimizer__learning_rate=3e-3), 40)
  off = [float(row['generator/reconstruction']) for row in rows]
  assert np.mean(off[-5:]) < 0.6 * np.mean(off[:5])
  assert all(np.isfinite(list(row.values())).all() for row in rows)
  assert int(state.step) == 40


def test_clips_from_what_is_given(ready):
  system, state, batch = ready
  x = {
    'picture': jnp.float32(batch['video'][:, 0]) / 127.5 - 1,
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
  assert np.abs(one - other).max() > 0
  columns = jax.eval_shape(
    system.show, state.nets, {}, batch, jax.random.key(0)
  )
  assert {c.shape for c in columns} == {(14, 16, 16, 3)}


@pytest.mark.parametrize('variant', ['paper', 'cpu'])
def test_variants_are_consistent(variant):
  System(experiment('imaginator', variant))


WRONG = {
  'model__dtype': ('int8', r"dtype='int8'.*bfloat16"),
  'model__channels': ((8, 8, 4), r'16 frames of 32 px.*clip_frames=8'),
  'model__middle': ((8, 4), r'middle has 2 widths.*give it 3'),
  'model__discriminator_channels': ((4,), r'has 1 widths.*give it 2'),
  'data__clip_frames': (16, r'clip_frames=16'),
}


@pytest.mark.parametrize('name', WRONG)
def test_wrong_configs_are_named(name):
  value, words = WRONG[name]
  with pytest.raises(UserError, match=words):
    _system(**{name: value})
