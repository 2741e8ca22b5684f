"""Whole or not at all, and never into the wrong run."""

import errno
import json
import pathlib

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest

from facegen_jax.core import checkpoint_files, digests, mesh
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


def files(folder):
  return sorted(path for path in folder.rglob('*') if path.is_file())


def cut(path):
  path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
  was = bytearray(path.read_bytes())
  was[len(was) // 2] ^= 1
  path.write_bytes(was)


DAMAGE = [cut, flip, pathlib.Path.unlink]
# What Orbax leaves beside the content, and does not need to read it.
MARKS = ('commit_success.txt', '_CHECKPOINT_METADATA')


@pytest.mark.parametrize('damage', DAMAGE)
@pytest.mark.parametrize('item', ['state', 'data', 'config'])
def test_any_damaged_file_is_named_and_the_last_whole_one_is_used(
  saved, caplog, damage, item
):
  step = saved / 'checkpoints' / '5'
  content = [p for p in files(step / item) if p.name not in MARKS]
  for number, path in enumerate(content):
    kept = path.read_bytes()
    damage(path)
    caplog.clear()
    assert Checkpoints(saved, create=False).latest == 3, path
    assert f'{step} is not used: {item}/' in caplog.text
    assert path.name in caplog.text
    path.write_bytes(kept)
    assert number or Checkpoints(saved, create=False).latest == 5


@pytest.mark.parametrize('damage', DAMAGE)
def test_damaged_marks_do_no_harm(saved, damage):
  for path in files(saved / 'checkpoints' / '5'):
    if path.name in MARKS:
      damage(path)
  got, data = Checkpoints(saved).restore(like(state()), CONFIG)
  assert data == {'next_index': 9}
  jax.tree.map(np.testing.assert_array_equal, got, state(value=2.0))


def test_going_on_from_the_last_whole_one_is_exact_and_keeps_the_other(saved):
  flip(max(files(saved / 'checkpoints' / '5' / 'state')))
  saves = Checkpoints(saved)
  got, data = saves.restore(like(state()), CONFIG)
  assert data == {'next_index': 7}
  jax.tree.map(np.testing.assert_array_equal, got, state())
  saves.save(5, state(value=4.0), {'next_index': 9}, CONFIG)
  saves.close()
  assert (saved / 'checkpoints' / 'set_aside_5' / 'state').is_dir()
  got, _ = Checkpoints(saved).restore(like(state()), CONFIG)
  jax.tree.map(np.testing.assert_array_equal, got, state(value=4.0))


def as_older(folder):
  for path in folder.rglob(digests.FILE):
    path.unlink()


def test_older_format_is_named_and_the_last_whole_one_is_used(saved, caplog):
  as_older(saved / 'checkpoints' / '5')
  assert Checkpoints(saved, create=False).latest == 3
  assert '5 is not used: it is of an older format' in caplog.text


def test_older_format_alone_is_used_unchecked(saved, caplog):
  as_older(saved / 'checkpoints')
  got, _ = Checkpoints(saved).restore(like(state()), CONFIG)
  jax.tree.map(np.testing.assert_array_equal, got, state(value=2.0))
  assert '5 is of an older format, without digests' in caplog.text


def test_older_format_that_is_cut_short_is_named(saved):
  as_older(saved / 'checkpoints')
  for path in files(saved / 'checkpoints' / '5' / 'state'):
    cut(path)
  with pytest.raises(UserError, match=r'checkpoints/5 .*damaged'):
    Checkpoints(saved).restore(like(state()), CONFIG)


def test_newer_format_is_named(saved):
  path = saved / 'checkpoints' / '5' / 'state' / digests.FILE
  told = json.loads(path.read_text())
  path.write_text(json.dumps(told | {'format': digests.FORMAT + 1}))
  assert (
    'state is of format 2'
    in checkpoint_files.newest_whole(saved / 'checkpoints').faults[5]
  )


def test_no_whole_one_is_one_line_that_names_each(saved):
  for step in ('3', '5'):
    cut(max(files(saved / 'checkpoints' / step / 'config')))
  with pytest.raises(UserError, match=r'no whole checkpoint \(5: .*; 3: '):
    Checkpoints(saved)


def test_one_checkpoint_is_too_few_to_keep(tmp_path):
  with pytest.raises(UserError, match=r'config\.keep=1'):
    Checkpoints(tmp_path, keep=1)


def test_what_a_kill_left_half_written_is_cleared(saved):
  left = saved / 'checkpoints' / '7.orbax-checkpoint-tmp'
  (left / 'state').mkdir(parents=True)
  saves = Checkpoints(saved)
  assert saves.latest == 5
  saves.save(7, state(), {}, CONFIG)
  saves.close()
  assert not left.exists()
  assert Checkpoints(saved).latest == 7


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
