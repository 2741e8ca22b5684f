"""SSLG's turn: equation 1, learning, generation, what a user may set wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from small_videos import batch_of, first_state, trained
from tiny_sslg import sslg_config, tiny

from facegen_jax import runs
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Turn
from facegen_jax.systems import unfolding
from facegen_jax.systems.sslg.system import System

KEY = jax.random.key(5)


@pytest.fixture(scope='module')
def made():
  system = tiny()
  return system, first_state(system), batch_of(system, 3)


def given_of(batch):
  video = to_unit(batch['video'])
  return {
    'constant': to_unit(batch['constant']),
    'previous': video[:, 0],
    'current': video[:, 1],
  }


def generate(system, state, given, key=KEY):
  run = quick_jit(lambda given: system.generate(state.nets, {}, given, key))
  return run(given)


def test_the_loss_is_equation_1(made):
  """Without dropout and noise, of three steps that follow each other."""
  _, state, batch = made
  system = tiny(model__dropout=0.0, model__sigma=0.0)
  (phase,) = system.stages()[0].phases
  params = {'generator': state.nets['generator'].params}
  value, out = quick_jit(phase.loss)(params, Turn(state.nets, {}, batch, KEY))
  frames = generate(system, state, given_of(batch))[:, :3]
  real = to_unit(batch['video'])[:, 2:]
  errors = jnp.square(frames - real).mean((0, 2, 3, 4))
  np.testing.assert_allclose(value, errors.mean(), rtol=1e-5)
  for i in range(3):
    np.testing.assert_allclose(
      out.metrics[f'step_{i + 1}'], errors[i], rtol=1e-5
    )
  last = jnp.square(to_unit(batch['video'])[:, 1:2] - real).mean()
  np.testing.assert_allclose(out.metrics['last_frame'], last, rtol=1e-5)


def test_noise_and_dropout_are_on_in_training(made):
  _, state, batch = made
  values = []
  for changes in (
    {},
    {'model__dropout': 0.0},
    {'model__dropout': 0.0, 'model__sigma': 0.0},
  ):
    (phase,) = tiny(**changes).stages()[0].phases
    params = {'generator': state.nets['generator'].params}
    a, b = (
      float(
        quick_jit(phase.loss)(
          params, Turn(state.nets, {}, batch, jax.random.key(k))
        )[0]
      )
      for k in (0, 1)
    )
    values.append(abs(a - b))
  assert min(values[:2]) > 1e-5 and values[2] == 0
  a, b = (
    generate(made[0], state, given_of(batch), jax.random.key(k)) for k in (0, 1)
  )
  assert jnp.abs(a - b).max() > 1e-4  # noise stays in generation


def test_it_learns_a_moving_ellipse():
  """Section 8 of what can be tested: tenfold less error in 200 steps."""
  rows, _ = trained(ellipse_system(), 200, count=1)
  first, last = rows[0], rows[-1]
  assert last['generator/loss'] < 0.1 * first['generator/loss']


def ellipse_system():
  from facegen_jax.data.clips import Clips

  config = sslg_config(
    data__size=32,
    data__flip=False,
    model__encoder=(8, 16, 16),
    model__decoder=(16, 8, 8),
    model__sigma=0.1,
    model__dropout=0.0,
    optimizer__learning_rate=3e-3,
  )
  return System(config, Clips([ellipse_clip()]))


def ellipse_clip():
  import dataclasses

  import cv2
  from tiny_clips import clips_of

  frames = []
  for k in range(5):
    picture = np.full((32, 32, 3), 40, np.uint8)
    cv2.ellipse(picture, (8 + 4 * k, 16), (6, 9), 0, 0, 360, (200, 120, 90), -1)
    frames.append(cv2.imencode('.png', picture)[1].tobytes())
  (clip, *_) = clips_of(1, frames=5, size=32)
  return dataclasses.replace(clip, frames=tuple(frames))


@pytest.fixture(scope='module')
def generated(made):
  system, state, batch = made
  return generate(system, state, given_of(batch))


def test_any_number_of_frames(made, generated):
  _, state, batch = made
  assert generated.shape == (3, 6, 16, 16, 3)
  nine = generate(tiny(recursion__n_pred=9), state, given_of(batch))
  np.testing.assert_allclose(nine[:, :6], generated, atol=1e-6)


def test_samples_are_futures_of_one_face(made, generated):
  system, state, batch = made
  one = {k: v[:1].repeat(3, 0) for k, v in given_of(batch).items()}
  a = generate(system, state, one | {'sample': jnp.array([0, 4, 2])})
  np.testing.assert_allclose(a[0], generated[0], atol=1e-5)
  b = generate(system, state, one | {'sample': jnp.array([2, 2, 4])})
  np.testing.assert_allclose(a[2], b[0], atol=1e-5)
  np.testing.assert_allclose(b[0], b[1], atol=1e-5)
  assert jnp.abs(a[1] - a[2]).max() > 1e-4


def test_it_goes_on_where_it_stopped(made, generated):
  _, state, batch = made
  given = given_of(batch) | {
    'previous': generated[:, 1],
    'current': generated[:, 2],
    'time': jnp.asarray(3),
  }
  more = generate(tiny(recursion__n_pred=3), state, given)
  np.testing.assert_allclose(more, generated[:, 3:], atol=1e-5)


def test_ten_thousand_frames_hold_no_more_than_a_hundred(made):
  _, state, batch = made
  generate = runs.generator(tiny(recursion__n_pred=100), state)
  first = [np.asarray(x)[:1] for x in given_of(batch).values()]
  held, count = [], 0
  for part in unfolding.parts(generate, *first, np.arange(1), 10_000):
    assert np.isfinite(part).all() and np.abs(part).max() <= 1
    held.append(sum(x.nbytes for x in jax.live_arrays()))
    count += part.shape[1]
  assert count == 10_000
  assert held[-1] <= held[1]


def test_dropout_at_generation_is_asked_for(made, generated):
  _, state, batch = made
  other = generate(tiny(model__mc_dropout=True), state, given_of(batch))
  assert jnp.abs(other - generated).max() > 1e-4


def test_without_the_constant_frame_it_is_not_looked_at():
  system = tiny(model__constant=False)
  state, batch = first_state(system), batch_of(system, 2)
  given = given_of(batch)
  a = generate(system, state, given)
  b = generate(system, state, given | {'constant': -given['constant']})
  np.testing.assert_array_equal(a, b)
  kernel = state.nets['generator'].params['decoder']['levels'][0]['conv']
  assert kernel['kernel'].shape[2] == 2 * 8


def test_a_run_generates_without_its_clips(made, generated, tmp_path):
  system, state, batch = made
  saves = Checkpoints(tmp_path)
  saves.save(3, state, {}, sslg_config())
  saves.close()
  alone, restored, _ = runs.open_generator(tmp_path)
  assert set(restored.nets) == {'generator'}
  a, b = (
    runs.generator(*pair)(**given_of(batch))
    for pair in ((alone, restored), (system, state))
  )
  np.testing.assert_array_equal(a, b)


def test_sheet_has_two_rows_an_example(made):
  system, state, batch = made
  columns = quick_jit(system.show)(state.nets, {}, batch, KEY)
  assert len(columns) == 3 + 3 + 6
  assert {x.shape for x in columns} == {(6, 16, 16, 3)}
  real = to_unit(batch['video'])[0, 2]
  np.testing.assert_allclose(columns[3][0], real, atol=1e-6)
  assert (columns[6][0] == 1).all()  # the real window has ended


@pytest.mark.parametrize('onto', ['constant', 'current', 'mean'])
def test_a_residual_begins_with_what_it_is_added_to(onto):
  """And the noise of the current frame is not in it."""
  system = tiny(model__residual=onto)
  state, given = first_state(system), given_of(batch_of(system, 2))
  made, step = generate(system, state, given), np.arange(1, 7)
  # The share of F_t that is left at each step.
  left = {'constant': 0 * step, 'current': step**0, 'mean': 0.5**step}[onto]
  left = left[:, None, None, None]
  constant, current = given['constant'][:, None], given['current'][:, None]
  np.testing.assert_allclose(
    made, constant + left * (current - constant), atol=1e-6
  )


VARIANTS = ['paper', 'happiness', 'no_constant', 'shallow', 'n5', 'sigma01']
VARIANTS += ['cpu', 'cpu_no_constant', 'cpu_mixed', 'p3', 'p5']


@pytest.mark.parametrize('variant', VARIANTS)
def test_variants_are_valid(variant):
  config = sslg_config(variant)
  system, size = System(config), config.data.size
  picture = jax.ShapeDtypeStruct((2, size, size, 3), jnp.float32)
  given = dict.fromkeys(System.TAKES, picture)

  def run(given):
    state = runs.state_lib.create(system.init(KEY), None, system.averages())
    return system.generate(state.nets, {}, given, KEY)

  assert jax.eval_shape(run, given).shape == (2, 50, size, size, 3)


@pytest.mark.parametrize(
  ('changes', 'told'),
  [
    ({'model__up': 'bilinear'}, 'model.up='),
    ({'model__noise_site': 'weights'}, 'model.noise_site='),
    ({'model__norm': 'batch'}, 'model.norm='),
    ({'model__encoder_kernel': 3}, 'model.encoder_kernel=3'),
    ({'model__dtype': 'float16'}, 'model.dtype='),
    ({'model__decoder': (4,)}, 'encoder names 2 widths and decoder 1'),
    ({'data__size': 18}, 'data.size=18.*multiple of 4'),
    (
      {'model__residual': 'constant', 'model__constant': False},
      "model.residual='constant'",
    ),
    ({'model__residual': 'last'}, "model.residual='last'"),
    ({'model__sigma': -0.5}, 'model.sigma=-0.5'),
    ({'model__dropout': 1.0}, 'model.dropout=1.0'),
    ({'recursion__n': 0}, 'recursion.n=0'),
    ({'recursion__n_pred': 0}, 'recursion.n_pred=0'),
  ],
)
def test_a_wrong_config_is_told_in_one_line(changes, told):
  with pytest.raises(UserError, match=told) as error:
    System(sslg_config(**changes))
  assert '\n' not in str(error.value)
