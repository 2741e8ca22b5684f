"""What a workdir holds of a run; what is missing or damaged is told."""

import json
import pathlib
from typing import Any, NamedTuple

from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError


class Run(NamedTuple):
  """One run's records.

  Attributes:
    workdir: its folder.
    config: of the newest checkpoint, or None.
    rows: lines of `metrics.jsonl`, in order.
    results: of `evaluation/results.json`, or None.
    told: 'config', 'rows', 'results' -> why it is missing or cut short.
  """

  workdir: pathlib.Path
  config: dict[str, Any] | None
  rows: list[dict[str, Any]]
  results: dict[str, Any] | None
  told: dict[str, str]

  @property
  def trained(self) -> int | None:
    """The last step that was logged."""
    return self.rows[-1]['step'] if self.rows else None


def read(workdir: pathlib.Path) -> Run:
  """Reads a run; UserError for a folder without one."""
  results = workdir / 'evaluation' / 'results.json'
  metrics = workdir / 'metrics.jsonl'
  saved = any(p.name.isdigit() for p in (workdir / 'checkpoints').glob('*'))
  if not (saved or metrics.is_file() or results.is_file()):
    raise UserError(
      f'{workdir} holds no run: neither checkpoints, metrics.jsonl nor '
      'evaluation/results.json; train there first, or give the --workdir of a '
      'run'
    )
  told = {}
  config, told['config'] = _config(workdir)
  rows, told['rows'] = _rows(metrics)
  found, told['results'] = _results(results)
  return Run(workdir, config, rows, found, {k: v for k, v in told.items() if v})


def _config(workdir: pathlib.Path) -> tuple[dict | None, str]:
  try:
    saves = Checkpoints(workdir, create=False)
    try:
      return saves.config().to_dict(), ''
    finally:
      saves.close()
  except UserError as e:
    return None, f'The config lies in the checkpoints: {e}.'


def _rows(path: pathlib.Path) -> tuple[list[dict], str]:
  if not path.is_file():
    return [], 'There is no metrics.jsonl: nothing was logged.'
  rows, bad = [], 0
  for line in path.read_text(errors='replace').splitlines():
    try:
      row = json.loads(line)
      rows.append(row | {'step': int(row['step'])})
    except (ValueError, KeyError, TypeError):  # cut short by a kill
      bad += 1
  if bad:
    return (
      rows,
      f'{bad} of {len(rows) + bad} lines of metrics.jsonl are damaged.',
    )
  return rows, '' if rows else 'metrics.jsonl is empty: nothing was logged.'


def _results(path: pathlib.Path) -> tuple[dict | None, str]:
  if not path.is_file():
    return None, (
      'There is no evaluation/results.json: the run has not been evaluated '
      '(the training command with --mode=evaluate does it).'
    )
  try:
    results = json.loads(path.read_text())
  except ValueError as e:
    return None, f'evaluation/results.json is damaged ({e}): evaluate again.'
  if not isinstance(results, dict):
    return None, 'evaluation/results.json is no JSON object: evaluate again.'
  return results, ''
