"""Prepared clips in memory: what a system cuts its training examples from."""

from collections.abc import Iterable, Iterator, Sequence
import dataclasses
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import folds, pictures, vocabulary


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clip:
  """One clip of one person; pictures stay encoded until they are wanted.

  Attributes:
    frames: encoded pictures, in order.
    subject: the person; clips of one person share it.
    session: of that person; clips that share it share light and background.
    name: the clip's name within the dataset.
    emotion_id: 0..5 of `vocabulary.EMOTIONS`, or -1.
    emotion: the dataset's own word, '' when unlabelled.
    onset: index into `frames`, -1 = not given; `apex`, `offset` likewise.
    apex: see onset.
    offset: see onset.
    landmarks: t x 68 x 2 pixels, or no rows.
    au_intensities: t x 12 in [0, 1], or no rows.
    fps: frames a second, 0 for a picture.
    extra: what one dataset alone stores.
    generated: made by a network from other clips, see `data.generated`.
  """

  frames: Sequence[bytes]
  subject: str
  session: str
  name: str
  emotion_id: int
  onset: int
  apex: int
  offset: int
  landmarks: np.ndarray
  au_intensities: np.ndarray
  fps: float
  extra: dict[str, np.ndarray]
  emotion: str = ''
  generated: bool = False

  def __len__(self) -> int:
    return len(self.frames)

  def picture(self, i: int) -> np.ndarray:
    """Frame `i`, uint8 `h w 3` RGB."""
    picture = pictures.decode(self.frames[i])
    if picture is None:
      raise UserError(
        f'frame {i} of clip {self.name!r} does not decode: prepare the '
        'dataset again'
      )
    return picture

  def points(self, i: int) -> np.ndarray:
    """Landmarks of frame `i`, 68 2 float32 pixels; NaN where it has none."""
    if len(self.landmarks) != len(self):
      return np.full((vocabulary.NUM_LANDMARKS, 2), np.nan, np.float32)
    return np.float32(self.landmarks[i])

  def labels(self) -> np.ndarray:
    """Emotion of each frame, int32 t: -1 where the face is still neutral.

    A frame counts as expressive when it is nearer to the apex than to the
    onset or offset. Without an apex the whole clip carries its label.
    """
    frames = np.arange(len(self))
    if self.apex < 0:
      return np.full(len(self), self.emotion_id, np.int32)
    onset = 0 if self.onset < 0 else self.onset
    offset = len(self) - 1 if self.offset < 0 else self.offset
    rise, fall = max(self.apex - onset, 1), max(offset - self.apex, 1)
    away = frames - self.apex
    near = np.where(away < 0, -away * 2 <= rise, away * 2 <= fall)
    near &= (frames >= onset) & (frames <= offset)
    return np.where(near, self.emotion_id, -1).astype(np.int32)

  def neutral(self) -> int:
    """Index of the frame with the least expression."""
    if len(self.au_intensities):
      return int(self.au_intensities.sum(1).argmin())
    return 0 if self.onset < 0 else min(self.onset, len(self) - 1)


class Clips(Sequence[Clip]):
  """Clips of one dataset, or a part of it."""

  def __init__(self, clips: Iterable[Clip]):
    self._clips = tuple(clips)

  def __getitem__(self, i: int) -> Clip:
    return self._clips[i]

  def __len__(self) -> int:
    return len(self._clips)

  def __iter__(self) -> Iterator[Clip]:
    return iter(self._clips)

  @property
  def subjects(self) -> tuple[str, ...]:
    """Every person once, sorted."""
    return tuple(sorted({clip.subject for clip in self}))

  def of(self, subjects: Iterable[str]) -> 'Clips':
    """The clips of these people."""
    wanted = set(subjects)
    return Clips(clip for clip in self if clip.subject in wanted)


_SHARED = (
  'frames',
  'frame_numbers',
  'subject',
  'clip',
  'emotion',
  'emotion_id',
  'onset',
  'apex',
  'offset',
  'aus',
  'au_intensities',
  'landmarks',
  'fps',
  'camera',
)


def from_source(source: Sequence[dict[str, Any]]) -> Clips:
  """Reads a whole TFDS data source; encoded frames are small."""
  clips = (_clip(source[i]) for i in range(len(source)))
  # The record order is a hash's; names are the same on every machine.
  return Clips(sorted(clips, key=lambda clip: (clip.subject, clip.name)))


def _clip(record: dict[str, Any]) -> Clip:
  return Clip(
    frames=tuple(bytes(f) for f in record['frames']),
    subject=_text(record['subject']),
    session=_text(record['camera']),
    name=_text(record['clip']),
    emotion_id=int(record['emotion_id']),
    emotion=_text(record['emotion']),
    onset=int(record['onset']),
    apex=int(record['apex']),
    offset=int(record['offset']),
    landmarks=np.asarray(record['landmarks'], np.float32),
    au_intensities=np.asarray(record['au_intensities'], np.float32),
    fps=float(record['fps']),
    extra={k: np.asarray(v) for k, v in record.items() if k not in _SHARED},
  )


def _text(value: bytes | str) -> str:
  return value.decode() if isinstance(value, bytes) else str(value)


class Split(NamedTuple):
  """Clips to train on, and clips of people that training never sees."""

  train: Clips
  held_out: Clips


def split_by_subject(clips: Clips, held_out: float, seed: int) -> Split:
  """Cuts by person.

  Args:
    clips: all clips.
    held_out: share of the people to hold out; at least one, when above 0.
    seed: which people.
  """
  everyone = [folds.Person('', subject) for subject in clips.subjects]
  fold = folds.split(everyone, held_out, seed, train_at_least=2)
  train, out = (
    {person.subject for person in side} for side in (fold.train, fold.test)
  )
  return Split(clips.of(train), clips.of(out))
