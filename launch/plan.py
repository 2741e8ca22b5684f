"""A sweep: its runs, their folders and commands, and what is stored of it."""

import json
import pathlib
import sys
from typing import Any, NamedTuple

import ml_collections

from facegen_jax.core.claim import claim, write
from facegen_jax.core.errors import UserError
from facegen_jax.run_settings import changed, settings
from launch import fields


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
      *(fields.word(name, value) for name, value in both.items()),
    ]

  def parts(self) -> tuple[str, ...]:
    """The modes of a run, one after the other."""
    return ('train', 'evaluate') if self.evaluate else ('train',)


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


def _dunder(values: dict[str, Any]) -> dict[str, Any]:
  return {name.replace('.', '__'): value for name, value in values.items()}
