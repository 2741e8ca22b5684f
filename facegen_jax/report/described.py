"""What a run was made of: its data, extractors and config."""

from collections.abc import Iterator
import json
from typing import Any

from facegen_jax.report import figures, units
from facegen_jax.report.table import Table

_DRAWN = 'synth_face'  # it has no files to take a hash of
_LABELS = {
  'dataset': 'prepared as',
  'clip_list': 'hash of the clip list',
  'held_out': 'share of people held out',
  'seed': 'seed of the split',
  'size': 'side in pixels',
}
_FROM_CONFIG = ('name', 'split', 'held_out', 'seed', 'size', 'frames_used')
_LICENCES = ('licence', 'license')


def data(
  config: dict[str, Any] | None, results: dict[str, Any] | None
) -> Table | None:
  """Name, hash, crop and split, of the evaluation and else of the config."""
  wanted = (config or {}).get('data') or {}
  found = (results or {}).get('data') or {}
  told = dict(found) if isinstance(found, dict) else {'name': found}
  told |= {k: wanted[k] for k in _FROM_CONFIG if k in wanted and k not in told}
  if not told:
    return None
  drawn = told.get('name') == _DRAWN
  if not told.get('clip_list'):
    told['clip_list'] = 'none: it is rendered' if drawn else 'not recorded'
  if not told.get('crop'):
    told['crop'] = 'none: it is rendered' if drawn else 'not recorded'
  rows = tuple(
    (_LABELS.get(k, units.label(k)), _word(v, k))
    for k, v in told.items()
    if v not in ('', None)
  )
  return Table('Data', ('', 'value'), rows, '', False)


def _word(value: Any, key: str) -> str:
  if key == 'held_out' and isinstance(value, (int, float)):
    return units.quantity(value, 'share')
  return value if isinstance(value, str) else json.dumps(value)


def extractors(results: dict[str, Any]) -> Table | None:
  """Every extractor, what it measures, and its licence."""
  rows = tuple(_extractors((), results))
  columns = ('measures', 'extractor', 'licence')
  return Table('Feature extractors', columns, rows, '', False) if rows else None


def _extractors(path: tuple[str, ...], group: dict) -> Iterator[tuple]:
  named = group.get('extractor')
  if named:
    parts = named if isinstance(named, dict) else {'name': named}
    licences = [x.get(k) for x in (parts, group) for k in _LICENCES]
    licence = next(filter(None, licences), 'not recorded')
    name = str(parts.get('name', 'not named'))
    yield ', '.join(map(units.label, path)) or 'all', name, str(licence)
  for key, child in group.items():
    if isinstance(child, dict) and key not in ('extractor', *figures.APART):
      yield from _extractors((*path, key), child)


def settings(config: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
  """Part of the config -> (dotted name, value as JSON) of each field."""
  own = [(k, v) for k, v in config.items() if not isinstance(v, dict)]
  groups = {'run': [(k, _json(v)) for k, v in own]} if own else {}
  for name, part in config.items():
    if isinstance(part, dict):
      groups[name] = [(k, _json(v)) for k, v in _dotted('', part)]
  return groups


def _dotted(prefix: str, part: dict[str, Any]) -> Iterator[tuple[str, Any]]:
  for key, value in part.items():
    if isinstance(value, dict):
      yield from _dotted(f'{prefix}{key}.', value)
    else:
      yield f'{prefix}{key}', value


def _json(value: Any) -> str:
  return json.dumps(value, ensure_ascii=False, default=str)
