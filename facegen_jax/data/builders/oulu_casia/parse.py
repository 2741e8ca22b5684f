"""Oulu-CASIA's folders as clips; see the package for the layout."""

from collections.abc import Iterator
import functools
import os
import pathlib
import re
from typing import Literal, NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.findings import JPEG, Findings
from facegen_jax.data.builders.found import Found, FoundClip

FPS = 25.0
EMOTIONS = frozenset(vocabulary.EMOTIONS)
_LIGHTS = frozenset(('Strong', 'Weak', 'Dark'))
_SUBJECT = re.compile('P[0-9]{3}', re.IGNORECASE)
_LAYOUTS = {
  'original': 'original pictures (OriginalImg/VL/Strong/P001)',
  'preprocessed': 'cropped pictures (PreProcess Img/VL_Acropped/Strong/P001)',
}


class _Place(NamedTuple):
  """Where a clip was filmed, and who."""

  band: str  # VL or NI
  light: str
  subject: str


def parse(
  manual_dir: str | os.PathLike,
  image_set: Literal['original', 'preprocessed'] = 'original',
) -> Found:
  """The clips of one set of pictures, in all conditions that are there.

  Args:
    manual_dir: the unpacked download, or a folder around it.
    image_set: the pictures as filmed (set B) or the cropped faces (set C).

  Raises:
    UserError: the set is not there, or there is no such set.
  """
  if image_set not in _LAYOUTS:
    sets = ', '.join(_LAYOUTS)
    raise UserError(
      f'{image_set}: no such image_set of Oulu-CASIA; take one of {sets}'
    )
  top = pathlib.Path(os.path.abspath(manual_dir))
  band_of = functools.partial(_band, top, image_set)
  is_root = functools.partial(_is_root, band_of)
  layout = f"Oulu-CASIA's {_LAYOUTS[image_set]}"
  findings = Findings(tree.find_root(top, is_root, layout))
  clips = []
  for place, folder in _places(findings, band_of):
    clips += _clips(findings, folder, place)
  return findings.found(clips)


def _is_root(band_of: functools.partial, folder: pathlib.Path) -> bool:
  findings = Findings(folder)
  return any(
    child.name.capitalize() in _LIGHTS
    for path in findings.folders(folder)
    if band_of(path)
    for child in findings.level(path)
  )


def _band(top: pathlib.Path, image_set: str, folder: pathlib.Path) -> str:
  """VL or NI if the folder belongs to the set, else ''."""
  match = re.fullmatch('(vl|ni)(acropped)?', _squeezed(folder.name))
  if not match:
    return ''
  cropped = match[2] or _in_preprocessed(top, folder.parent)
  fits = bool(cropped) == (image_set == 'preprocessed')
  return match[1].upper() if fits else ''


def _in_preprocessed(top: pathlib.Path, folder: pathlib.Path) -> bool:
  """Whether the nearest folder that names a set names that of the crops."""
  for name in (top.name, *folder.relative_to(top).parts)[::-1]:
    match = re.fullmatch(
      '[bc]?(originalimg|preprocess(?:img)?)', _squeezed(name)
    )
    if match:
      return match[1] != 'originalimg'
  return False


def _squeezed(name: str) -> str:
  return re.sub('[ _]', '', name).lower()


def _places(
  findings: Findings, band_of: functools.partial
) -> Iterator[tuple[_Place, pathlib.Path]]:
  """The folders of the subjects in all conditions."""
  for band in findings.folders(findings.root):
    if not band_of(band):
      _pass_other(findings, band)
      continue
    for light in findings.level(band):
      if light.name.capitalize() not in _LIGHTS:
        findings.skip(light, 'not one of Strong, Weak, Dark')
        continue
      for folder in findings.level(light):
        if _SUBJECT.fullmatch(folder.name):
          names = band_of(band), light.name.capitalize(), folder.name.upper()
          yield _Place(*names), folder
        else:
          findings.skip(folder, 'not a subject: not P and three digits')


def _pass_other(findings: Findings, folder: pathlib.Path) -> None:
  """The other set may lie beside this one."""
  name = _squeezed(folder.name)
  if not re.fullmatch('(vl|ni)(acropped)?|[bc]?(originalimg|pre.*)', name):
    findings.skip(folder, 'neither VL nor NI')


def _clips(
  findings: Findings, folder: pathlib.Path, place: _Place
) -> Iterator[FoundClip]:
  for emotion in findings.level(folder):
    # It comes as JPEG: other pictures were put there later.
    frames = findings.frames(emotion, preferred=JPEG)
    if frames:
      yield _clip(findings, emotion, place, frames)


def _clip(
  findings: Findings,
  folder: pathlib.Path,
  place: _Place,
  frames: dict[int, pathlib.Path],
) -> FoundClip:
  name, emotion = _emotion(findings, folder)
  if len(frames) == 1:
    findings.note(folder, 'a single frame: onset and apex not given')
  moves = len(frames) > 1
  return FoundClip(
    path=folder,
    subject=place.subject,
    clip=f'{place.band}_{place.light}_{name}',
    numbers=tuple(frames),
    frames=tuple(frames.values()),
    emotion=emotion,
    onset=min(frames) if moves else None,
    apex=max(frames) if moves else None,
    fps=FPS,
    camera=f'{place.band} {place.light}',
  )


def _emotion(findings: Findings, folder: pathlib.Path) -> tuple[str, str]:
  """Of a clip's folder its name as published, and the emotion."""
  word = folder.name.lower()
  if word in EMOTIONS:
    return word.capitalize(), word
  findings.note(
    folder,
    f'"{folder.name}" is no emotion of Oulu-CASIA: taken without an emotion',
  )
  return folder.name, ''
