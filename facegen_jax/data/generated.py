"""A folder of generated clips to train a recogniser with, and its leak checks.

The folder holds videos of cut faces (no face is looked for), and

- `labels.csv`: `file,emotion,subject,source_subject`, a row a video: the
  driver's emotion word and who it is, and whose first frame was animated;
- `generator.json`: `{"trained_on": ["sub01", ...], "system": ..., ...}`, the
  people that the generator was trained on.

Where the people belong to another dataset than the recogniser's, they are
written `dataset/subject`: numbers such as `01` name other people elsewhere.
`facegen_jax.transfer_clips` writes such folders.
"""

from collections.abc import Iterator, Sequence
import csv
import functools
import json
import pathlib
from typing import Any, NamedTuple

import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import folds, pictures, video, vocabulary
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.folds import Person

COLUMNS = ('file', 'emotion', 'subject', 'source_subject')


class Generated(NamedTuple):
  """What a folder holds.

  Attributes:
    clips: with `generated` set; a clip's subject is the driver.
    people: everybody who is in them or whom the generator saw, and how.
    described: for results.
  """

  clips: Clips
  people: dict[Person, str]
  described: dict[str, Any]


def read(folder: str | pathlib.Path, *, dataset: str, size: int) -> Generated:
  """Reads the tables; the videos are decoded when they are wanted.

  Args:
    folder: see above.
    dataset: of subjects that are written without one.
    size: pixels a side that frames are resized to.

  Raises:
    UserError: a table is missing or wrong, a video is missing, no video.
  """
  folder = pathlib.Path(folder)
  maker = _generator(folder / 'generator.json')
  people = {_person(s, dataset): 'trained on' for s in maker['trained_on']}
  rows = list(_rows(folder / 'labels.csv'))
  for row in rows:
    people.setdefault(_person(row['source_subject'], dataset), 'source')
    people.setdefault(_person(row['subject'], dataset), 'driver')
  clips = Clips(_clip(folder, row, size) for row in rows)
  own = sum(row['subject'] == row['source_subject'] for row in rows)
  described = {
    'folder': str(folder),
    'clips': len(rows),
    'driven_by_the_same_person': own / len(rows),
    'generator': maker,
  }
  return Generated(clips, people, described)


def refuse_leak(
  generated: Generated, tested: Sequence[str], dataset: str
) -> None:
  """Raises UserError if a tested person had a part in the generated clips."""
  test = tuple(Person(dataset, subject) for subject in tested)
  try:
    folds.Fold(tuple(generated.people), test)
  except ValueError as e:
    both = [p for p in sorted(set(test)) if p in generated.people]
    named = ', '.join(f'{p.subject} ({generated.people[p]})' for p in both)
    raise UserError(
      f'{generated.described["folder"]}: people of the test split have a part '
      f'in it: {named}. Train the generator and drive it with this split '
      'without them (same config.data.split, seed and held_out), or test others'
    ) from e


def _person(text: str, dataset: str) -> Person:
  database, _, subject = text.rpartition('/')
  return Person(database or dataset, subject)


def _generator(path: pathlib.Path) -> dict[str, Any]:
  form = 'write {"trained_on": [subjects], "system": name} there'
  try:
    found = json.loads(path.read_text())
  except (OSError, ValueError) as e:
    raise UserError(
      f'{path} cannot be read ({e}): it says whom the generator was trained '
      f'on, without which leaks go unseen; {form}'
    ) from e
  people = found.get('trained_on') if isinstance(found, dict) else None
  if not isinstance(people, list) or not all(
    isinstance(p, str) and p for p in people
  ):
    raise UserError(f'{path} names nobody that the generator saw: {form}')
  return found


def _rows(path: pathlib.Path) -> Iterator[dict[str, str]]:
  wanted = ','.join(COLUMNS)
  try:
    with path.open(encoding='utf-8-sig', newline='') as file:
      reader = csv.DictReader(file, strict=True)
      if sorted(reader.fieldnames or []) != sorted(COLUMNS):
        raise UserError(f'{path}: its first line must be {wanted}')
      rows = [(reader.line_num, row) for row in reader]
  except (OSError, UnicodeDecodeError, csv.Error) as e:
    raise UserError(
      f'{path} cannot be read ({e}): write a table of {wanted}, a row a video'
    ) from e
  if not rows:
    raise UserError(f'{path} has no row: a folder of generated clips has some')
  seen = set()
  for line, row in rows:
    if None in row or not all(row.values()) or row['file'] in seen:
      raise UserError(
        f'{path}, line {line}: give {wanted}, each of them, and a file once'
      )
    seen.add(row['file'])
    yield row


def _clip(folder: pathlib.Path, row: dict[str, str], size: int) -> Clip:
  path = folder / row['file']
  if not path.is_file():
    raise UserError(
      f'{path}: no such video, but labels.csv names it: delete the row, or '
      'generate the clip again'
    )
  return Clip(
    frames=Frames(path, size),
    subject=row['subject'],
    session='',
    name=row['file'],
    emotion=row['emotion'],
    emotion_id=vocabulary.emotion_id(row['emotion']),
    onset=-1,
    apex=-1,
    offset=-1,
    landmarks=np.zeros((0, vocabulary.NUM_LANDMARKS, 2), np.float32),
    au_intensities=np.zeros((0, len(vocabulary.AUS)), np.float32),
    fps=0.0,
    extra={'source_subject': np.array(row['source_subject'])},
    generated=True,
  )


class Frames(Sequence[bytes]):
  """Encoded frames of a video that is decoded when the first is wanted.

  A hundred thousand clips that are used once are not kept in memory.
  """

  def __init__(self, path: pathlib.Path, size: int):
    self._path, self._size = path, size

  def __len__(self) -> int:
    return len(_encoded(self._path, self._size))

  def __getitem__(self, i: int) -> bytes:
    return _encoded(self._path, self._size)[i]


@functools.lru_cache(maxsize=32)
def _encoded(path: pathlib.Path, size: int) -> tuple[bytes, ...]:
  """Bitmaps, which cost nothing to write and read."""
  out = []
  for picture in video.read(path):
    if picture.shape[:2] != (size, size):
      small = size < min(picture.shape[:2])
      how = cv2.INTER_AREA if small else cv2.INTER_LINEAR
      picture = cv2.resize(picture, (size, size), interpolation=how)
    out.append(pictures.encode(picture, 'BMP'))
  return tuple(out)
