"""Where the parts of DISFA lie; upper and lower case do not matter."""

from collections.abc import Mapping
import pathlib
import re

from facegen_jax.data import video
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.findings import Findings, refusal

LABELS = 'actionunit_?labels'
LANDMARKS = 'landmark_?points'
_SUBJECT = r'SN\d{3,}'


def videos_folder(camera: str) -> str:
  """What the folder of a camera's videos is called."""
  return f'videos?_?{camera}_?camera'


def below(folder: pathlib.Path, name: str) -> pathlib.Path | None:
  """The sub-folder of a name; where it holds one of that name again, that.

  Args:
    folder: to look in; may be unreadable.
    name: a regular expression.
  """
  outer = _child(folder, name)
  return outer and (_child(outer, name) or outer)


def _child(folder: pathlib.Path, name: str) -> pathlib.Path | None:
  for path in tree.readable_folders(folder):
    fits = re.fullmatch(name, path.name, re.IGNORECASE)
    if fits and not refusal(path, folder):
      return path
  return None


def people(
  findings: Findings, folder: pathlib.Path
) -> Mapping[str, pathlib.Path]:
  """Folders named SN001 and so on, by that name in upper case."""
  found = {}
  for path in findings.folders(folder):
    subject = path.name.upper()
    if not re.fullmatch(_SUBJECT, subject):
      findings.skip(path, 'not named like a person, SN001')
    elif subject in found:
      findings.skip(path, f'a second folder of {subject}')
    else:
      found[subject] = below(path, subject) or path
  return found


def videos(
  findings: Findings, folder: pathlib.Path, camera: str
) -> Mapping[str, pathlib.Path]:
  """Videos named LeftVideoSN001_comp.avi and so on, by person."""
  name = re.compile(rf'{camera}video({_SUBJECT})(_comp)?', re.IGNORECASE)
  found = {}
  for path in findings.files(folder):
    match = name.fullmatch(path.stem)
    if not match or path.suffix.lower() not in video.SUFFIXES:
      findings.skip(
        path, f'not named like a video, {camera.title()}VideoSN001_comp.avi'
      )
    elif match[1].upper() in found:
      findings.skip(path, f'a second video of {match[1].upper()}')
    else:
      found[match[1].upper()] = path
  return found
