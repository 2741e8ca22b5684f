"""Votes of a pairwise forced choice, and how often A is chosen.

Raters see pairs of clips, one of method A and one of method B, and choose one.
A vote is a row of a plain CSV (UTF-8, commas) with these columns:

  rater     who chose: any code
  item      which pair of clips
  choice    A or B, or the chosen method's name
  method_a  optional, with method_b: the methods' names. One file may then
  method_b  hold several comparisons, each a pair of methods.

The tests are one-sided: method_a is the one expected to win. It is the same
in each row of a comparison, on whichever side of the screen it stood; other
columns are passed over. A rater votes once an item; some votes may be missing.
"""

import os
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.studies import table


class Votes(NamedTuple):
  """The votes of one comparison.

  Attributes:
    a: name of the method expected to win.
    b: name of the other one.
    raters: N names, sorted.
    items: M names, sorted.
    chosen: N M float64: 1 where A was chosen, 0 where B, NaN where no vote.
  """

  a: str
  b: str
  raters: tuple[str, ...]
  items: tuple[str, ...]
  chosen: np.ndarray


class Preference(NamedTuple):
  """Shares of items: A has strictly more votes, B has, both have the same."""

  a: float
  b: float
  tied: float


_Pair = tuple[str, str]
_Cast = dict[tuple[str, str], float]  # (rater, item) -> 1 for A, 0 for B


def read(path: str | os.PathLike) -> tuple[Votes, ...]:
  """The comparisons of a CSV (see above), in the order they begin in it.

  Raises:
    UserError: an unreadable table, a choice that is neither method, a second
      vote of a rater on an item, or methods the other way round.
  """
  found: dict[_Pair, _Cast] = {}
  for row in table.read(path, ('rater', 'item', 'choice')):
    place = f'{path}, line {row.line}'
    pair = _pair(row.cells, place)
    if pair[::-1] in found:
      raise UserError(
        f'{place}: {pair[0]} against {pair[1]} stands the other way round '
        'further up; name the one expected to win method_a in each row'
      )
    cast = found.setdefault(pair, {})
    key = row.cells['rater'], row.cells['item']
    if key in cast:
      raise UserError(
        f'{place}: a second vote of rater {key[0]} on item {key[1]} of '
        f'{pair[0]} against {pair[1]}; keep one'
      )
    cast[key] = _choice(row.cells['choice'], pair, place)
  return tuple(_votes(pair, cast) for pair, cast in found.items())


def _pair(cells: dict[str, str], place: str) -> _Pair:
  if ('method_a' in cells) != ('method_b' in cells):
    raise UserError(
      f'{place}: method_a and method_b go together; add the other'
    )
  pair = cells.get('method_a', 'A'), cells.get('method_b', 'B')
  if not all(pair) or pair[0] == pair[1]:
    raise UserError(f'{place}: methods {pair}; name two different methods')
  if pair[0].upper() == 'B' or pair[1].upper() == 'A':
    raise UserError(
      f'{place}: methods {pair}, whose names cannot be told from the choices A '
      'and B; rename them'
    )
  return pair


def _choice(text: str, pair: _Pair, place: str) -> float:
  if text in (pair[0], 'A', 'a'):
    return 1.0
  if text in (pair[1], 'B', 'b'):
    return 0.0
  raise UserError(
    f'{place}: choice {text!r} is neither A nor B nor a name of {pair}; each '
    'vote chooses one'
  )


def _votes(pair: _Pair, cast: _Cast) -> Votes:
  raters, items = (
    tuple(sorted(set(names))) for names in zip(*cast, strict=True)
  )
  chosen = np.full((len(raters), len(items)), np.nan)
  for (rater, item), value in cast.items():
    chosen[raters.index(rater), items.index(item)] = value
  return Votes(*pair, raters, items, chosen)


def totals(votes: Votes) -> tuple[np.ndarray, np.ndarray]:
  """Votes for A (M) and votes cast (M) of each item, int64."""
  cast = np.isfinite(votes.chosen)
  return np.nansum(votes.chosen, 0).astype(np.int64), cast.sum(0)


def checked(
  votes: np.ndarray, cast: np.ndarray | int
) -> tuple[np.ndarray, np.ndarray]:
  """Votes for A and votes cast, both ... M.

  Raises:
    ValueError: no item, an item nobody voted on, a count that is not whole or
      more votes for A than there are.
  """
  votes, cast = np.broadcast_arrays(votes, cast)
  if votes.ndim == 0 or votes.shape[-1] == 0:
    raise ValueError('no item: give the votes of each item')
  if votes.dtype.kind not in 'iu' or cast.dtype.kind not in 'iu':
    raise ValueError('votes are whole numbers')
  if (votes < 0).any() or (votes > cast).any() or (cast < 1).any():
    raise ValueError('votes for A are from 0 to the votes cast, at least 1')
  return votes.astype(np.int64), cast.astype(np.int64)


def preference(votes: np.ndarray, cast: np.ndarray | int) -> Preference:
  """PrefRate of FME generation, eq. 7: shares of items won.

  A tie (only with an even number of votes) counts for neither side.

  Args:
    votes: votes for A, M whole numbers.
    cast: votes cast, M or one number N for all items.
  """
  votes, cast = checked(votes, cast)
  sign = np.sign(2 * votes - cast)
  return Preference(*(float((sign == side).mean()) for side in (1, -1, 0)))


def voting_rate(votes: np.ndarray, cast: np.ndarray | int) -> float:
  """VotingRate of A, eq. 8: votes / (M N). That of B is 1 less it.

  With missing votes M N is the number of votes cast. Arguments as
  `preference`.
  """
  votes, cast = checked(votes, cast)
  return float(votes.sum() / cast.sum())
