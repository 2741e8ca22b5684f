"""What was found, what was left out and why; lies beside the dataset."""

import dataclasses
import json
import os
import pathlib

FILE = 'report.json'


@dataclasses.dataclass
class Report:
  """Coverage of a prepared folder.

  Attributes:
    root: the folder.
    fingerprint: hash of the folder's list of files and of the settings.
    files: videos and pictures that the folder holds.
    used: those of them that gave at least one clip.
    clips: clips written; a long video gives several.
    frames: frames written.
    subjects: people.
    labelled: clips with an emotion.
    skipped: [file, reason] of each file that is left out.
    notes: [file, remark] of each file that is used, but not as it stands.
    labels_without_file: rows of the labels that match no clip.
  """

  root: str
  fingerprint: str
  files: int = 0
  used: int = 0
  clips: int = 0
  frames: int = 0
  subjects: list[str] = dataclasses.field(default_factory=list)
  labelled: int = 0
  skipped: list[list[str]] = dataclasses.field(default_factory=list)
  notes: list[list[str]] = dataclasses.field(default_factory=list)
  labels_without_file: list[str] = dataclasses.field(default_factory=list)

  def write(self, folder: str | os.PathLike) -> None:
    """Saves as report.json."""
    text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
    pathlib.Path(folder, FILE).write_text(text + '\n', encoding='utf-8')

  def summary(self) -> str:
    """One line of figures."""
    return (
      f'{self.root}: {self.used} of {self.files} files used, '
      f'{len(self.skipped)} skipped; {self.clips} clips '
      f'({self.labelled} labelled), {self.frames} frames, '
      f'{len(self.subjects)} subjects; id {self.fingerprint}'
    )

  def text(self) -> str:
    """The summary, then a line for whatever is not as it should be."""
    rows = [f'  skipped {name}: {reason}' for name, reason in self.skipped]
    rows += [f'  note {name}: {remark}' for name, remark in self.notes]
    rows += [
      f'  labels row without a file: {name}'
      for name in self.labels_without_file
    ]
    return '\n'.join([self.summary(), *rows])


def read(folder: str | os.PathLike) -> Report:
  """The report of a prepared dataset."""
  text = pathlib.Path(folder, FILE).read_text(encoding='utf-8')
  return Report(**json.loads(text))
