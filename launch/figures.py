"""Figures of a sweep: a row a run, and means over the seeds."""

from collections.abc import Iterator, Sequence
import json
import pathlib
from typing import Any, NamedTuple

from facegen_jax.core.clock import TIMES
from facegen_jax.protocols import over_seeds
from facegen_jax.run_settings import results
from launch.plan import Sweep
from launch.standing import DONE, standing, tail

# What says how much was measured.
_APART = ('data', 'step', 'seed')


class Row(NamedTuple):
  """A run: its swept values, its state and its figures by name."""

  name: str
  values: dict[str, Any]
  state: str
  step: int
  figures: dict[str, float]


class Mean(NamedTuple):
  """Runs that differ by their seeds: `over_seeds.spread` of each figure."""

  values: dict[str, Any]
  runs: int
  figures: dict[str, dict[str, Any]]


def rows(sweep: Sweep) -> list[Row]:
  """A row a run, in the sweep's order.

  Figures are those of `evaluation/results.json`, 'truth.result.psnr', and of
  the last line of metrics.jsonl, 'train/loss'; lists are left out.
  """
  found = []
  for run in sweep.runs:
    state, step, _ = standing(sweep, run)
    workdir = sweep.workdir(run)
    own = dict(_numbers(results(workdir) or {}))
    own |= _training(workdir / 'metrics.jsonl')
    found.append(Row(run.name, run.values, state, step, own))
  return found


def means(found: Sequence[Row]) -> list[Mean]:
  """Over the seeds of what is done, for each combination of other values.

  None where no seed is swept.
  """
  if not any(_is_seed(name) for row in found for name in row.values):
    return []
  groups: dict[str, list[Row]] = {}
  for row in found:
    groups.setdefault(json.dumps(_rest(row)), []).append(row)
  out = []
  for group in groups.values():
    done = [row for row in group if row.state == DONE]
    shared = {
      name: over_seeds.spread([row.figures[name] for row in done])
      for name in columns(done)
      if all(name in row.figures for row in done)
    }
    out.append(Mean(_rest(group[0]), len(done), shared))
  return out


def columns(found: Sequence[Row]) -> list[str]:
  """Names of all figures, in the order in which they first appear."""
  return list(dict.fromkeys(name for row in found for name in row.figures))


def _numbers(group: dict[str, Any], path: str = '') -> Iterator[tuple]:
  for name, value in group.items():
    if not path and name in _APART:
      continue
    if isinstance(value, dict):
      yield from _numbers(value, f'{path}{name}.')
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
      yield path + name, float(value)


def _training(path: pathlib.Path) -> dict[str, float]:
  try:
    last = json.loads(tail(path, 1))
  except ValueError:  # none yet, or cut short by a kill
    return {}
  return {
    f'train/{name}': value
    for name, value in _numbers(last)
    if name not in TIMES
  }


def _is_seed(name: str) -> bool:
  return name.rpartition('.')[2] == 'seed'


def _rest(row: Row) -> dict[str, Any]:
  return {k: v for k, v in row.values.items() if not _is_seed(k)}
