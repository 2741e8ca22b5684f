"""What was found, what was left out and why; lies beside a dataset."""

import collections
from collections.abc import Iterator, Mapping
import dataclasses
import hashlib
import json
import os
import pathlib
from typing import Any

from facegen_jax.data.builders.tree import spelt

FILE = 'report.json'
_HASH = 12  # digits of a hash that a line shows
_COUNTS, _LINES = 100, 500  # that are shown one by one; the file has them all


@dataclasses.dataclass(kw_only=True)
class Report:
  """Coverage of a dataset.

  Attributes:
    dataset: its name and variant.
    source: the folder that it is made from.
    fingerprint: hash of the source's list of files and of the settings.
    unit: what `found` and `used` count, 'clips' or 'files'.
    found: how many the source holds; what is no clip is in `skipped` alone.
    used: those of them that gave at least one clip.
    clips: clips written; a long video gives several.
    frames: frames written.
    subjects: clips of each person.
    emotions: clips of each emotion, '' = unlabelled.
    published: 'subjects', 'clips' and 'emotions' as the authors count them,
      what is known of it.
    clip_list: SHA-256 of the clips' names, frame numbers and labels: who has
      the same one has the same clips.
    content: SHA-256 of the source's files, '' = not taken.
    crop: version of the face crop, '' = none.
    faces: figures of the crops, see `crops.statistics`.
    skipped: (path, reason) of each thing that is left out.
    notes: (path, remark) of each thing that is used, but not as it stands.
  """

  dataset: str
  source: str
  fingerprint: str
  unit: str = 'clips'
  found: int = 0
  used: int = 0
  clips: int = 0
  frames: int = 0
  subjects: dict[str, int] = dataclasses.field(default_factory=dict)
  emotions: dict[str, int] = dataclasses.field(default_factory=dict)
  published: dict[str, Any] = dataclasses.field(default_factory=dict)
  clip_list: str = ''
  content: str = ''
  crop: str = ''
  faces: dict[str, float] = dataclasses.field(default_factory=dict)
  skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)
  notes: list[tuple[str, str]] = dataclasses.field(default_factory=list)

  def count(self, record: Mapping[str, Any]) -> None:
    """Adds a clip as it is written; the order of calls tells in `clip_list`."""
    subject, emotion = record['subject'], record['emotion']
    numbers = [int(number) for number in record['frame_numbers']]
    self.clips += 1
    self.frames += len(numbers)
    self.subjects[subject] = self.subjects.get(subject, 0) + 1
    self.emotions[emotion] = self.emotions.get(emotion, 0) + 1
    limits = [int(record[name]) for name in ('onset', 'apex', 'offset')]
    line = [subject, record['clip'], emotion, numbers, limits]
    text = json.dumps([self.clip_list, *line])
    self.clip_list = hashlib.sha256(text.encode()).hexdigest()

  @property
  def labelled(self) -> int:
    """Clips with an emotion."""
    return self.clips - self.emotions.get('', 0)

  def differences(self) -> list[str]:
    """Where the counts are not the published ones."""
    own = {'subjects': len(self.subjects), 'clips': self.clips}
    lines = [
      f'{own[name]} {name}, published are {count}'
      for name, count in self.published.items()
      if name in own and own[name] != count
    ]
    for emotion, count in self.published.get('emotions', {}).items():
      if self.emotions.get(emotion, 0) != count:
        lines.append(
          f'{self.emotions.get(emotion, 0)} clips of {emotion}, published are '
          f'{count}'
        )
    return lines

  def summary(self) -> str:
    """One line of figures."""
    content = f', content {self.content[:_HASH]}' if self.content else ''
    crop = f'; {self.crop}' if self.crop else ''
    return (
      f'{self.dataset}: {self.used} of {self.found} {self.unit} used, '
      f'{len(self.skipped)} skipped; {self.clips} clips '
      f'({self.labelled} labelled), {self.frames} frames, '
      f'{len(self.subjects)} subjects; id {self.fingerprint}, '
      f'clips {self.clip_list[:_HASH]}{content}{crop}'
    )

  def text(self) -> str:
    """The summary, counts, then a line for all that is not as it should be."""
    return '\n'.join([self.summary(), *self._lines()])

  def _lines(self) -> Iterator[str]:
    yield f'  from {spelt(self.source)}'
    yield f'  clips by emotion: {_counts(self.emotions)}'
    yield f'  clips by subject: {_counts(self.subjects)}'
    if self.faces:
      yield f'  faces: {_counts(self.faces)}'
    yield from (f'  warning: {line}' for line in self.differences())
    yield from _listed('skipped', self.skipped)
    yield from _listed('note', self.notes)

  def write(self, folder: str | os.PathLike) -> None:
    """Saves as report.json."""
    text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
    pathlib.Path(folder, FILE).write_text(text + '\n', encoding='utf-8')


def read(folder: str | os.PathLike) -> Report:
  """The report of a prepared dataset."""
  text = pathlib.Path(folder, FILE).read_text(encoding='utf-8')
  values = json.loads(text)
  for name in ('skipped', 'notes'):
    values[name] = [tuple(pair) for pair in values[name]]
  return Report(**values)


def _counts(counts: dict[str, float]) -> str:
  if len(counts) > _COUNTS:
    least, most = min(counts.values()), max(counts.values())
    return f'{len(counts)}, each {least:g} to {most:g}'
  rows = (
    f'{name or "(none)"} {value:g}' for name, value in sorted(counts.items())
  )
  return ', '.join(rows) or 'none'


def _listed(word: str, pairs: list[tuple[str, str]]) -> Iterator[str]:
  """A line for each pair, up to a number; then what the others say."""
  yield from (f'  {word} {name}: {text}' for name, text in pairs[:_LINES])
  rest = collections.Counter(text for _, text in pairs[_LINES:])
  if rest:
    most = '; '.join(f'{n} x {text}' for text, n in rest.most_common(3))
    yield f'  {word} {rest.total()} more: {most}' + '; ...' * (len(rest) > 3)
