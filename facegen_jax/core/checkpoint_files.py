"""Checkpoints as folders on disk: which is the last whole one."""

import pathlib
import shutil
from typing import Any, NamedTuple

from absl import logging
import orbax.checkpoint as ocp

from facegen_jax.core import digests

ITEMS = ('state', 'data', 'config')


class _State(ocp.PyTreeCheckpointHandler):
  """Digests go in before the folder gets its name, so that none lacks them."""

  def finalize(self, directory: Any) -> None:
    super().finalize(directory)
    digests.write(pathlib.Path(directory))


class _Json(ocp.JsonCheckpointHandler):
  def finalize(self, directory: Any) -> None:
    super().finalize(directory)
    digests.write(pathlib.Path(directory))


@ocp.args.register_with_handler(_State, for_save=True)
class StateSave(ocp.args.PyTreeSave):
  """A tree of arrays, with digests."""


@ocp.args.register_with_handler(_State, for_restore=True)
class StateRestore(ocp.args.PyTreeRestore):
  """The same, to read."""


@ocp.args.register_with_handler(_Json, for_save=True)
class JsonSave(ocp.args.JsonSave):
  """A tree fit for JSON, with digests."""


@ocp.args.register_with_handler(_Json, for_restore=True)
class JsonRestore(ocp.args.JsonRestore):
  """The same, to read."""


def handlers() -> dict[str, Any]:
  """Writers and readers of `ITEMS`."""
  return {'state': _State(), 'data': _Json(), 'config': _Json()}


class Found(NamedTuple):
  """What lies in a folder of checkpoints.

  Attributes:
    step: of the last whole one, None where there is none.
    faults: what is wrong with each that is newer, by step.
  """

  step: int | None
  faults: dict[int, str]


def newest_whole(folder: pathlib.Path) -> Found:
  """The last checkpoint whose every file is as it was written.

  One of an older format, which has no digests, is taken only where no other
  is whole: nobody can tell whether it is.
  """
  faults, older = {}, []
  for step in _steps(folder):
    fault = _fault(folder / str(step))
    if not fault:
      return Found(step, faults)
    if _older(folder / str(step)):
      older.append(step)
    faults[step] = fault
  if not older:
    return Found(None, faults)
  return Found(older[0], {s: f for s, f in faults.items() if s > older[0]})


def warn(folder: pathlib.Path, found: Found) -> None:
  """Names each checkpoint that is passed over, and one that is not checked."""
  for step, fault in found.faults.items():
    logging.warning(
      '%s is not used: %s. Step %d is the last whole checkpoint',
      folder / str(step),
      fault,
      found.step,
    )
  if _older(folder / str(found.step)):
    logging.warning(
      '%s is of an older format, without digests: it is used unchecked',
      folder / str(found.step),
    )


def set_aside(folder: pathlib.Path, found: Found) -> None:
  """Makes room for the steps that are trained again; nothing is lost."""
  for step in found.faults:
    aside = folder / f'set_aside_{step}'
    shutil.rmtree(aside, ignore_errors=True)
    (folder / str(step)).rename(aside)
    logging.warning('%s was moved to %s', folder / str(step), aside)


def _steps(folder: pathlib.Path) -> list[int]:
  """Newest first; none where nobody has saved."""
  if not folder.is_dir():
    return []
  names = [p.name for p in folder.iterdir() if p.is_dir()]
  return sorted((int(n) for n in names if n.isdecimal()), reverse=True)


def _older(folder: pathlib.Path) -> bool:
  return all((folder / i).is_dir() for i in ITEMS) and not any(
    digests.written(folder / item) for item in ITEMS
  )


def _fault(folder: pathlib.Path) -> str:
  if _older(folder):
    return 'it is of an older format, without digests'
  for item in ITEMS:
    if not (folder / item).is_dir():
      return f'{item} is missing'
    if fault := digests.fault(folder / item):
      return fault
  return ''
