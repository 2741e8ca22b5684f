"""The family's turns: who moves, what is computed once, what may be set."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_clips import clips_of
from tiny_facial_prior import (
  NAMES,
  batch_of,
  prior_config,
  shapes_of,
  system_of,
)

from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Turn
from facegen_jax.systems.facial_prior import pairs, seen
from facegen_jax.systems.facial_prior.system import System

KEY = jax.random.key(5)
JUDGES = {'identity_features', 'expression_features'}


def turn_of(system, stage):
  return phases.make_step(stage.phases, system.optimizers(), system.averages())


def first_of(system):
  return quick_jit(lambda key: runs.first_state(system, key))(KEY)


@pytest.fixture(scope='module')
def trained():
  """FOMM with AWP: before, and after some turns of `motion`, on one batch."""
  values = {
    'model__generator_features': 8,
    'model__generator_max_features': 16,
    'optimizer__learning_rate': 5e-3,
    'loss__weights__pixels': 300.0,
  }
  system = system_of('smoke_fomm_awp', **values)
  batch, state = batch_of(system), first_of(system)
  step = quick_jit(turn_of(system, system.stages()[1]))
  now, rows = state, []
  for _ in range(40):
    now, metrics = step(now, system.frozen(), batch, KEY)
    rows.append({k: float(v) for k, v in metrics.items()})
  return system, batch, state, now, rows


def moved(before, after, name):
  pairs = zip(
    jax.tree.leaves(before.nets[name].params),
    jax.tree.leaves(after.nets[name].params),
    strict=True,
  )
  return any(bool((a != b).any()) for a, b in pairs)


def test_motion_moves_all_but_the_judges_and_learns(trained):
  _, _, before, after, rows = trained
  for name in before.nets:
    assert moved(before, after, name) == (name not in JUDGES), name
  assert np.isfinite([list(row.values()) for row in rows]).all()
  assert set(rows[0]) == {
    'generator/loss',
    'generator/perceptual',
    'generator/gan',
    'generator/feature_matching',
    'generator/equivariance_jacobian',
    'generator/pixels',
    'generator/moving',
    'discriminator/loss',
  }
  pixels = [row['generator/pixels'] for row in rows]
  assert np.mean(pixels[-5:]) < 0.8 * pixels[0], pixels


def test_the_prior_s_weights_learn_through_the_jacobians(trained):
  """AWP's fusion and FOMM's head of heat maps have gradients too."""
  _, _, before, after, _ = trained
  for part in ('fusion', 'head', 'jacobian', 'predictor'):
    a, b = (s.nets['keypoints'].params[part] for s in (before, after))
    same = jax.tree.map(lambda x, y: bool((x == y).all()), a, b)
    assert not all(jax.tree.leaves(same)), part


def test_what_is_generated_is_made_once_a_turn(monkeypatch):
  system = system_of('smoke_fomm_awp')
  calls, paint = [], system.apply['generator']

  def counted(*args, **how):
    calls.append(args)
    return paint(*args, **how)

  monkeypatch.setitem(system.apply, 'generator', counted)
  turn = turn_of(system, system.stages()[1])
  jax.eval_shape(turn, shapes_of(system), {}, batch_of(system), KEY)
  assert len(calls) == 1


@pytest.mark.parametrize('name', NAMES)
def test_every_member_trains_and_shows(name):
  system = system_of(f'smoke_{name}')
  state, batch = shapes_of(system), batch_of(system)
  wanted = ['features', 'motion'] + ['avd'] * (name == 'mraa')
  assert [stage.name for stage in system.stages()] == wanted
  for stage in system.stages()[1:]:
    after, _ = jax.eval_shape(turn_of(system, stage), state, {}, batch, KEY)
    same = jax.tree.map(lambda a, b: a.shape == b.shape, state, after)
    assert all(jax.tree.leaves(same))
  columns = jax.eval_shape(system.show, state.nets, {}, batch, KEY)
  assert [x.shape for x in columns] == [(4, 32, 32, 3)] * 4


def parameters(variables):
  return sum(x.size for x in jax.tree.leaves(variables.params))


@pytest.mark.parametrize(
  ('name', 'sizes'),
  [
    ('fomm', {'keypoints': 14215368, 'generator': 45575391}),
    ('mraa', {'regions': 14146728, 'background': 6282438, 'avd': 2290620}),
  ],
)
def test_published_sizes(name, sizes):
  """The numbers of parameters of the published networks."""
  system = System(prior_config(name), clips_of(2, size=256))
  found = jax.eval_shape(system.init, KEY)
  assert {k: parameters(found[k]) for k in sizes} == sizes


@pytest.mark.parametrize('name', NAMES)
def test_small_and_published_members_are_valid(name):
  for size in ('cpu_', ''):
    config = prior_config(size + name)
    nets = set(jax.eval_shape(System(config).init, KEY))
    avd = {'avd'} if name == 'mraa' and not size else set()
    regions = {'regions', 'generator'} | avd
    mraa = name.startswith('mraa')
    assert nets == (regions if mraa else {'keypoints', 'generator'})


def given_of(batch, landmarked=True):
  given = {
    'source': batch['source'],
    'driving': batch['driving'],
    'first': batch['source'][::-1],
  }
  given = {k: np.float32(x) / 127.5 - 1 for k, x in given.items()}
  if landmarked:
    points = batch['source_landmarks']
    given['source_landmarks'], given['first_landmarks'] = points, points[::-1]
    given['driving_landmarks'] = batch['driving_landmarks'] + 1
  return given | {'mode': np.int32(0), 'adaptive': np.bool_(True)}


@pytest.fixture(scope='module')
def run(trained):
  """`generate` of the trained networks."""
  system, _, _, state, _ = trained
  return quick_jit(lambda given: system.generate(state.nets, {}, given, KEY))


def test_modes(trained, run):
  """Absolute ignores the first frame; at rest both modes agree."""
  system, batch, *_ = trained
  assert system.modes == ('relative', 'absolute')
  given = given_of(batch)
  relative, absolute = run(given), run(given | {'mode': np.int32(1)})
  assert relative.shape == (4, 32, 32, 3)
  assert float(jnp.abs(relative).max()) <= 1
  names = ('', '_landmarks')
  other = {f'first{name}': given[f'source{name}'] for name in names}
  assert bool((run(given | {'mode': np.int32(1)} | other) == absolute).all())
  assert not bool((run(given | other) == relative).all())
  assert not bool(
    (run(given | {'adaptive': np.bool_(False)}) == relative).all()
  )
  still = other | {f'driving{name}': given[f'source{name}'] for name in names}
  a, b = (run(given | still | {'mode': np.int32(i)}) for i in (0, 1))
  np.testing.assert_allclose(a, b, atol=1e-3)


def test_one_source_serves_all_frames(trained, run):
  given = given_of(trained[1])
  alone = ('source', 'first')
  one = {k: v[:1] if k.startswith(alone) else v for k, v in given.items()}
  many = {
    k: np.repeat(v[:1], 4, 0) if k.startswith(alone) else v
    for k, v in given.items()
  }
  np.testing.assert_allclose(run(one), run(many), atol=1e-4)


def test_a_run_animates_without_its_clips(trained, run, tmp_path):
  system, batch, _, state, _ = trained
  saves = Checkpoints(tmp_path)
  saves.save(3, state, {}, system.config)
  saves.close()
  alone, restored, _ = runs.open_generator(tmp_path)
  assert set(restored.nets) == {'keypoints', 'generator'}
  given = given_of(batch)
  made = quick_jit(lambda x: alone.generate(restored.nets, {}, x, KEY))(given)
  np.testing.assert_allclose(made, run(given), atol=1e-5)


@pytest.fixture(scope='module')
def articulated():
  """MRAA: before, after two turns of `motion`, and two of `avd`."""
  system = system_of('smoke_mraa')
  batch, states = batch_of(system), [first_of(system)]
  for stage in system.stages()[1:]:
    step, state = quick_jit(turn_of(system, stage)), states[-1]
    for _ in range(2):
      state, metrics = step(state, system.frozen(), batch, KEY)
      assert np.isfinite(list(map(float, metrics.values()))).all()
    states.append(state)
  return system, batch, states


def test_mraa_s_stages_move_their_networks_alone(articulated):
  _, _, (first, motion, avd) = articulated
  for name in first.nets:
    assert moved(first, motion, name) == (
      name in ('regions', 'background', 'generator')
    ), name
    assert moved(motion, avd, name) == (name == 'avd'), name
  # Running statistics of what does not move stay, too.
  same = jax.tree.map(
    lambda a, b: bool((a == b).all()),
    motion.nets['regions'].stats,
    avd.nets['regions'].stats,
  )
  assert all(jax.tree.leaves(same))


def test_mraa_s_modes_differ(articulated):
  system, batch, (*_, state) = articulated
  assert system.modes == ('avd', 'relative', 'absolute')
  given = given_of(batch, landmarked=False)
  run = quick_jit(lambda given: system.generate(state.nets, {}, given, KEY))
  made = [run(given | {'mode': np.int32(i)}) for i in range(3)]
  assert all(np.isfinite(x).all() for x in made)
  assert not bool((made[0] == made[2]).all())
  np.testing.assert_array_equal(run(given | {'mode': np.int32(0)}), made[0])
  # Scaling is of relative movement alone.
  given |= {'adaptive': np.bool_(False)}
  same = [
    bool((run(given | {'mode': np.int32(i)}) == made[i]).all())
    for i in range(3)
  ]
  assert same == [True, False, True]


def test_faithful_regions_have_no_gradient():
  system = system_of('smoke_mraa_awp_faithful')
  batch, state = batch_of(system), first_of(system)
  phase = system.stages()[1].phases[0]
  params = {name: state.nets[name].params for name in phase.nets}
  slopes, out = quick_jit(
    lambda p: jax.grad(phase.loss, has_aux=True)(
      p, Turn(state.nets, {}, batch, KEY)
    )
  )(params)
  assert set(out.metrics) == {'perceptual', 'pixels', 'moving'}
  assert not any(bool(x.any()) for x in jax.tree.leaves(slopes['regions']))
  assert any(bool(x.any()) for x in jax.tree.leaves(slopes['generator']))


def test_extractors_tell_their_origin():
  system = system_of('smoke_fomm')
  nets = shapes_of(system).nets
  x = jax.ShapeDtypeStruct((2, 32, 32, 3), jnp.float32)
  for name, embed in system.extractors(nets):
    assert 'trained by this run' in name
    del embed
  told = [name.split()[0] for name, _ in system.extractors(nets)]
  assert set(told) == JUDGES
  shape = jax.eval_shape(
    lambda n, x: system.extractors(n)[0][1](x), nets, x
  ).shape
  assert shape == (2, 8)


def test_vgg19_of_a_file_is_the_perceptual_network(tmp_path):
  path = vgg19_file(tmp_path / 'vgg19.npz')
  system = system_of('smoke_fomm', features__perceptual_weights=str(path))
  assert set(system.frozen()) == {'perceptual'}
  state, batch = shapes_of(system), batch_of(system)
  used, look = [], system._losses._features

  def features(net, x):
    used.append(net)
    return look(net, x)

  system._losses._features = features
  turn = turn_of(system, system.stages()[1])
  jax.eval_shape(turn, state, system.frozen(), batch, KEY)
  # Two pictures of one scale; 'conv5_4' is VGG-19's alone.
  assert len(used) == 2
  assert all('conv5_4' in net.params for net in used)
  assert not any(name.startswith('fc') for name in used[0].params)


def vgg19_file(path):
  from facegen_jax.nn.vgg import layer_names
  from facegen_jax.weights.vggface import torchvision_names

  draw, state, inputs = np.random.default_rng(0), {}, 3
  for name in layer_names(19):
    out = 2 * 2 ** min(int(name[0]) - 1, 3)
    place = torchvision_names(19)[f'conv{name}']
    state[f'{place}.weight'] = draw.normal(size=(out, inputs, 3, 3))
    state[f'{place}.bias'] = np.zeros(out)
    inputs = out
  np.savez(path, **{k: np.float32(v) for k, v in state.items()})
  return path


def test_perceptual_networks_weigh_as_one():
  assert sum(seen.weights(10.0, 1)) == pytest.approx(50)
  assert sum(seen.weights(10.0, 2)) == pytest.approx(50)
  assert len(seen.weights(10.0, 2)) == 10


def test_flips_reach_the_loss(trained, monkeypatch):
  """Another key, another pair: the networks see what `flipped` gives."""
  system, batch, state, _, _ = trained
  keys, flip = [], pairs.flipped

  def counted(batch, key):
    keys.append(key)
    return flip(batch, key)

  monkeypatch.setattr(pairs, 'flipped', counted)
  turn = turn_of(system, system.stages()[1])
  jax.eval_shape(turn, state, {}, batch, KEY)
  assert len(keys) == 1


@pytest.mark.parametrize(
  ('variant', 'values', 'told'),
  [
    ('fomm', {'model__motion': 'tps'}, r"model\.motion='tps'.*fomm"),
    ('fomm', {'model__prior': 'yes'}, r"model\.prior='yes'.*ewp"),
    ('mraa', {'model__prior': 'ewp'}, 'of fomm alone'),
    ('mraa_awp', {'model__prior_variant': 'both'}, r'prior_variant=.*paper'),
    ('fomm_awp', {'model__prior_rule': 'x'}, r'prior_rule='),
    ('fomm_awp', {'model__prior_reading': 'x'}, r'prior_reading='),
    ('mraa', {'model__background': 'x'}, r'background='),
    ('fomm', {'model__dtype': 'float16'}, r'dtype='),
    ('fomm', {'model__transfer': 'avd'}, r"transfer='avd'.*relative.*avd is"),
    ('mraa', {'stages__avd': 0}, r"transfer='avd'"),
    ('fomm', {'data__size': 36}, r'size=36.*factor and blocks.*8 times'),
    ('fomm', {'model__down_blocks': 6}, r'size=32.*down_blocks.*64 times'),
    ('fomm', {'loss__pyramid': (1, 2, 4)}, r'32 px to 8.*16.*leave out 4'),
    ('fomm', {'loss__pyramid': ()}, r'pyramid is empty'),
    ('fomm', {'model__discriminator_blocks': 4}, r'leaves nothing of 32 px'),
    ('fomm', {'loss__critic_pyramid': (1, 4)}, r'of 8 px.*leave 4 out'),
    ('fomm', {'features__input_size': 16}, r'input_size=16.*32'),
  ],
)
def test_a_wrong_config_is_told_in_one_line(variant, values, told):
  with pytest.raises(UserError, match=told) as error:
    System(prior_config(f'smoke_{variant}', **values))
  assert '\n' not in str(error.value)
