"""FEV-GAN's turns: values, who moves, ablations, what a user may set wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_clips import clips_of
from tiny_fevgan import fevgan_config, tiny

from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Turn
from facegen_jax.losses import adversarial
from facegen_jax.systems.feature_net import FeatureNet
from facegen_jax.systems.fevgan import identity
from facegen_jax.systems.fevgan.system import System

KEY = jax.random.key(5)
# So that thirty steps show.
VALUES = {'optimizer__learning_rate': 1e-2, 'loss__weights__pixels': 100.0}


@pytest.fixture(scope='module')
def made():
  return tiny(**VALUES)


def step_of(system, stage):
  return jax.jit(
    phases.make_step(stage.phases, system.optimizers(), system.averages())
  )


@pytest.fixture(scope='module')
def trained(made):
  """States after two turns of the first stage, then 30 of the second."""
  system, state, batch = made
  features, video = system.stages()
  step, seen = step_of(system, features), [state]
  for _ in range(2):
    state, metrics = step(state, system.frozen(), batch, KEY)
  seen.append((state, [metrics]))
  step, rows = step_of(system, video), []
  for _ in range(30):
    state, metrics = step(state, system.frozen(), batch, KEY)
    rows.append(metrics)
  seen.append((state, rows))
  return seen


def moved(before, after, name):
  pairs = zip(
    jax.tree.leaves(before.nets[name].variables),
    jax.tree.leaves(after.nets[name].variables),
    strict=True,
  )
  return any(bool((a != b).any()) for a, b in pairs)


def test_each_stage_moves_its_networks_alone(trained):
  first, (features, _), (video, _) = trained
  learn = {'identity_features', 'expression_features'}
  for name in first.nets:
    assert moved(first, features, name) == (name in learn), name
    assert moved(features, video, name) == (name not in learn), name


def test_training_brings_the_clips_nearer_to_the_real_ones(trained):
  _, (_, learnt), (_, rows) = trained
  assert {'identity_features/accuracy', 'expression_features/accuracy'} <= set(
    learnt[0]
  )
  pixels = [float(row['generator/pixels']) for row in rows]
  assert np.isfinite([list(map(float, row.values())) for row in rows]).all()
  assert pixels[-1] < 0.7 * pixels[0]


def turn_of(made, more=None):
  system, state, batch = made
  return Turn(state.nets, system.frozen(), batch | (more or {}), KEY)


def test_losses_are_the_corrected_equations(made):
  """L_D = BCE(D(Y), 1) + BCE(D(G), 0); L_G = BCE(D(G), 1) + 100 L1 + L_id."""
  system, state, batch = made
  generate, discriminate = system.stages()[1].phases
  nets = {name: net.variables for name, net in state.nets.items()}

  @jax.jit
  def by_hand():
    video = to_unit(batch['video'])

    def features(x):
      return identity.maps(
        system.features['identity_features'],
        nets['identity_features'],
        x,
        'pool4+relu5_3',
      )

    f_id = features(video[:, 0])
    clip, _ = system._generated(nets, f_id, video[:, 0], batch['label'], True)
    apply = system.apply['discriminator']
    real, _ = apply(nets['discriminator'], video, batch['label'], train=True)
    fake, _ = apply(nets['discriminator'], clip, batch['label'], train=True)
    distance = sum(
      jnp.abs(features(clip[:, k]) - f_id).mean() / jnp.abs(f_id).mean()
      for k in (1, 3, 5, 7)
    )
    return real, fake, jnp.abs(clip - video).mean(), distance, clip

  real, fake, pixels, distance, clip = by_hand()
  params = {name: nets[name].params for name in generate.nets}
  value, out = jax.jit(generate.loss)(params, turn_of(made))
  np.testing.assert_allclose(out.made['made'], clip, atol=1e-5)
  wanted = {
    'adversarial': jnp.log1p(jnp.exp(-fake)).mean(),
    'pixels': pixels,
    'identity': distance,
  }
  for name, x in wanted.items():
    np.testing.assert_allclose(out.metrics[name], x, rtol=1e-4, err_msg=name)
  total = wanted['adversarial'] + 100 * pixels + distance
  np.testing.assert_allclose(value, total, rtol=1e-4)
  value, _ = jax.jit(discriminate.loss)(
    {'discriminator': nets['discriminator'].params}, turn_of(made, out.made)
  )
  np.testing.assert_allclose(
    value, adversarial.bce_discriminator([real], [fake]), rtol=1e-4
  )


def test_features_and_clips_are_computed_once_a_turn(made, monkeypatch):
  """E_id's pass is the loss's too; beside it the four frames, in one."""
  system, state, batch = made
  seen, taps = [], FeatureNet.taps

  def counted(self, net, x):
    seen.append(len(x))
    return taps(self, net, x)

  monkeypatch.setattr(FeatureNet, 'taps', counted)
  decoded, decode = [], system.apply['decoder']

  def decoding(*args, **how):
    decoded.append(args)
    return decode(*args, **how)

  monkeypatch.setitem(system.apply, 'decoder', decoding)
  turn = phases.make_step(
    system.stages()[1].phases, system.optimizers(), system.averages()
  )
  jax.eval_shape(turn, state, system.frozen(), batch, KEY)
  assert sorted(seen) == [6, 24]
  assert len(decoded) == 1


@pytest.mark.parametrize(
  ('values', 'count'),
  [
    ({'loss__weights__identity': 0.0}, [6]),
    ({'loss__id_target': 'video'}, [6, 24, 24]),
    ({'loss__id_frames': 'random', 'model__remat': True}, [6, 6]),
  ],
)
def test_what_the_identity_loss_looks_at(values, count, monkeypatch):
  seen, taps = [], FeatureNet.taps

  def counted(self, net, x):
    seen.append(len(x))
    return taps(self, net, x)

  system = System(fevgan_config(**values), clips_of())
  state = jax.eval_shape(lambda key: runs.first_state(system, key), KEY)
  rows = [system.example(i, None) for i in range(6)]
  batch = {k: np.stack([row[k] for row in rows]) for k in rows[0]}
  monkeypatch.setattr(FeatureNet, 'taps', counted)
  turn = phases.make_step(
    system.stages()[1].phases, system.optimizers(), system.averages()
  )
  jax.eval_shape(turn, state, {}, batch, KEY)
  assert sorted(seen) == count


@pytest.mark.parametrize(
  ('values', 'channels', 'nets'),
  [
    ({}, 64 + 8 + 6, {'encoder', 'decoder'}),
    ({'model__use_s': False}, 64 + 6, {'decoder'}),
    ({'model__use_id': False}, 8 + 6, {'encoder', 'decoder'}),
    ({'model__id_feature': 'relu5_3'}, 32 + 8 + 6, {'encoder', 'decoder'}),
  ],
)
def test_an_ablation_drops_its_channels(values, channels, nets):
  system = System(fevgan_config(**values))
  variables = jax.eval_shape(system.init, KEY)
  kernel = variables['decoder'].params['blocks'][0]['conv']['kernel']
  assert kernel.shape == (1, 1, 1, channels, 8)
  assert set(variables) == nets | {'identity_features'}
  given = {'picture': jnp.zeros((2, 16, 16, 3)), 'label': jnp.array([0, 5])}

  def generate():
    state = runs.state_lib.create(system.init(KEY), None, system.averages())
    return system.generate(state.nets, {}, given, KEY)

  assert jax.eval_shape(generate).shape == (2, 8, 16, 16, 3)


@pytest.mark.parametrize('variant', ['no_es', 'no_eid', 'cpu_no_es', 'grid14'])
def test_variants_are_valid(variant):
  config = fevgan_config(variant)
  given = {'picture': jnp.zeros((2, 64, 64, 3)), 'label': jnp.array([0, 5])}
  system = System(config)

  def generate():
    state = runs.state_lib.create(system.init(KEY), None, system.averages())
    return system.generate(state.nets, {}, given, KEY)

  assert jax.eval_shape(generate).shape == (2, 32, 64, 64, 3)
  assert config.model.use_s == ('no_es' not in variant)
  assert config.model.use_id == ('no_eid' not in variant)


def test_a_run_generates_without_its_clips(made, tmp_path):
  """E_id's own layers come from the checkpoint, without those of people."""
  system, state, batch = made
  config = fevgan_config(**VALUES)
  saves = Checkpoints(tmp_path)
  saves.save(3, state, {}, config)
  saves.close()
  alone, restored, _ = runs.open_generator(tmp_path)
  assert set(restored.nets) == {'encoder', 'decoder', 'identity_features'}
  given = {
    'picture': to_unit(batch['video'][:2, 0]),
    'label': jnp.array([3, 5]),
  }
  made_alone = runs.generator(alone, restored)(**given)
  np.testing.assert_array_equal(
    made_alone, runs.generator(system, state)(**given)
  )
  assert made_alone.shape == (2, 8, 16, 16, 3)


def test_examples_name_the_person(made):
  _, _, batch = made
  assert batch['video'].shape == (6, 8, 16, 16, 3)
  assert batch['video'].dtype == np.uint8
  assert batch['label'].tolist() == [3, 5] * 3
  assert batch['subject'].tolist() == [0, 0, 1, 1, 2, 2]
  assert batch['subject'].dtype == np.int32


def test_extractors_tell_their_origin(made):
  system, state, batch = made
  picture = to_unit(batch['video'][:, 0])
  for (told, embed), width in zip(
    system.extractors(state.nets), (8, 4 * 4 * 32), strict=True
  ):
    assert jax.eval_shape(embed, picture).shape == (6, width)
    assert 'trained by this run' in told


def test_imported_features_are_used_and_never_trained(tmp_path):
  config = fevgan_config(features__identity_weights=str(vgg_file(tmp_path, 2)))
  system = System(config, clips_of())
  assert 'identity_features' not in system.averages()
  assert 'identity_features' in system.frozen()
  features, video = system.stages()
  assert [phase.name for phase in features.phases] == ['expression_features']
  rows = [system.example(i, None) for i in range(4)]
  batch = {k: np.stack([row[k] for row in rows]) for k in rows[0]}
  state = jax.eval_shape(lambda key: runs.first_state(system, key), KEY)
  turn = phases.make_step(video.phases, system.optimizers(), system.averages())
  after, _ = jax.eval_shape(turn, state, system.frozen(), batch, KEY)
  assert set(after.nets) == {
    'encoder',
    'decoder',
    'discriminator',
    'expression_features',
  }
  alone = System(config)
  assert set(jax.eval_shape(alone.init, KEY)) == set(alone.averages())


def test_imported_features_of_another_size_are_refused(tmp_path):
  path = vgg_file(tmp_path, side=1)  # reads 32 px
  with pytest.raises(UserError, match='encoder_size=64: set it to 32'):
    System(fevgan_config(features__identity_weights=str(path)))


def vgg_file(folder, side):
  """A small VGG-16 with PyTorch's layouts, of people unknown."""
  from facegen_jax.nn.vgg import NAMES

  draw, state, inputs = np.random.default_rng(0), {}, 3
  for name in NAMES:
    out = 2 * 2 ** min(int(name[0]) - 1, 3)
    state[f'conv{name}.weight'] = draw.normal(size=(out, inputs, 3, 3))
    state[f'conv{name}.bias'] = np.zeros(out)
    inputs = out
  sizes = (inputs * side**2, 5, 5, 3)
  for i in range(3):
    state[f'fc{6 + i}.weight'] = draw.normal(size=(sizes[i + 1], sizes[i]))
    state[f'fc{6 + i}.bias'] = np.ones(sizes[i + 1])
  path = folder / 'face.npz'
  np.savez(path, **{k: np.float32(v) for k, v in state.items()})
  return path


@pytest.mark.parametrize(
  ('values', 'told'),
  [
    ({'model__decoder': 'grid'}, 'model.decoder='),
    ({'model__id_feature': 'pool4'}, 'model.id_feature='),
    ({'model__dtype': 'float16'}, 'model.dtype='),
    ({'loss__id_target': 'clip'}, 'loss.id_target='),
    ({'loss__id_frames': 'all'}, 'loss.id_frames='),
    ({'model__encoder_size': 48}, 'encoder_size=48.*at least 64'),
    ({'model__encoder_size': 100}, 'encoder_size=100.*multiple of 16'),
    (
      {'model__encoder_size': 512, 'model__decoder': 'grid14'},
      'encoder_size=512.*at most 256',
    ),
    ({'model__channels': (8,)}, 'config.model.channels makes 4 frames of 8'),
    (
      {'model__channels': (8, 8, 8), 'model__decoder': 'grid14'},
      'config.model.channels makes 16 frames',
    ),
    ({'model__channels': ()}, 'config.model.channels is empty'),
    ({'model__discriminator_channels': (4,) * 5}, 'halves 5 times'),
    ({'model__encoder_channels': (4, 8, 8)}, 'encoder_channels has 3'),
    ({'model__use_id': False, 'model__use_s': False}, 'use_id and use_s'),
    ({'data__size': 32}, 'config.model.channels makes 8 frames of 16'),
  ],
)
def test_a_wrong_config_is_told_in_one_line(values, told):
  with pytest.raises(UserError, match=told) as error:
    System(fevgan_config(**values))
  assert '\n' not in str(error.value)
