"""Scores of experts, raw and normalised as Table III of FME generation.

A score is a row of a plain CSV (UTF-8, commas) with these columns; others are
passed over:

  expert   who scored: any code
  method   whose clip
  item     which clip; the same items for each method
  upper    upper face, 0 to 3, whole
  lower    lower face, 0 to 3
  noise    noise, 0 to 3; as in the others, more is better

Each expert scores each item of each method once.
"""

import os
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.studies import table

CRITERIA = ('upper', 'lower', 'noise')
BEST = 3  # of one criterion

_Key = tuple[str, str, str]  # method, expert, item


class Scores(NamedTuple):
  """All scores.

  Attributes:
    methods: m names, in the order of the file.
    experts: e names, sorted.
    items: i names, sorted.
    given: m e i 3 int64 in [0, 3]; last are upper, lower, noise.
  """

  methods: tuple[str, ...]
  experts: tuple[str, ...]
  items: tuple[str, ...]
  given: np.ndarray


def read(path: str | os.PathLike) -> Scores:
  """The scores of a CSV (see above).

  Raises:
    UserError: an unreadable table, a score that is no whole number from 0 to
      3, one given twice, or one that lacks: totals could not be compared.
  """
  found: dict[_Key, tuple[int, ...]] = {}
  for row in table.read(path, ('expert', 'method', 'item', *CRITERIA)):
    place = f'{path}, line {row.line}'
    key = row.cells['method'], row.cells['expert'], row.cells['item']
    if key in found:
      raise UserError(f'{place}: {_named(key)} was scored before; keep one')
    found[key] = tuple(_score(row.cells, name, place) for name in CRITERIA)
  methods = tuple(dict.fromkeys(key[0] for key in found))
  experts, items = (tuple(sorted({key[n] for key in found})) for n in (1, 2))
  keys = [(m, e, i) for m in methods for e in experts for i in items]
  lacking = [key for key in keys if key not in found]
  if lacking:
    raise UserError(
      f'{path}: {len(lacking)} of {len(keys)} scores lack, first '
      f'{_named(lacking[0])}; totals compare only over the same items: add '
      'them, or remove the item or expert'
    )
  shape = (len(methods), len(experts), len(items), len(CRITERIA))
  given = np.array([found[key] for key in keys], np.int64).reshape(shape)
  return Scores(methods, experts, items, given)


def _named(key: _Key) -> str:
  return f'item {key[2]} of {key[0]} by expert {key[1]}'


def _score(cells: dict[str, str], name: str, place: str) -> int:
  if cells[name] not in tuple(map(str, range(BEST + 1))):
    raise UserError(
      f'{place}: {name} {cells[name]!r} is no whole number from 0 to {BEST}'
    )
  return int(cells[name])


def totals(scores: Scores) -> np.ndarray:
  """Sum over items and criteria, m e: Table III's columns of experts."""
  return scores.given.sum((2, 3))


def by_criterion(scores: Scores) -> np.ndarray:
  """Sum over experts and items, m 3: upper, lower, noise."""
  return scores.given.sum((1, 2))


def of_possible(scores: Scores) -> np.ndarray:
  """Share of the most that could be given, m in [0, 1].

  Unlike `normalised` it does not depend on which methods are compared.
  """
  return scores.given.mean((1, 2, 3)) / BEST


def normalised(totals: np.ndarray) -> np.ndarray:
  """Table III's normalised total: the sum over experts of total / best.

  An expert's totals m e are divided by the best that any method got from that
  expert, not by what was possible, so a method's number changes whenever
  another method joins. At most e; NaN if an expert gave 0 to all.

  Raises:
    ValueError: no method or expert, or a negative total.
  """
  totals = np.asarray(totals, np.float64)
  if totals.ndim != 2 or not totals.size or not (totals >= 0).all():
    raise ValueError('totals are methods x experts, numbers from 0')
  best = totals.max(0)
  return np.where(best > 0, totals / np.where(best > 0, best, 1), np.nan).sum(1)
