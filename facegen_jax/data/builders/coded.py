"""Clip folders of subjects, labelled by the rows of a coding sheet."""

from collections.abc import Callable, Iterable, Iterator
import dataclasses
import pathlib
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import au_text, sheet
from facegen_jax.data.builders.findings import Findings
from facegen_jax.data.builders.found import Found, FoundClip
from facegen_jax.data.builders.limits import limits

_COLUMNS = {
  'subject': ('Subject',),
  'clip': ('Filename', 'File name'),
  'onset': ('Onset Frame', 'OnsetFrame'),
  'apex': ('Apex Frame', 'ApexFrame'),
  'offset': ('Offset Frame', 'OffsetFrame'),
  'aus': ('Action Units',),
  'emotion': ('Estimated Emotion',),
}


class Coding(NamedTuple):
  """What is particular to a dataset."""

  subject: Callable[[object], str | None]  # of a folder's name or a cell
  emotions: frozenset[str]
  fps: float


def join(root: pathlib.Path, book: pathlib.Path, coding: Coding) -> Found:
  """Clips in `root/<subject>/<clip>/<frames>`, labelled by (subject, clip).

  A folder without a row is kept without a label and noted; a row without a
  folder is skipped. `coding.subject` brings '01', 1 and a folder's name to one
  spelling.

  Raises:
    UserError: the workbook cannot be used, or no clip can.
  """
  findings = Findings(root)
  rows = _rows(book, coding, findings)
  folders = list(_clip_folders(coding, findings))
  lone = rows.keys() - {(subject, folder.name) for subject, folder in folders}
  for key in lone:
    reason = f'row {rows[key].line} of {book.name} has no folder'
    findings.skip(root / '/'.join(key), reason)
  clips = []
  for clip in findings.distinct(_clips(folders, coding, findings)):
    row = rows.get((clip.subject, clip.clip))
    if row is None:
      findings.note(clip.path, f'no row in {book.name}: kept without a label')
    clips.append(_labelled(clip, row, coding, findings) if row else clip)
  found = findings.found(clips)
  if not found.clips:
    path, reason = found.skipped[0]
    raise UserError(
      f'{root}: no clip can be used, {path} because: {reason}; unpack it anew'
    )
  return found


def _rows(
  book: pathlib.Path, coding: Coding, findings: Findings
) -> dict[tuple[str, str], sheet.Row]:
  found = {}
  for row in sheet.read(book, key='subject', columns=_COLUMNS):
    place = findings.root / f'{book.name} row {row.line}'
    subject, clip = coding.subject(row.cells['subject']), row.cells['clip']
    if subject is None or clip is None:
      reason = f'names no clip: "{row.cells["subject"]}", "{clip}"'
      findings.skip(place, reason)
    elif (subject, str(clip)) in found:
      line = found[subject, str(clip)].line
      reason = f'{subject} {clip} again: row {line} is taken'
      findings.skip(place, reason)
    else:
      found[subject, str(clip)] = row
  return found


def _clip_folders(
  coding: Coding, findings: Findings
) -> Iterator[tuple[str, pathlib.Path]]:
  for top in findings.folders(findings.root):
    subject = coding.subject(top.name)
    if subject is None:
      findings.skip(top, 'not the folder of a subject')
      continue
    for folder in findings.level(top):
      yield subject, folder


def _clips(
  folders: Iterable[tuple[str, pathlib.Path]],
  coding: Coding,
  findings: Findings,
) -> Iterator[FoundClip]:
  for subject, folder in folders:
    frames = findings.frames(folder)
    if frames:
      yield FoundClip(
        path=folder,
        subject=subject,
        clip=folder.name,
        numbers=tuple(frames),
        frames=tuple(frames.values()),
        fps=coding.fps,
        camera='',
      )


def _labelled(
  clip: FoundClip, row: sheet.Row, coding: Coding, findings: Findings
) -> FoundClip:
  cells = row.cells
  found = limits(cells['onset'], cells['apex'], cells['offset'], clip.numbers)
  units = au_text.parse(cells['aus'])
  word = ' '.join(str(cells['emotion'] or '').split()).lower()
  remarks = [*found.remarks, units.remark]
  if word not in coding.emotions:
    remarks.append(f'emotion "{word}" is none of the dataset: left without')
    word = ''
  for remark in filter(None, remarks):
    findings.note(clip.path, f'{remark} (row {row.line})')
  return dataclasses.replace(
    clip,
    emotion=word,
    onset=found.onset,
    apex=found.apex,
    offset=found.offset,
    aus=units.aus,
  )
