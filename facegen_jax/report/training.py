"""The log of training: a small chart a figure, and their last values."""

from typing import Any

from facegen_jax.report import units
from facegen_jax.report.chart import Line, points_of
from facegen_jax.report.table import Table

_NO_FIGURE = ('step', 'stage', 'eta_seconds')
PACE = 'pace'  # what belongs to no network


def lines(rows: list[dict[str, Any]]) -> dict[str, list[tuple[str, Line]]]:
  """Network -> (key, line over steps) of each figure, the pace last."""
  keys = dict.fromkeys(k for row in rows for k in row if k not in _NO_FIGURE)
  groups = {}
  for key in keys:
    net, _, name = key.rpartition('/')
    own = [row for row in rows if key in row]
    x, y = [row['step'] for row in own], [_number(row[key]) for row in own]
    groups.setdefault(net or PACE, []).append(
      (key, Line(units.label(name), x, y))
    )
  return dict(sorted(groups.items(), key=lambda item: item[0] == PACE))


def stages(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
  """(first logged step, name) of each stage."""
  found = {}
  for row in rows:
    if row.get('stage'):
      found.setdefault(str(row['stage']), row['step'])
  return [(step, name) for name, step in found.items()]


def last(rows: list[dict[str, Any]]) -> Table | None:
  """First and last finite value of each figure."""
  cells = []
  for group in lines(rows).values():
    for key, line in group:
      found = points_of(line)
      if found:
        (_, first), (step, end) = found[0], found[-1]
        values = (units.quantity(v, key) for v in (first, end))
        cells.append((units.label(key), *values, units.number(step)))
  columns = ('figure', 'first', 'last', 'at step')
  return Table('Training', columns, tuple(cells)) if cells else None


def _number(value: Any) -> float | None:
  return float(value) if isinstance(value, (int, float)) else None
