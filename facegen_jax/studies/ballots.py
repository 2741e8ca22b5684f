"""Votes of the forms that `facegen_jax.ballots` gave to raters.

A form is a CSV of `token,choice`: the video's name, and left or right. Its own
name is the rater's code. Rows without a choice are votes not cast.
"""

import csv
import pathlib
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.studies import table

COLUMNS = ('rater', 'item', 'choice', 'method_a', 'method_b')  # of `votes.read`


class Counted(NamedTuple):
  """Votes that were cast, and how many rows of the forms are empty."""

  votes: int
  empty: int


def count(folder: pathlib.Path) -> Counted:
  """Writes `folder`/votes.csv from key.csv and forms/*.csv.

  Raises:
    UserError: no forms, an unknown token, or a choice that is no side.
  """
  rows = table.read(folder / 'key.csv', ('token', 'item', 'left'))
  key = {row.cells['token']: row.cells for row in rows}
  forms = sorted((folder / 'forms').glob('*.csv'))
  if not forms:
    raise UserError(f'{folder / "forms"}: holds no form; put the CSVs there')
  votes, empty = [], 0
  for form in forms:
    for row in table.read(form, ('token',)):
      place = f'{form}, line {row.line}'
      choice = row.cells.get('choice', '').lower()
      if not choice:
        empty += 1
        continue
      known = key.get(row.cells['token'])
      if known is None:
        raise UserError(
          f'{place}: {row.cells["token"]} is no video of this study; give the '
          'forms that belong to key.csv'
        )
      votes.append((form.stem, *_vote(choice, known, place)))
  with (folder / 'votes.csv').open('w', newline='') as file:
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(votes)
  return Counted(len(votes), empty)


def _vote(choice: str, key: dict[str, str], place: str) -> tuple[str, ...]:
  """Item, the chosen method, and both methods."""
  if choice not in ('left', 'right'):
    raise UserError(f'{place}: choice {choice!r}; write left or right')
  a, b = key['method_a'], key['method_b']
  other = b if key['left'] == a else a
  return key['item'], key['left'] if choice == 'left' else other, a, b
