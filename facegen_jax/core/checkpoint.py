"""Checkpoints: the state, the position in the data, and the config, as one."""

import errno
import json
import pathlib
from typing import Any

import jax
import ml_collections
import orbax.checkpoint as ocp

from facegen_jax.core import checkpoint_files as files
from facegen_jax.core import processes
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State

# A state is only usable for the same networks; the rest may be changed.
_IDENTITY = ('system', 'model')
_NONE, _DAMAGED = -1, -2  # in place of a step


class Checkpoints:
  """The checkpoints of one run, `workdir/checkpoints/<step>`.

  A save is asynchronous and takes effect whole or not at all: a folder that a
  kill left unfinished is never restored. One whose files have changed since is
  named in a warning, and the last whole one before it is used.

  Args:
    workdir: the run's folder.
    keep: how many of the newest to keep, two or more: one may be damaged.
    create: False to only read; then a run without checkpoints is an error.
  """

  def __init__(
    self, workdir: pathlib.Path, *, keep: int = 2, create: bool = True
  ):
    self._folder = workdir.resolve() / 'checkpoints'
    if not create and not self._folder.is_dir():
      raise UserError(
        f'{workdir} holds no checkpoints: train there first, or give the '
        '--workdir of a finished run'
      )
    if keep < 2:
      raise UserError(
        f'config.keep={keep}: keep 2 checkpoints or more, one may be damaged'
      )
    self._latest = self._last_whole(create)
    self._manager = ocp.CheckpointManager(
      self._folder,
      options=ocp.CheckpointManagerOptions(
        max_to_keep=keep, create=create, cleanup_tmp_directories=create
      ),
      item_handlers=files.handlers(),
    )
    if not create and self.latest is None:
      raise UserError(
        f'{self._folder} holds no finished checkpoint: let the run reach its '
        'first save'
      )

  @property
  def latest(self) -> int | None:
    """The newest finished step that is whole, or None."""
    return self._latest

  def _last_whole(self, create: bool) -> int | None:
    """As the first process finds it; it makes room for a run that goes on."""
    step = _NONE
    if processes.is_writer():
      found = files.newest_whole(self._folder)
      if found.step is not None:
        files.warn(self._folder, found)
        if create:
          files.set_aside(self._folder, found)
        step = found.step
      elif found.faults:
        step = _DAMAGED
    step = processes.of_writer(step)
    if step == _DAMAGED:
      raise self._none_whole()
    return None if step == _NONE else step

  def _none_whole(self) -> UserError:
    faults = files.newest_whole(self._folder).faults
    told = '; '.join(f'{step}: {fault}' for step, fault in faults.items())
    return UserError(
      f'{self._folder} holds no whole checkpoint ({told}): delete that folder '
      'to begin again, or bring back a copy'
    )

  def save(self, step: int, state: State, data: Any, config: Any) -> None:
    """Saves what a run needs to go on as if it had never stopped.

    Args:
      step: finished steps.
      state: networks and optimisers.
      data: the data iterator's position, as JSON.
      config: the run's `ConfigDict`.
    """
    if step == self.latest:
      return
    args = ocp.args.Composite(
      state=files.StateSave(state),
      data=files.JsonSave(data),
      config=files.JsonSave(json.loads(config.to_json_best_effort())),
    )
    self._guarded(lambda: self._manager.save(step, args=args))
    self._latest = step

  def wait(self) -> None:
    """Returns when the last save lies on disk."""
    self._guarded(self._manager.wait_until_finished)

  def config(self) -> ml_collections.ConfigDict:
    """The config that the newest checkpoint was trained with."""
    return ml_collections.ConfigDict(self._read('config'))

  def check_trained(self) -> None:
    """Raises UserError where the newest checkpoint holds weights alone."""
    if self.latest is None or any('/opt/' in name for name in self._stored()):
      return
    raise UserError(
      f'{self._folder} holds weights alone, converted from elsewhere: they '
      'animate, but training cannot go on from them, nor is there anything '
      'that an evaluation could measure with; train in another --workdir'
    )

  def networks(self) -> set[str]:
    """Names of the networks that the newest checkpoint holds."""
    names = (name.split('/') for name in self._stored())
    return {parts[1] for parts in names if parts[0] == 'nets'}

  def restore(self, like: State, config: Any) -> tuple[State, Any]:
    """The newest state and data position.

    Args:
      like: shapes, dtypes and shardings of the wanted state.
      config: the present config; another system's or another model's
        checkpoint is refused.
    """
    self.check_trained()
    self._check_config(config)
    self._check_shapes(like)
    return self._read_state(like), self._read('data')

  def restore_part(self, like: State) -> State:
    """The newest step and some networks only, without what `like` lacks."""
    wanted = {
      name: {k: v for k, v in vars(net).items() if v}
      for name, net in like.nets.items()
    }
    got = self._read_state({'step': like.step, 'nets': wanted}, partial=True)
    nets = {
      name: net.replace(**got['nets'][name]) for name, net in like.nets.items()
    }
    return State(got['step'], nets)

  def close(self) -> None:
    """Finishes the last save."""
    self.wait()
    self._manager.close()

  def _read_state(self, like: Any, *, partial: bool = False) -> Any:
    args = files.StateRestore(
      like,
      restore_args=ocp.checkpoint_utils.construct_restore_args(like),
      partial_restore=partial,
    )
    return self._read('state', args)

  def _read(self, item: str, args: Any = None) -> Any:
    args = args or files.JsonRestore()
    step = self.latest
    try:
      return self._manager.restore(
        step, args=ocp.args.Composite(**{item: args})
      )[item]
    except Exception as e:  # whatever a damaged file makes the reader raise
      raise self._damaged(step, item, e) from e

  def _damaged(self, step: int | None, item: str, e: Exception) -> UserError:
    return UserError(
      f'{self._folder / str(step)} is damaged: its {item} cannot be read '
      f'({type(e).__name__}). Delete that folder to go on from an earlier '
      'checkpoint'
    )

  def _check_config(self, config: Any) -> None:
    stored = self.config().to_dict()
    now = json.loads(config.to_json_best_effort())
    for key in _IDENTITY:
      for name, was, want in _differences(key, stored.get(key), now[key]):
        raise UserError(
          f'{self._folder} was trained with config.{name}={was!r}, now it is '
          f'{want!r}: give that value, or another --workdir'
        )

  def _stored(self) -> dict[str, tuple[int, ...]]:
    """Shapes of the newest state's arrays by name."""
    try:
      found = self._manager.item_metadata(self.latest)['state']
      return {_path(p): tuple(x.shape) for p, x in _leaves(found.tree)}
    except Exception as e:
      raise self._damaged(self.latest, 'state', e) from e

  def _check_shapes(self, like: State) -> None:
    found = self._stored()
    wanted = {_path(p): tuple(x.shape) for p, x in _leaves(like)}
    for name in sorted(wanted.keys() | found.keys()):
      a, b = found.get(name), wanted.get(name)
      if a != b:
        raise UserError(
          f'{self._folder} does not fit this config: {name} is {a} there and '
          f'{b} here. Another dataset or config trained it: use that one, or '
          'another --workdir'
        )

  def _guarded(self, call: Any) -> None:
    try:
      call()
    except Exception as e:
      if _disk_is_full(e):
        raise UserError(
          f'no space left on the disk of {self._folder}: free some and run '
          'the same command again, it goes on from step '
          f'{self.latest or 0}'
        ) from e
      raise


def _leaves(tree: Any) -> list[tuple[Any, Any]]:
  return jax.tree_util.tree_flatten_with_path(tree)[0]


def _path(path: Any) -> str:
  return '/'.join(str(k).strip("[]'.") for k in path)


def _differences(name: str, was: Any, now: Any) -> list[tuple[str, Any, Any]]:
  if isinstance(was, dict) and isinstance(now, dict):
    return [
      row
      for key in sorted(was.keys() | now.keys())
      for row in _differences(f'{name}.{key}', was.get(key), now.get(key))
    ]
  return [] if was == now else [(name, was, now)]


def _disk_is_full(e: BaseException | None) -> bool:
  while e is not None:
    if isinstance(e, OSError) and e.errno in (errno.ENOSPC, errno.EDQUOT):
      return True
    text = str(e)
    if 'No space left' in text or 'RESOURCE_EXHAUSTED: write' in text:
      return True
    e = e.__cause__ or e.__context__
  return False
