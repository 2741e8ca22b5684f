"""Tables of whatever figures an evaluation left in `results.json`.

It knows no metric by name. A group of figures is an object; objects of one
shape within a group are the rows of a table, equally long lists its columns.
`low` and `high` beside a `rate`, `mean` or other value (or `x_low` and
`x_high` beside `x`) are its 95 % interval. Rates and shares lie in [0, 1].
"""

from collections.abc import Iterator
from typing import Any

from facegen_jax.report import units
from facegen_jax.report.lists import is_number, of_lists
from facegen_jax.report.table import Table

# Told in sections of their own.
APART = ('data', 'worst', 'au_curves', 'encoding_curves', 'columns')
_VALUES = ('rate', 'mean', 'median', 'value', 'score')
_ENDS = ('low', 'high')
_WHOLE = 'Evaluation'
_INTERVAL = ' [95 % interval]'


def tables(results: dict[str, Any]) -> list[Table]:
  """All figures, in the order of the file."""
  own = {k: v for k, v in results.items() if k not in APART}
  return list(_group(_WHOLE, own))


def headlines(results: dict[str, Any]) -> list[tuple[str, str, str]]:
  """(name, figure of `result`, the other rows' figures) of each group."""
  found = []
  for name, group in _children(results):
    rows = dict(_flat(group))
    row = rows.pop('result', None)
    if not row:
      continue
    key, interval = _told(row)[0]
    title = units.title(name)
    if key not in _VALUES:
      title += f': {units.label(key)}'
    others = ', '.join(
      f'{units.label(k)} {units.quantity(v[key], key)}'
      for k, v in rows.items()
      if tuple(v) == tuple(row)
    )
    found.append((title, _joined(row[key], key, interval), others))
  return found


def _group(title: str, group: dict[str, Any]) -> Iterator[Table]:
  note = _note(group)
  numbers = {k: v for k, v in group.items() if is_number(v)}
  flat = _flat(group)
  rest = _under(title, 'further figures') if flat and title != _WHOLE else title
  if numbers and rest == title:
    yield _single(title, numbers, note)
  for shape in dict.fromkeys(tuple(v) for _, v in flat):
    rows = [(k, v) for k, v in flat if tuple(v) == shape]
    if len(rows) == 1:
      yield _single(_under(title, rows[0][0]), rows[0][1], note)
    else:
      yield _several(title, rows, note)
  if numbers and rest != title:
    yield _single(rest, numbers, note)
  yield from of_lists(title, group, note)
  told = [k for k, _ in flat]
  for name, child in _children(group):
    if name not in told:
      yield from _group(_under(title, name), child)


def _flat(group: dict[str, Any]) -> list[tuple[str, dict]]:
  return [
    (k, v) for k, v in _children(group) if v and all(map(is_number, v.values()))
  ]


def _children(group: dict[str, Any]) -> list[tuple[str, dict]]:
  return [
    (k, v) for k, v in group.items() if isinstance(v, dict) and k != 'extractor'
  ]


def _under(title: str, name: str) -> str:
  if title == _WHOLE:
    return units.title(name)
  return f'{title}: {units.label(name)}'


def _single(title: str, row: dict[str, Any], note: str) -> Table:
  told = _told(row)
  cells = tuple(
    (units.label(key), _joined(row[key], key, interval))
    for key, interval in told
  )
  column = 'value' + (_INTERVAL if any(i for _, i in told) else '')
  return Table(title, ('figure', column), cells, note)


def _joined(value: Any, key: str, interval: str) -> str:
  return ' '.join(filter(None, (units.quantity(value, key), interval)))


def _several(title: str, rows: list[tuple[str, dict]], note: str) -> Table:
  told = [(name, row, dict(_told(row))) for name, row in rows]
  keys = list(told[0][2])
  columns = tuple(
    units.header(key) + (_INTERVAL if any(t[key] for *_, t in told) else '')
    for key in keys
  )
  cells = tuple(
    (
      units.label(name),
      *(f'{units.number(row[k], k)} {ranges[k]}'.strip() for k in keys),
    )
    for name, row, ranges in told
  )
  return Table(title, ('', *columns), cells, note)


def _told(row: dict[str, Any]) -> list[tuple[str, str]]:
  """(key, its interval or '') of each figure that is no end of an interval."""
  ranges = {k: (f'{k}_low', f'{k}_high') for k in row}
  floats = [k for k, v in row.items() if isinstance(v, float)]
  if all(end in row for end in _ENDS):  # of the main figure
    mains = [k for k in (*_VALUES, *floats) if k in row and k not in _ENDS]
    ranges |= dict.fromkeys(mains[:1], _ENDS)
  ranges = {k: r for k, r in ranges.items() if all(x in row for x in r)}
  ends = {end for pair in ranges.values() for end in pair}

  def interval(key: str) -> str:
    low, high = (units.number(row[x], key) for x in ranges[key])
    return f'[{low}, {high}]'

  return [
    (key, interval(key) if key in ranges else '')
    for key in row
    if key not in ends
  ]


def _note(group: dict[str, Any]) -> str:
  words = {k: v for k, v in group.items() if isinstance(v, str) and v}
  if isinstance(group.get('extractor'), dict):
    words['extractor'] = str(group['extractor'].get('name', ''))
  return '; '.join(f'{units.label(k)}: {v}' for k, v in words.items())
