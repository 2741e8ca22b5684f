"""Whole or not at all, and never into the wrong run."""

import errno

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest

from facegen_jax.core import mesh
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import Variables, create

CONFIG = ml_collections.ConfigDict(
  {'system': 'x', 'model': {'width': 3, 'channels': (1, 2)}, 'steps': 5}
)


def state(width=3, value=1.0):
  nets = {
    name: Variables(
      {'blocks': {0: {'w': jnp.full(width, value)}}}, {'h': jnp.arange(2)}
    )
    for name in ('gen', 'dis')
  }
  adam = {name: optax.adam(1e-3) for name in nets}
  return create(nets, adam, {'gen': 0.9})


def like(s):
  return mesh.placed(jax.eval_shape(lambda: s), mesh.one_device())


@pytest.fixture
def saved(tmp_path):
  saves = Checkpoints(tmp_path)
  saves.save(3, state(), {'next_index': 7}, CONFIG)
  saves.save(5, state(value=2.0), {'next_index': 9}, CONFIG)
  saves.close()
  return tmp_path


def test_round_trip_is_exact(saved):
  got, data = Checkpoints(saved).restore(like(state()), CONFIG)
  assert data == {'next_index': 9}
  jax.tree.map(np.testing.assert_array_equal, got, state(value=2.0))


def test_some_networks_alone(saved):
  part = state(value=2.0)
  part = part.replace(nets={'gen': part.nets['gen'].replace(opt=None)})
  got = Checkpoints(saved, create=False).restore_part(like(part))
  jax.tree.map(np.testing.assert_array_equal, got, part)


def test_config_comes_back(saved):
  config = Checkpoints(saved, create=False).config()
  assert config.model.width == 3
  assert tuple(config.model.channels) == (1, 2)


def test_another_model_is_refused_by_name(saved):
  other = ml_collections.ConfigDict(CONFIG.to_dict())
  other.model.width = 4
  with pytest.raises(UserError, match=r'config\.model\.width=3, now it is 4'):
    Checkpoints(saved).restore(like(state()), other)


def test_another_system_is_refused(saved):
  other = ml_collections.ConfigDict(CONFIG.to_dict())
  other.system = 'y'
  with pytest.raises(UserError, match=r'config\.system'):
    Checkpoints(saved).restore(like(state()), other)


def test_other_shapes_are_refused_by_name(saved):
  with pytest.raises(UserError, match=r'blocks/0/w is .*3.* there and .*4'):
    Checkpoints(saved).restore(like(state(width=4)), CONFIG)


def test_weights_alone_are_not_trained_on(tmp_path):
  trained = state()
  nets = {k: v.variables for k, v in trained.nets.items()}
  saves = Checkpoints(tmp_path)
  saves.check_trained()  # nothing is there
  saves.save(0, create(nets, None, {}), {}, CONFIG)
  saves.wait()
  with pytest.raises(UserError, match='holds weights alone'):
    saves.restore(like(trained), CONFIG)


def test_longer_training_is_no_other_model(saved):
  longer = ml_collections.ConfigDict(CONFIG.to_dict())
  longer.steps = 50
  Checkpoints(saved).restore(like(state()), longer)


def test_cut_off_state_is_named_and_the_others_stay(saved):
  for path in (saved / 'checkpoints' / '5' / 'state').rglob('*'):
    if path.is_file():
      path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
  with pytest.raises(UserError, match=r'checkpoints/5 .*damaged'):
    Checkpoints(saved).restore(like(state()), CONFIG)
  assert (saved / 'checkpoints' / '3').is_dir()


def test_missing_config_is_named(saved):
  for path in (saved / 'checkpoints' / '5' / 'config').rglob('*'):
    if path.is_file():
      path.write_text('{')
  with pytest.raises(UserError, match='config cannot be read'):
    Checkpoints(saved).config()


def test_nothing_to_read(tmp_path):
  with pytest.raises(UserError, match='no checkpoints'):
    Checkpoints(tmp_path, create=False)
  (tmp_path / 'checkpoints').mkdir()
  with pytest.raises(UserError, match='no finished checkpoint'):
    Checkpoints(tmp_path, create=False)


def test_full_disk_is_one_line(saved, monkeypatch):
  saves = Checkpoints(saved)

  def full(*args, **kwargs):
    raise ValueError('write failed') from OSError(errno.ENOSPC, 'No space')

  monkeypatch.setattr(saves._manager, 'save', full)
  with pytest.raises(UserError, match=r'no space left .* step 5'):
    saves.save(6, state(), {}, CONFIG)
