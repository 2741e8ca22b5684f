"""SMIC-E's long clips, labelled by their sheet."""

from collections.abc import Iterator
import dataclasses
import pathlib
import re

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import limits, sheet, tree
from facegen_jax.data.builders.findings import Findings, refusal
from facegen_jax.data.builders.found import Found, FoundClip
from facegen_jax.data.builders.smic import clips, names

_COLUMNS = {
  'subject': ('Subject',),
  'clip': ('Filename', 'File name'),
  'onset': ('OnsetF', 'Onset', 'Onset frame', 'OnsetFrame'),
  'offset': ('OffsetF', 'Offset', 'Offset frame', 'OffsetFrame'),
  'emotion': ('Emotion',),
  'apex': ('ApexF', 'Apex', 'Apex frame', 'ApexFrame'),
  'second': ('Onset2F', 'OnsetF2', 'Onset2'),
}


def parse(top: pathlib.Path, part: str) -> Found:
  """Long clips of one camera.

  Args:
    top: the folder with the download, absolute.
    part: 'HS', 'VIS' or 'NIR'.

  Raises:
    UserError: no such folder, no sheet, or one without a needed column.
  """
  root = tree.find_root(
    top,
    lambda folder: _people(folder, top, part) is not None,
    f"SMIC-E's long clips, SMIC-{part}-E/s<nn>/s<n>_ne_<kk>",
  )
  people = _people(root, top, part)
  table = _sheet(people, top, part)
  inside = table.is_relative_to(root)
  findings = Findings(root if inside else table.parent)
  rows = _rows(findings, table)
  found = findings.distinct(_clips(findings, people, part), names.plain)
  labelled = list(_labelled(findings, found, rows, table))
  for row in rows.values():
    findings.skip(
      table, f'row {row.line}: {row.cells["clip"]} has no folder with pictures'
    )
  return findings.found(labelled)


def _people(
  folder: pathlib.Path, top: pathlib.Path, part: str
) -> pathlib.Path | None:
  """The folder, or its sub-folder of the part's name, that holds people."""
  below = tree.readable_folders(folder)
  for place in (folder, *(path for path in below if path.name.upper() == part)):
    if (
      names.part_of(place, top) in (part, '')
      and not names.is_cropped(place, top)
      and any(
        names.subject(person.name) and names.is_clip(clip.name)
        for person in tree.readable_folders(place)
        for clip in tree.readable_folders(person)
      )
    ):
      return place
  return None


def _sheet(people: pathlib.Path, top: pathlib.Path, part: str) -> pathlib.Path:
  """The part's sheet beside the people or above, its latest edition."""
  name = re.compile(
    rf'smic[-_ ]?{part}[-_ ]?e[-_ ]annotation.*\.xlsx', re.IGNORECASE
  )
  for place in (people, *people.parents):
    editions = [
      path
      for path in tree.readable_files(place)
      if name.fullmatch(path.name) and not refusal(path, top)
    ]
    if editions:
      return max(editions, key=lambda path: path.stem)
    if place == top:
      break
  raise UserError(
    f'{top}: no SMIC-{part}-E_annotation.xlsx there or above the long clips; '
    'put the sheet beside them'
  )


def _rows(findings: Findings, table: pathlib.Path) -> dict[str, sheet.Row]:
  """Rows by their clip's name."""
  rows = {}
  read = sheet.read(
    table, key='clip', columns=_COLUMNS, optional=('apex', 'second')
  )
  for row in read:
    name = names.plain(str(row.cells['clip'] or ''))
    if not name:
      findings.skip(table, f'row {row.line}: names no clip')
    elif name in rows:
      findings.skip(
        table,
        f'row {row.line}: a second row of {name}, row {rows[name].line} is '
        'taken',
      )
    else:
      rows[name] = row
  return rows


def _clips(
  findings: Findings, people: pathlib.Path, part: str
) -> Iterator[FoundClip]:
  for person in findings.folders(people):
    subject = names.subject(person.name)
    if not subject:
      findings.skip(person, 'not named like a person, s01')
      continue
    for folder in findings.level(person):
      yield from clips.clip(findings, folder, subject, part)


def _labelled(
  findings: Findings,
  found: Iterator[FoundClip],
  rows: dict[str, sheet.Row],
  table: pathlib.Path,
) -> Iterator[FoundClip]:
  """Clips with their row's labels; takes those rows out."""
  for clip in found:
    row = rows.pop(names.plain(clip.clip), None)
    if row is None:
      findings.skip(clip.path, f'has no row in {table.name}')
      continue
    word = str(row.cells['emotion'] or '')
    emotion = names.emotion(findings, clip.path, clip.subject, word)
    _compare(findings, clip, row)
    yield _limited(findings, dataclasses.replace(clip, emotion=emotion), row)


def _limited(findings: Findings, clip: FoundClip, row: sheet.Row) -> FoundClip:
  """The clip with the row's onset and offset; most sheets have no apex."""
  onset, apex, offset = (row.cells[k] for k in ('onset', 'apex', 'offset'))
  found = limits.limits(
    onset, apex, offset, clip.numbers, expected=('onset', 'offset')
  )
  for remark in found.remarks:
    findings.note(clip.path, remark)
  return dataclasses.replace(
    clip, onset=found.onset, apex=found.apex, offset=found.offset
  )


def _compare(findings: Findings, clip: FoundClip, row: sheet.Row) -> None:
  """Notes what else the row says that the clip does not."""
  digits = re.search(r'\d+', str(row.cells['subject']))
  if digits and f's{int(digits[0])}' != clip.subject:
    findings.note(
      clip.path,
      f'row {row.line} is of subject {row.cells["subject"]}: taken as of '
      f'{clip.subject}',
    )
  second = sheet.whole(row.cells['second'])
  if second is not None:
    findings.note(
      clip.path,
      f'row {row.line} has a second expression from {second}: the first is '
      'labelled',
    )
