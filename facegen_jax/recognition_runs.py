"""Recognition over several runs: leave-one-subject-out, augmented training.

Every run has a folder of its own, and one that is finished is not run again.
"""

from collections.abc import Sequence
import json
import pathlib
from typing import Any, NamedTuple

from absl import logging
import ml_collections
import numpy as np

from facegen_jax import evaluation, train
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets, folds
from facegen_jax.data.clips import Clips
from facegen_jax.data.folds import Person
from facegen_jax.protocols import recognition
from facegen_jax.protocols.recognition import Prediction
from facegen_jax.systems.recognition import examples

PASSES = 150  # of the paper: real to generated is 1 to 150 lambda
# What may change between two starts of a run.
_FREE = ('compilation_cache', 'devices', 'keep')
_FREE_OF = {'data': ('dir', 'threads'), 'evaluate': ('batch_size',)}


class Row(NamedTuple):
  """A row of Table VII; `weight` is lambda, 0 = real clips alone."""

  name: str
  weight: float


def changed(config: Any, **values: Any) -> ml_collections.ConfigDict:
  """A copy with `data__seed=1` for `config.data.seed`."""
  config = config.copy_and_resolve_references()
  for name, value in values.items():
    *path, last = name.split('__')
    room = config
    for part in path:
      room = room[part]
    room[last] = value
  return config


def run(config: Any, folder: pathlib.Path) -> dict[str, Any]:
  """Trains and evaluates in a folder, or reads the results of a finished run.

  Raises:
    UserError: the folder is that of a run with other settings.
  """
  _claim(config, folder)
  try:
    found = json.loads((folder / 'evaluation' / 'results.json').read_text())
    logging.info('%s is finished: macro-F1 %.3f', folder, found['macro_f1'])
    return found
  except (OSError, ValueError, KeyError):  # not yet, or cut short by a kill
    train.train(config, folder)
    return evaluation.evaluate(config, folder)


def _claim(config: Any, folder: pathlib.Path) -> None:
  """Writes what the folder's run is, or compares it with what it was."""
  path, now = folder / 'settings.json', _settings(config)
  folder.mkdir(parents=True, exist_ok=True)
  if not path.is_file():
    part = path.with_suffix('.part')
    part.write_text(json.dumps(now, indent=2) + '\n')
    part.replace(path)
    return
  was = json.loads(path.read_text())
  for name in sorted(was.keys() | now.keys()):
    if was.get(name) != now.get(name):
      raise UserError(
        f'{folder} is a run with config.{name}={was.get(name)!r}, now it is '
        f'{now.get(name)!r}: give another --workdir, or that value'
      )


def _settings(config: Any) -> dict[str, Any]:
  """The values that a result depends on, as 'data.seed' -> value."""
  whole = json.loads(config.to_json_best_effort())
  flat = {}
  for name, value in whole.items():
    if isinstance(value, dict):
      free = _FREE_OF.get(name, ())
      flat |= {f'{name}.{k}': v for k, v in value.items() if k not in free}
    elif name not in _FREE and not name.endswith(('_every', '_rows')):
      flat[name] = value
  return flat


def loso(config: Any, workdir: pathlib.Path) -> dict[str, Any]:
  """A run a person, who is tested; one score of all predictions together."""
  if config.data.generated:
    raise UserError(
      'config.data.generated with leave-one-subject-out: each fold needs a '
      'generator of its own, so use --protocol=augmented'
    )
  data = datasets.load(config.data)
  whole = Clips((*data.train, *data.held_out))
  known = examples.labelled(whole, config.data.name)
  keys = [Person(config.data.name, s) for s in known.clips.subjects]
  found = []
  for fold in folds.leave_one_out(keys):
    (person,) = fold.test
    one = changed(config, data__split=f'without:{person.subject}')
    place = workdir / f'fold_{person.subject.replace("/", "_")}'
    found.append([Prediction(**p) for p in run(one, place)['predictions']])
  results = recognition.pooled(known, found) | recognition.described(config)
  return results | {
    'protocol': f'leave-one-subject-out, {len(found)} folds, pooled',
    'data': data.described | {'split': 'without:SUBJECT'},
    'predictions': [p._asdict() for fold in found for p in fold],
  }


def augmented(
  config: Any,
  workdir: pathlib.Path,
  *,
  generated: str,
  weights: Sequence[float],
  seeds: int,
) -> dict[str, Any]:
  """Table VII: real clips alone, then with generated ones under each lambda.

  Args:
    config: `configs/recognition.py`.
    workdir: receives `seed_S/ROW` runs.
    generated: a folder; with `{seed}` in it, one for each split of the people,
      from a generator that was trained on that split's training people. Else
      there is one split, and the seeds are of the training alone.
    weights: lambda of each row.
    seeds: repeats.
  """
  rows = [Row('real only', 0.0)]
  rows += [Row(f'real : generated 1 : {PASSES * w:g}', w) for w in weights]
  by_split = '{seed}' in generated
  found = {row: [] for row in rows}
  for seed in range(seeds):
    base = changed(config, seed=seed, data__split='share')
    if by_split:
      base.data.seed = seed
    folder = generated.replace('{seed}', str(seed))
    # The leak is refused before the first row has cost its hours.
    datasets.load(changed(base, data__generated=folder).data)
    for row in rows:
      one = changed(
        base,
        data__generated=folder if row.weight else '',
        loss__generated=row.weight,
      )
      name = f'lambda_{row.weight:g}' if row.weight else 'real_only'
      found[row].append(run(one, workdir / f'seed_{seed}' / name))
  return {
    'protocol': f'augmented recognition, {seeds} seeds of '
    + ('split and training' if by_split else 'training, one split'),
    **recognition.described(config),
    'lambda': list(weights),
    'rows': [_spread(row, runs) for row, runs in found.items()],
    'data': found[rows[-1]][0]['data'],
  }


def _spread(row: Row, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
  """Mean and sample deviation over the seeds, and each seed's value."""
  out = {'name': row.name, 'lambda': row.weight, 'clips': runs[0]['clips']}
  for figure in ('macro_f1', 'uar', 'accuracy'):
    each = [run[figure] for run in runs]
    spread = float(np.std(each, ddof=1)) if len(each) > 1 else None
    out[figure] = {'mean': float(np.mean(each)), 'sd': spread, 'each': each}
  return out


def table_vii(results: dict[str, Any]) -> str:
  """The four rows as a person reads them."""
  lines = [
    f'{results["protocol"]}: mean ± deviation over the seeds',
    f'  by {results["backbone"]}, {results["weights"]}',
    f'{"training set":<28}{"macro-F1":>16}{"UAR":>16}{"accuracy":>16}',
  ]
  for row in results['rows']:
    cells = [_cell(row[f]) for f in ('macro_f1', 'uar', 'accuracy')]
    lines.append(f'{row["name"]:<28}' + ''.join(f'{c:>16}' for c in cells))
  return '\n'.join(lines)


def _cell(value: dict[str, Any]) -> str:
  spread = '' if value['sd'] is None else f' ± {value["sd"]:.3f}'
  return f'{value["mean"]:.3f}{spread}'
