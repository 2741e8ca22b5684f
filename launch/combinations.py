"""What is swept, as runs of their own names."""

from collections.abc import Sequence
import itertools
import re
from typing import Any

import ml_collections

from facegen_jax.core.errors import UserError
from launch.fields import Field
from launch.plan import Run

_LONGEST = 200  # of a name; file systems take 255 with what is added to it


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


def _at(flat: dict[str, Any], name: str) -> Any:
  for part in name.split('.'):
    flat = flat[part]
  return flat


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
