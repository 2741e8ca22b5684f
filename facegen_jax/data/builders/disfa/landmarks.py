"""Whether the landmark files, which are not read, are as expected."""

import pathlib
import re

from facegen_jax.data.builders import tree
from facegen_jax.data.builders.disfa import places
from facegen_jax.data.builders.findings import Findings


def check(findings: Findings, subject: str, count: int | None) -> None:
  """Notes what is odd about a person's landmark files.

  Args:
    findings: gets the notes.
    subject: in upper case.
    count: frames of the video, None = not known.
  """
  folder = _folder(findings.root, subject)
  files = tree.readable_files(folder) if folder else []
  names = [path.name for path in files if path.suffix.lower() == '.mat']
  if not names:
    return
  short = sum(bool(re.match(r'l0?\d', name, re.IGNORECASE)) for name in names)
  if short:
    findings.note(
      folder,
      f'{short} of {len(names)} landmark files have names that begin with l0: '
      'not read',
    )
  if count is not None and len(names) != count:
    findings.note(
      folder, f'{len(names)} landmark files for {count} frames: not read'
    )


def _folder(root: pathlib.Path, subject: str) -> pathlib.Path | None:
  place = places.below(root, places.LANDMARKS)
  person = place and places.below(place, subject)
  return person and (places.below(person, 'tmp_frame_lm') or person)
