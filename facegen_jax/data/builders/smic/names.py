"""What SMIC's folders and clips say by their names."""

import pathlib
import re

from facegen_jax.data.builders.findings import Findings

EMOTIONS = {'ne': 'negative', 'po': 'positive', 'sur': 'surprise'}
_CLIP = re.compile(r's0*(\d+)_(ne|po|sur)(?![a-z])', re.IGNORECASE)


def subject(name: str) -> str:
  """'s1' for 's1', 's01' and 'S01'; '' = not a person's folder."""
  match = re.fullmatch(r's0*(\d+)', name, re.IGNORECASE)
  return f's{match[1]}' if match else ''


def plain(clip: str) -> str:
  """A clip's name as it is compared: 's1_ne_01' for 's01_ne_01'."""
  return re.sub(r'^s0+(?=\d)', 's', clip.strip().lower())


def is_clip(name: str) -> bool:
  """Whether a folder is named like s1_ne_01."""
  return bool(_CLIP.match(name))


def emotion(
  findings: Findings, folder: pathlib.Path, person: str, word: str
) -> str:
  """The emotion that a clip is labelled with, '' = none that is known.

  Notes an unknown word, and a clip's name that says otherwise.

  Args:
    findings: gets the notes.
    folder: of the clip.
    person: whose folder it lies in.
    word: as the emotion's folder or the sheet has it.
  """
  word = word.strip().lower()
  if word not in EMOTIONS.values():
    findings.note(folder, f'{word!r} is no emotion of SMIC: kept without one')
    word = ''
  match = _CLIP.match(folder.name)
  if match and f's{match[1]}' != person:
    findings.note(folder, f'named as of s{match[1]}: taken as of {person}')
  named = EMOTIONS[match[2].lower()] if match else word
  if word and named != word:
    findings.note(folder, f'named as {named}: labelled {word}, that is taken')
  return word


def is_cropped(folder: pathlib.Path, top: pathlib.Path) -> bool | None:
  """What the nearest name from a folder up to `top` says; None = nothing."""
  for place in (folder, *folder.parents):
    name = place.name.lower()
    if 'crop' in name or 'raw' in name:
      return 'crop' in name
    if place == top:
      break
  return None


def part_of(folder: pathlib.Path, top: pathlib.Path) -> str:
  """'HS', 'VIS' or 'NIR' by the nearest name up to `top`; '' = none says."""
  for place in (folder, *folder.parents):
    match = re.search(
      r'(?<![a-z])(hs|vis|nir)(?![a-z])', place.name, re.IGNORECASE
    )
    if match:
      return match[1].upper()
    if place == top:
      break
  return ''
