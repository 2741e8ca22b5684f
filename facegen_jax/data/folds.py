"""Who is trained on and who is tested: no person is ever on both sides.

Numbers such as `'01'` name different people in different databases, so a
person is (database, subject). Functions take people, or tuples that begin with
one, such as `(person, clip)`, and give back what they were given.
"""

from collections.abc import Iterator, Sequence
import dataclasses
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError


class Person(NamedTuple):
  """One subject of one database; `subject` as a parser writes it."""

  database: str
  subject: str


Key = Person | tuple[Any, ...]  # a person, or (person, clip, ...)


def person_of(key: Key) -> Person:
  """Whose key it is."""
  person = key if isinstance(key, Person) else key[0]
  if not isinstance(person, Person):
    raise TypeError(f'{key!r} is neither a Person nor begins with one')
  return person


def people(keys: Sequence[Key]) -> tuple[Person, ...]:
  """Everybody once, sorted: the order does not depend on that of the keys."""
  return tuple(sorted({person_of(key) for key in keys}))


@dataclasses.dataclass(frozen=True)
class Fold:
  """Keys to train on and keys of other people to test on.

  Raises:
    ValueError: a person is on both sides.
  """

  train: tuple[Key, ...]
  test: tuple[Key, ...]

  def __post_init__(self) -> None:
    self.check()

  def check(self) -> None:
    """Raises ValueError that names the people who are on both sides."""
    both = sorted(set(people(self.train)) & set(people(self.test)))
    if both:
      names = ', '.join('/'.join(person) for person in both)
      raise ValueError(f'in train and in test: {names}')


def _fold(keys: Sequence[Key], out: set[Person]) -> Fold:
  return Fold(
    tuple(key for key in keys if person_of(key) not in out),
    tuple(key for key in keys if person_of(key) in out),
  )


def split(
  keys: Sequence[Key], held_out: float, seed: int, *, train_at_least: int = 1
) -> Fold:
  """Holds out a share of the people, drawn at random.

  Args:
    keys: people or (person, clip); their order is kept.
    held_out: `config.data.held_out`, in [0, 1): 0.2 for 80/20. At least one
      person when above 0, nobody at 0.
    seed: which people.
    train_at_least: people that must remain to train on.

  Raises:
    UserError: no such share, or too few people.
  """
  if not 0 <= held_out < 1:
    raise UserError(
      f'config.data.held_out={held_out}: it is the share of the people to '
      'hold out, at least 0 and below 1'
    )
  everyone = people(keys)
  count = max(1, round(held_out * len(everyone))) if held_out else 0
  if len(everyone) - count < train_at_least:
    raise UserError(
      f'the dataset has {len(everyone)} subjects, of which {count} are held '
      f'out: there must be at least {train_at_least} to train on, so add '
      'people or lower config.data.held_out'
    )
  order = np.random.default_rng(seed).permutation(len(everyone))
  return _fold(keys, {everyone[i] for i in order[:count]})


def leave_one_out(keys: Sequence[Key]) -> Iterator[Fold]:
  """One fold a person, who is tested on; people in sorted order.

  Raises:
    UserError: fewer than 2 people.
  """
  everyone = people(keys)
  if len(everyone) < 2:
    raise UserError(
      f'the dataset has {len(everyone)} subjects: leaving one out needs at '
      'least 2, so add people'
    )
  return (_fold(keys, {person}) for person in everyone)
