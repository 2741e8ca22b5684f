"""The runs of a sweep: names, folders, configs and commands."""

from collections.abc import Sequence
import itertools
import json
import pathlib
import re
import sys
from typing import Any, NamedTuple

import ml_collections

from facegen_jax.core.claim import claim, write
from facegen_jax.core.errors import UserError
from facegen_jax.run_settings import changed, settings
from launch import fields as fields_lib
from launch.fields import Field

_LONGEST = 200  # of a name; file systems take 255 with what is added to it


class Run(NamedTuple):
  """A run of a sweep.

  Attributes:
    name: follows from the swept values alone.
    values: 'optimizer.learning_rate' -> value, each swept field.
  """

  name: str
  values: dict[str, Any]


class Sweep(NamedTuple):
  """Runs of one config under one folder.

  Attributes:
    root: holds a workdir a run, by its name, and `launch/`.
    config: 'configs/sslg.py:smoke'.
    overrides: fields that are set in all runs.
    runs: in the order in which they are started.
    evaluate: whether a run is only done with its results.
  """

  root: pathlib.Path
  config: str
  overrides: dict[str, Any]
  runs: tuple[Run, ...]
  evaluate: bool

  def workdir(self, run: Run) -> pathlib.Path:
    """The folder of a run."""
    return self.root / run.name

  def record(self, run: Run) -> pathlib.Path:
    """The file of a run's attempts."""
    return self.records / f'{run.name}.attempts'

  def log(self, run: Run) -> pathlib.Path:
    """What the run has printed, in all its attempts."""
    return self.records / f'{run.name}.log'

  @property
  def records(self) -> pathlib.Path:
    """The folder of what is known of the runs."""
    return self.root / 'launch'

  def words(self, run: Run) -> list[str]:
    """The command of a run, but for its --mode."""
    both = self.overrides | run.values
    return [
      *(sys.executable, '-m', 'facegen_jax.main'),
      f'--config={self.config}',
      f'--workdir={self.workdir(run)}',
      *(fields_lib.word(name, value) for name, value in both.items()),
    ]

  def parts(self) -> tuple[str, ...]:
    """The modes of a run, one after the other."""
    return ('train', 'evaluate') if self.evaluate else ('train',)


def runs(
  grid: Sequence[Field],
  points: Sequence[dict[str, Any]],
  config: ml_collections.ConfigDict,
) -> tuple[Run, ...]:
  """Every point with every combination of the grid, the last field fastest.

  Args:
    grid: see `fields.grid`.
    points: see `fields.points`; a field that one lacks has the config's value.
    config: of all runs.

  Raises:
    UserError: nothing is swept, a field in both, or two runs of one name.
  """
  if not (grid or points):
    raise UserError(
      'nothing to sweep: give --grid=FIELD=VALUE,VALUE or --run=FIELD=VALUE'
    )
  listed = dict.fromkeys(name for point in points for name in point)
  both = [field.name for field in grid if field.name in listed]
  if both:
    raise UserError(f'config.{both[0]} is in --grid and in --run: give one')
  flat = config.to_dict()
  rest = {name: _at(flat, name) for name in listed}
  names = _short([*listed, *(field.name for field in grid)])
  found = []
  for point in points or [{}]:
    for values in itertools.product(*(field.values for field in grid)):
      whole = rest | point
      whole |= dict(zip((f.name for f in grid), values, strict=True))
      found.append(Run(_name(names, whole), whole))
  _distinct(found)
  return tuple(found)


def claimed(sweep: Sweep, config: ml_collections.ConfigDict) -> None:
  """Writes what the folders are made with, or compares it with what they were.

  Raises:
    UserError: the root is that of another sweep, or a run has other settings.
  """
  told = {'config': sweep.config, 'fields': list(sweep.runs[0].values)}
  claim(sweep.records, told, told='a sweep with ', flag='--root')
  for run in sweep.runs:
    own = changed(config, **_dunder(run.values))
    own = settings(own)
    folder = sweep.workdir(run)
    claim(folder, own, told='a run with config.', flag='--root')


def stored(sweep: Sweep) -> None:
  """Writes the plan; runs of an earlier call with other values stay in it."""
  path = sweep.records / 'sweep.json'
  known = {run.name: run for run in (*_earlier(path), *sweep.runs)}
  rows = [run._asdict() for run in known.values()]
  about = {
    'config': sweep.config,
    'overrides': sweep.overrides,
    'evaluate': sweep.evaluate,
    'runs': rows,
  }
  write(path, json.dumps(about, indent=2) + '\n')


def read(root: pathlib.Path) -> Sweep:
  """The sweep that was started in a folder.

  Raises:
    UserError: there is none.
  """
  path = root / 'launch' / 'sweep.json'
  try:
    found = json.loads(path.read_text())
    known = tuple(Run(r['name'], r['values']) for r in found.pop('runs'))
    return Sweep(root=root, runs=known, **found)
  except OSError as e:
    raise UserError(
      f'{root} holds no sweep: give the --root of launch.sweep'
    ) from e
  except (KeyError, TypeError, ValueError) as e:
    raise UserError(
      f'{path} is damaged: give the command of the sweep again'
    ) from e


def _earlier(path: pathlib.Path) -> tuple[Run, ...]:
  return read(path.parent.parent).runs if path.is_file() else ()


def _at(flat: dict[str, Any], name: str) -> Any:
  for part in name.split('.'):
    flat = flat[part]
  return flat


def _dunder(values: dict[str, Any]) -> dict[str, Any]:
  return {name.replace('.', '__'): value for name, value in values.items()}


def _short(names: Sequence[str]) -> dict[str, str]:
  """A field's last word, where that tells it from the others."""
  last = [name.rpartition('.')[2] for name in names]
  return {
    name: word if last.count(word) == 1 else name
    for name, word in zip(names, last, strict=True)
  }


def _name(names: dict[str, str], values: dict[str, Any]) -> str:
  parts = [f'{names[k]}={v}'.replace(' ', '') for k, v in values.items()]
  return re.sub(r'[^\w.=,+-]', '-', ','.join(parts), flags=re.ASCII)


def _distinct(found: Sequence[Run]) -> None:
  names = [run.name for run in found]
  for name in names:
    if names.count(name) > 1:
      raise UserError(f'two runs are called {name}: give each other values')
    if len(name) > _LONGEST:
      raise UserError(
        f'{name[:40]}... is too long for a folder: sweep fewer fields'
      )
