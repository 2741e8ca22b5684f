"""Recognition over several runs: leave-one-subject-out, augmented training.

Every run has a folder of its own, and one that is finished is not run again.
"""

from collections.abc import Sequence
import pathlib
from typing import Any, NamedTuple

import ml_collections

from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets, folds
from facegen_jax.data.clips import Clips
from facegen_jax.data.folds import Person
from facegen_jax.finished_runs import run
from facegen_jax.protocols import over_seeds, recognition
from facegen_jax.protocols.recognition import Prediction
from facegen_jax.run_settings import changed
from facegen_jax.systems.recognition import examples

_FIGURES = ('macro_f1', 'uar', 'accuracy')
PASSES = 150  # of the paper: real to generated is 1 to 150 lambda


class Row(NamedTuple):
  """A row of Table VII; `weight` is lambda, 0 = real clips alone."""

  name: str
  weight: float


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
  found = {row: [] for row in rows(weights)}
  for seed in range(seeds):
    # The leak is refused before the first row has cost its hours.
    last, _ = of_row(config, workdir, [*found][-1], seed, generated)
    datasets.load(last.data)
    for row, its in found.items():
      its.append(run(*of_row(config, workdir, row, seed, generated)))
  by_split = '{seed}' in generated
  return {
    'protocol': f'augmented recognition, {seeds} seeds of '
    + ('split and training' if by_split else 'training, one split'),
    **recognition.described(config),
    'lambda': list(weights),
    'rows': [_spread(row, runs) for row, runs in found.items()],
    'data': [*found.values()][-1][0]['data'],
  }


def rows(weights: Sequence[float]) -> list[Row]:
  """Those of Table VII for each lambda, real clips alone first."""
  names = [f'real : generated 1 : {PASSES * w:g}' for w in weights]
  return [Row('real only', 0.0), *map(Row, names, weights)]


def of_row(
  config: Any, workdir: pathlib.Path, row: Row, seed: int, generated: str
) -> tuple[ml_collections.ConfigDict, pathlib.Path]:
  """The run of a row and seed: its config and its folder; see `augmented`."""
  one = changed(config, seed=seed, data__split='share')
  if '{seed}' in generated:
    one.data.seed = seed
  folder = generated.replace('{seed}', str(seed))
  one.data.generated = folder if row.weight else ''
  one.loss.generated = row.weight
  name = f'lambda_{row.weight:g}' if row.weight else 'real_only'
  return one, workdir / f'seed_{seed}' / name


def _spread(row: Row, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
  """Each figure over the seeds."""
  out = {'name': row.name, 'lambda': row.weight, 'clips': runs[0]['clips']}
  for figure in _FIGURES:
    out[figure] = over_seeds.spread([run[figure] for run in runs])
  return out


def table_vii(results: dict[str, Any]) -> str:
  """The four rows as a person reads them."""
  lines = [
    f'{results["protocol"]}: mean ± deviation over the seeds',
    f'  by {results["backbone"]}, {results["weights"]}',
    f'{"training set":<28}{"macro-F1":>16}{"UAR":>16}{"accuracy":>16}',
  ]
  for row in results['rows']:
    cells = [over_seeds.cell(row[f]) for f in _FIGURES]
    lines.append(f'{row["name"]:<28}' + ''.join(f'{c:>16}' for c in cells))
  return '\n'.join(lines)
