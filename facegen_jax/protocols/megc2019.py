"""The composite list of the micro-expression grand challenge MEGC 2019.

It pools CASME II, SAMM and SMIC-HS under three classes. The list is public,
and each user's own copy is read.
"""

from collections import Counter
from collections.abc import Sequence
import pathlib
import re
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data.folds import Person
from facegen_jax.data.three_classes import CLASSES, composite_class

__all__ = [
  'CLASSES',
  'PUBLISHED',
  'Composite',
  'Row',
  'composite_class',
  'megc2019',
]

# Clips by class, and people.
PUBLISHED = {
  'casme2': ((88, 32, 25), 24),
  'samm': ((92, 26, 15), 28),
  'smic': ((70, 51, 43), 16),
}


class Row(NamedTuple):
  """One clip of the composite; `label` is an index into `CLASSES`."""

  person: Person
  clip: str
  label: int


class Composite(NamedTuple):
  """The usable rows in order, and one line for whatever is amiss."""

  rows: tuple[Row, ...]
  warnings: tuple[str, ...]


def megc2019(path: str | pathlib.Path) -> Composite:
  """Reads `combined_3class_gt.csv`: dataset,subject,clip,class, no header.

  Subjects and clips come out as they are called on disk: `sub01`, `006`,
  `s3`. A bad or repeated row is left out and named with its line; counts that
  differ from `PUBLISHED` are named too.

  Raises:
    UserError: the file cannot be read, or holds no usable row.
  """
  rows, warnings = {}, []
  for number, line in enumerate(_lines(pathlib.Path(path)), 1):
    if not line.strip():
      continue
    try:
      row = _row(line)
      if row[:2] in rows:
        raise ValueError(f'{row.clip} of {row.person.subject} once more')
      rows[row[:2]] = row
    except ValueError as e:
      warnings.append(f'{path}, line {number}: {e}: left out')
  if not rows:
    raise UserError(
      f'{path} has no row dataset,subject,clip,class: give the public list '
      'combined_3class_gt.csv of MEGC 2019'
    )
  found = tuple(rows.values())
  return Composite(found, (*warnings, *_differences(path, found)))


def _lines(path: pathlib.Path) -> list[str]:
  try:
    return path.read_text('utf-8-sig').splitlines()
  except (OSError, UnicodeDecodeError) as e:
    raise UserError(
      f'{path} cannot be read ({e}): give the public list '
      'combined_3class_gt.csv of MEGC 2019'
    ) from e


def _row(line: str) -> Row:
  fields = [field.strip(' \t"') for field in line.split(',')]
  if len(fields) != 4:
    raise ValueError(f'{len(fields)} fields where 4 are due')
  database, subject, clip, label = fields
  database = database.lower()
  if database not in PUBLISHED:
    raise ValueError(f'dataset {database!r} is none of {", ".join(PUBLISHED)}')
  if label not in ('0', '1', '2'):
    raise ValueError(f'class {label!r} is none of 0, 1, 2')
  person = Person(database, _subject(database, subject))
  return Row(person, _clip(person, clip), int(label))


def _subject(database: str, text: str) -> str:
  prefix, width = {'casme2': ('sub', 2), 'samm': ('', 3), 'smic': ('s', 1)}[
    database
  ]
  number = re.fullmatch(rf'(?:{prefix})?([0-9]+)', text)
  if not number:
    raise ValueError(f'{text!r} is no subject of {database}')
  return f'{prefix}{int(number[1]):0{width}d}'


def _clip(person: Person, text: str) -> str:
  """SAMM's and SMIC's clips begin with the subject, which must be the row's."""
  if person.database == 'casme2':
    if not text:
      raise ValueError('no clip')
    return text
  owner, _, rest = text.partition('_')
  if not rest or _subject(person.database, owner) != person.subject:
    raise ValueError(f'{text!r} is no clip of {person.subject}')
  return f'{person.subject}_{rest}'


def _differences(path: str | pathlib.Path, rows: Sequence[Row]) -> list[str]:
  count = Counter((row.person.database, row.label) for row in rows)
  out = []
  for database, published in PUBLISHED.items():
    clips = tuple(count[database, label] for label in range(len(CLASSES)))
    people = {r.person for r in rows if r.person.database == database}
    if (clips, len(people)) != published:
      out.append(
        f'{path}: {database}: {_counts(clips, len(people))}; published: '
        f'{_counts(*published)}'
      )
  return out


def _counts(clips: tuple[int, ...], people: int) -> str:
  each = ', '.join(f'{n} {c}' for n, c in zip(clips, CLASSES, strict=True))
  return f'{sum(clips)} clips ({each}) of {people} people'
