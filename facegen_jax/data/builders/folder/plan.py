"""What of a folder becomes clips, and whose they are; opens no footage."""

import collections
from collections.abc import Iterator, Sequence
import os
import pathlib
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.folder import affectnet, labels, scan
from facegen_jax.data.builders.folder.label import Label
from facegen_jax.data.builders.found import Skipped

_LISTED = 100  # rows without a file that are told one by one


class Owner(NamedTuple):
  """Whose a file is and what its clip is called."""

  subject: str
  clip: str


class Plan(NamedTuple):
  """The files of a folder that are used, and what is known of them."""

  items: tuple[scan.Item, ...]  # sorted by path
  labels: dict[str, Label]  # by path; not every file has one
  owners: dict[str, Owner]  # by path
  found: int  # videos and pictures in the folder, and what else lies there
  skipped: tuple[Skipped, ...]


def planned(root: str | os.PathLike, table: str | os.PathLike | None) -> Plan:
  """Lists a folder and reads its labels.

  Of a folder with a sheet of AffectNet's, only the pictures of the sheet are
  used: the others are those of the other sheet.

  Args:
    root: the folder.
    table: path of the labels, None without any.

  Raises:
    UserError: no folder, nothing in it, or bad labels.
  """
  listing = scan.scan(root)
  known = labels.read(table) if table else {}
  items, skipped = listing.items, list(listing.skipped)
  if table:
    name = os.path.basename(table)
    skipped += _without_file(name, known, listing.items)
  if table and affectnet.is_sheet(table):
    items, left_out = _of_sheet(name, known, listing.items)
    skipped += left_out
    if not items:
      raise UserError(
        f'{root}: none of its {len(listing.items)} videos and pictures is one '
        f'to use by {table}; name the folder that its paths start from'
      )
  whose = zip(items, owners(items, known), strict=True)
  return Plan(
    items,
    known,
    {item.path: owner for item, owner in whose},
    len(listing.items) + len(listing.skipped),
    tuple(skipped),
  )


def owners(items: Sequence[scan.Item], table: dict[str, Label]) -> list[Owner]:
  """Subject and clip name of each file; no two alike.

  A clip is named by its path below the subject's folder, without the suffix
  where that leaves no two of a subject alike, else by its whole path.
  """
  subjects, names = [], []
  for item in items:
    label = table.get(item.path)
    subjects.append(label.subject if label and label.subject else item.subject)
    path = pathlib.PurePosixPath(item.path)
    below = path.relative_to(path.parts[0]) if len(path.parts) > 1 else path
    names.append(below.with_suffix('').as_posix())
  count = collections.Counter(zip(subjects, names, strict=True))
  return [
    Owner(subject, name if count[subject, name] == 1 else item.path)
    for item, subject, name in zip(items, subjects, names, strict=True)
  ]


def _without_file(
  sheet: str, table: dict[str, Label], items: Sequence[scan.Item]
) -> Iterator[Skipped]:
  """Rows that would be used if their file were there."""
  gone = set(table) - {item.path for item in items}
  gone = sorted(name for name in gone if not table[name].left_out)
  for name in gone[:_LISTED]:
    yield Skipped(f'{sheet}: {name}', 'a row without a file')
  if len(gone) > _LISTED:
    yield Skipped(sheet, f'{len(gone) - _LISTED} more rows without a file')


def _of_sheet(
  sheet: str, table: dict[str, Label], items: Sequence[scan.Item]
) -> tuple[tuple[scan.Item, ...], list[Skipped]]:
  """Pictures that a sheet has a use for, and how many it has none for."""
  used, unused = [], collections.Counter()
  for item in items:
    label = table.get(item.path, Label(left_out='not in this sheet'))
    if label.left_out:
      unused[label.left_out] += 1
    else:
      used.append(item)
  return tuple(used), [
    Skipped(sheet, f'{why}: {count} left out')
    for why, count in sorted(unused.items())
  ]
