"""Which clips a download of SMIC holds; opens no picture."""

from collections.abc import Iterator
import dataclasses
import os
import pathlib

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.findings import Findings, refusal
from facegen_jax.data.builders.found import Found, FoundClip
from facegen_jax.data.builders.smic import clips, long, names

_SETS = ('raw', 'cropped', 'long')
_KINDS = {
  'micro': 'micro',
  'non_micro': 'non_micro',
  'nonmicro': 'non_micro',
  'non-micro': 'non_micro',
}


def parse(
  manual_dir: str | os.PathLike,
  part: str = 'HS',
  image_set: str = 'raw',
  non_micro: bool = False,
) -> Found:
  """Clips of one camera, in one of the sets that SMIC comes in.

  Args:
    manual_dir: the folder with the download; see the package for layouts.
    part: 'HS' (100 frames a second), 'VIS' or 'NIR' (25 each); the camera.
    image_set: 'raw' or 'cropped' for the short clips, from onset to offset;
      'long' for SMIC-E's, which have frames before and after.
    non_micro: add the short clips without micro-expression, unlabelled.

  Raises:
    UserError: no such part, set or folder; for 'long' also no usable sheet.
  """
  if part not in clips.FPS:
    raise UserError(f'SMIC has no part {part!r}; pick one of HS, VIS, NIR')
  if image_set not in _SETS:
    raise UserError(
      f'SMIC has no set {image_set!r}; pick one of {", ".join(_SETS)}'
    )
  top = pathlib.Path(manual_dir).absolute()
  if image_set == 'long':
    if non_micro:
      raise UserError(
        "SMIC's long clips have none without micro-expression; drop non_micro "
        'or pick the set raw or cropped'
      )
    return long.parse(top, part)
  return _short(top, part, image_set, non_micro)


def _short(
  top: pathlib.Path, part: str, image_set: str, non_micro: bool
) -> Found:
  root = tree.find_root(
    top,
    lambda folder: _is_root(folder, top, part, image_set),
    f"SMIC's {image_set} set with {part}/s<n>/micro/<emotion>",
  )
  findings = Findings(root)
  found = _clips(findings, _people(root, part), part, non_micro)
  return findings.found(findings.distinct(found, names.plain))


def _is_root(
  folder: pathlib.Path, top: pathlib.Path, part: str, image_set: str
) -> bool:
  people = _people(folder, part)
  if people is None:
    return False
  cropped = names.is_cropped(folder, top)
  if cropped is None:  # registered faces are named reg_image000001.bmp
    cropped = any(True for _ in people.glob('*/*/*/*/reg*'))
  return cropped == (image_set == 'cropped')


def _people(folder: pathlib.Path, part: str) -> pathlib.Path | None:
  """The part's folder, below one or the one itself, that holds people."""
  for place in (*tree.readable_folders(folder), folder):
    if place.name.upper() != part or refusal(place, folder):
      continue
    if any(
      names.subject(person.name) and kind.name.lower() == 'micro'
      for person in tree.readable_folders(place)
      for kind in tree.readable_folders(person)
    ):
      return place
  return None


def _clips(
  findings: Findings, people: pathlib.Path, part: str, non_micro: bool
) -> Iterator[FoundClip]:
  for person in findings.folders(people):
    subject = names.subject(person.name)
    if not subject:
      findings.skip(person, 'not named like a person, s1')
      continue
    for folder in findings.level(person):
      kind = _KINDS.get(folder.name.lower())
      if kind is None:
        findings.skip(folder, 'neither micro nor non_micro')
      elif kind == 'micro':
        yield from _micro(findings, folder, subject, part)
      elif non_micro:
        for clip in findings.level(folder):
          yield from clips.clip(findings, clip, subject, part)


def _micro(
  findings: Findings, folder: pathlib.Path, subject: str, part: str
) -> Iterator[FoundClip]:
  """Clips by emotion, from onset to offset."""
  for word in findings.level(folder):
    for path in findings.level(word):
      for clip in clips.clip(findings, path, subject, part):
        emotion = names.emotion(findings, path, subject, word.name)
        yield dataclasses.replace(
          clip,
          emotion=emotion,
          onset=clip.numbers[0],
          offset=clip.numbers[-1],
        )
