"""MUG's folders as clips; see the package for the layout."""

from collections.abc import Iterator
import os
import pathlib
import re
from typing import NamedTuple

from facegen_jax.data import vocabulary
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.findings import JPEG, Findings
from facegen_jax.data.builders.found import Found, FoundClip

FPS = 19.0
EMOTIONS = frozenset((*vocabulary.EMOTIONS, 'neutral'))
_SUBJECT = re.compile('[0-9]{3}')
_SESSION = re.compile('session[0-9]+', re.IGNORECASE)
_TAKE = re.compile('take([0-9]+)')


class _Place(NamedTuple):
  """What the folders on the way say."""

  subject: str
  session: str = ''
  emotion: str = ''  # as on disk


def parse(manual_dir: str | os.PathLike, *, other_takes: bool = False) -> Found:
  """The takes of all subjects.

  Args:
    manual_dir: the unpacked download, or a folder around it.
    other_takes: take folders of an emotion too that are not `take` and digits.

  Raises:
    UserError: nothing in it looks like MUG.
  """
  root = tree.find_root(
    pathlib.Path(os.path.abspath(manual_dir)),
    _is_root,
    'MUG (subjects3/001/anger/take000)',
  )
  findings = Findings(root)
  clips = []
  for folder in findings.folders(root):
    if _SUBJECT.fullmatch(folder.name):
      clips += _clips(findings, folder, _Place(folder.name), other_takes)
    else:
      findings.skip(folder, 'not a subject: not three digits')
  return findings.found(clips)


def _is_root(folder: pathlib.Path) -> bool:
  findings = Findings(folder)
  return any(
    child.name.lower() in EMOTIONS or _SESSION.fullmatch(child.name)
    for subject in findings.folders(folder)
    if _SUBJECT.fullmatch(subject.name)
    for child in findings.level(subject)
  )


def _clips(
  findings: Findings, folder: pathlib.Path, place: _Place, other_takes: bool
) -> Iterator[FoundClip]:
  """Takes below a subject; a session may lie above an emotion or in it."""
  for child in findings.level(folder):
    name = child.name
    if not place.session and _SESSION.fullmatch(name):
      inner = place._replace(session=name.lower())
      yield from _clips(findings, child, inner, other_takes)
    elif _TAKE.fullmatch(name) or (place.emotion and other_takes):
      yield from _take(findings, child, place)
    elif place.emotion:
      findings.skip(child, 'not named take and digits')
    else:
      inner = place._replace(emotion=name)
      yield from _clips(findings, child, inner, other_takes)


def _take(
  findings: Findings, folder: pathlib.Path, place: _Place
) -> Iterator[FoundClip]:
  # MUG comes as JPEG: other pictures were put there later.
  frames = findings.frames(folder, preferred=JPEG)
  if not frames:
    return
  word = place.emotion.lower()
  if word not in EMOTIONS:
    what = f'"{place.emotion}" is no emotion of MUG' if word else 'no emotion'
    findings.note(folder, f'{what}: taken without an emotion')
  known = word in EMOTIONS
  levels = (place.session, word if known else place.emotion)
  yield FoundClip(
    path=folder,
    subject=place.subject,
    clip='/'.join([*filter(None, levels), folder.name]),
    numbers=tuple(frames),
    frames=tuple(frames.values()),
    emotion=word if known else '',
    fps=FPS,
    camera=place.session,
  )
