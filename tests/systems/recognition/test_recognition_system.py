"""The recogniser's update: two forward passes, coupled L2, the decay."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tiny_generated import blocks
from tiny_recognition import recogniser, worded

from facegen_jax import runs
from facegen_jax.core import phases
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Turn
from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.data import generated
from facegen_jax.data.clips import Clips
from facegen_jax.nn.video_resnet import VideoResNet, prepare
from facegen_jax.systems.recognition.system import System
from facegen_jax.weights.video_names import to_state

SMALL = {'data__clip_frames': 2}


@pytest.fixture(scope='module')
def augmented(tmp_path_factory):
  """System, state and batch with generated clips, lambda a half."""
  clips = worded()
  folder = blocks(
    tmp_path_factory.mktemp('made'),
    clips.subjects,
    ['anger', 'happiness', 'surprise'] * 2,
  )
  made = generated.read(folder, dataset='synth_face', size=16)
  config = recogniser(loss__generated=0.5, batch_size=4, **SMALL)
  system = System(config, Clips((*clips, *made.clips)))
  make = jax.jit(
    lambda key: runs.first_state(system, key),
    compiler_options={'xla_backend_optimization_level': 0},
  )
  state = make(jax.random.key(0))
  rows = [system.example(i, None) for i in (0, 3, 5, 9)]
  batch = {k: np.stack([row[k] for row in rows]) for k in rows[0]}
  return system, state, batch


def cross_entropy(logits, labels):
  picked = jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels]
  return float(-picked.mean())


def test_loss_is_that_of_two_passes_real_first(augmented):
  """BatchNorm normalises and remembers each batch by itself, in order."""
  system, state, batch = augmented
  net = state.nets['classifier']
  turn = Turn(state.nets, system.frozen(), batch, None)
  (phase,) = system.stages()[0].phases
  loss, out = jax.jit(lambda p: phase.loss(p, turn))({'classifier': net.params})
  _, apply = pure(
    lambda rngs: VideoResNet(
      'r3d_18', classes=3, width=system.config.model.width, rngs=rngs
    )
  )
  stats, losses = net.stats, []
  for clip, label in (('clip', 'label'), ('generated', 'generated_label')):
    x = prepare(jnp.float32(batch[clip]) / 127.5 - 1)
    logits, stats = jax.jit(
      lambda s, x: apply(Variables(net.params, s), x, train=True)
    )(stats, x)
    losses.append(cross_entropy(logits, batch[label]))
  assert float(loss) == pytest.approx(losses[0] + 0.5 * losses[1], rel=1e-5)
  assert float(out.metrics['generated']) == pytest.approx(losses[1], rel=1e-5)
  jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
    out.stats['classifier'],
    stats,
  )


def test_one_update_a_step_moves_everything(augmented):
  system, state, batch = augmented
  (stage,) = system.stages()
  step = jax.jit(
    phases.make_step(stage.phases, system.optimizers(), system.averages())
  )
  new, metrics = step(state, system.frozen(), batch, jax.random.key(0))
  net, was = new.nets['classifier'], state.nets['classifier']
  assert optax.tree_utils.tree_get(net.opt, 'count', filtering=_adam) == 1
  moved = jax.tree.map(lambda a, b: np.abs(a - b).max(), net.params, was.params)
  rate = system.config.optimizer.learning_rate
  assert max(jax.tree.leaves(moved)) == pytest.approx(rate, rel=1e-2)
  assert {'classifier/real', 'classifier/generated'} <= metrics.keys()


def _adam(path, value):
  del value
  return any('ScaleByAdamState' in str(p) for p in path)


def test_weight_decay_is_coupled_and_the_rate_falls_by_thirds():
  """The L2 term enters Adam's moments, as torch's weight_decay does."""
  config = recogniser(stages__steps=7, optimizer__weight_decay=0.1, **SMALL)
  optimizer = System(config, worded()).optimizers()['classifier']
  params, gradient = {'w': jnp.array([2.0])}, {'w': jnp.array([0.3])}
  opt, m, v = optimizer.init(params), 0.0, 0.0
  for t in range(7):
    delta, opt = optimizer.update(gradient, opt, params)
    g = 0.3 + 0.1 * float(params['w'][0])
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    fall = m / (1 - 0.9 ** (t + 1)) / np.sqrt(v / (1 - 0.999 ** (t + 1)))
    rate = 1e-4 * 0.1 ** (t // 3)
    assert float(delta['w'][0]) == pytest.approx(-rate * fall, rel=1e-4)
    params = optax.apply_updates(params, delta)


def test_class_weights_make_classes_count_alike():
  clips = worded()  # 6, 3, 3
  plain, even = (
    System(recogniser(loss__class_weights=on, **SMALL), clips).frozen()
    for on in (False, True)
  )
  assert plain['class_weights'].tolist() == [1, 1, 1]
  np.testing.assert_allclose(even['class_weights'], [12 / 18, 12 / 9, 12 / 9])


def test_probabilities_and_sheet(augmented):
  system, state, batch = augmented
  clip = jnp.float32(batch['clip']) / 127.5 - 1
  found = jax.jit(system.generate)(state.nets, {}, {'clip': clip}, None)
  assert found.shape == (4, 3)
  np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
  columns = system.show(state.nets, {}, batch, None)
  assert [x.shape for x in columns] == [(4, 16, 16, 3)] * 6
  np.testing.assert_allclose(columns[0], clip[:, 0], atol=1e-6)
  np.testing.assert_allclose(columns[2], clip[:, -1], atol=1e-6)


def test_raw255_is_another_input(augmented):
  system, state, batch = augmented
  raw = System(recogniser(model__scaling='raw255', **SMALL))
  clip = jnp.float32(batch['clip']) / 127.5 - 1
  a, b = (
    jax.jit(s.generate)(state.nets, {}, {'clip': clip}, None)
    for s in (system, raw)
  )
  assert np.abs(a - b).max() > 1e-6


@pytest.fixture
def weights(tmp_path):
  """torchvision's arrays of a small network of 400 classes."""
  init, _ = pure(
    lambda rngs: VideoResNet('r3d_18', classes=400, width=2, rngs=rngs)
  )
  path = tmp_path / 'r3d.npz'
  np.savez(path, **to_state('r3d_18', *init(jax.random.key(5))))
  return path


def test_kinetics_weights_start_all_but_the_head(weights):
  config = recogniser(model__weights=str(weights), **SMALL)
  found = System(config, worded()).init(jax.random.key(0))['classifier']
  stored = np.load(weights)
  np.testing.assert_array_equal(
    found.params['stem']['conv']['kernel'],
    stored['stem.0.weight'].transpose(2, 3, 4, 1, 0),
  )
  assert found.params['fc']['kernel'].shape == (16, 3)
  # A finished run is opened without the file.
  gone = recogniser(model__weights='/gone.pth', **SMALL)
  assert System(gone).init(jax.random.key(0))


def test_weights_of_another_network_are_refused(weights):
  wide = recogniser(model__weights=str(weights), model__width=4, **SMALL)
  with pytest.raises(UserError, match=r"'width': 2.*'width': 4"):
    System(wide, worded()).init(jax.random.key(0))
  other = SMALL | {'model__kind': 'mc3_18'}
  config = recogniser(model__weights=str(weights), **other)
  with pytest.raises(UserError, match='holds r3d_18, not mc3_18'):
    System(config, worded()).init(jax.random.key(0))


WRONG = {
  'model__kind': ('r2d_18', 'r2plus1d_18'),
  'model__scaling': ('none', 'raw255'),
  'model__dtype': ('int8', 'bfloat16'),
  'model__size': (8, 'at least 16'),
  'model__width': (0, 'at least 1'),
  'data__clip_frames': (0, 'at least 1'),
  'optimizer__decay': ('linear', 'cosine'),
  'loss__generated': (-1.0, 'at least 0'),
}


@pytest.mark.parametrize('name', WRONG)
def test_wrong_values_are_named(name):
  value, cure = WRONG[name]
  field = name.replace('__', r'\.')
  with pytest.raises(UserError, match=rf'config\.{field}={value!r}.*{cure}'):
    System(recogniser(**{name: value}), worded())
