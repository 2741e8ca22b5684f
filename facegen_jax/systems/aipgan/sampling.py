"""Pairs of pictures: whose expression, whose identity, and what is true.

The pixel loss of the paper is taken against the target picture although the
result must show the source's expression. Three ways out, by config:

  self_only   a share of the pairs show one person in one session, and the
              truth is the source; pairs of two people have no pixel truth
  paired      beside that, pairs of two people take as truth the picture of the
              target's session that is nearest to the source's expression
  paper       always against the target
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips

PIXEL_TARGETS = ('self_only', 'paired', 'paper')


class Frame(NamedTuple):
  """Frame `index` of clip `clip`."""

  clip: int
  index: int


class Pair(NamedTuple):
  """Source, target, and the truth (None: there is none)."""

  source: Frame
  target: Frame
  truth: Frame | None


class Pairs:
  """Draws pairs.

  Args:
    clips: of at least two people.
    pixel_target: one of `PIXEL_TARGETS`.
    same_person: share of pairs that show one person; 0 for 'paper'.
    frames: 'any', or 'peak' for the paper's first frame and last three.
  """

  def __init__(
    self, clips: Clips, *, pixel_target: str, same_person: float, frames: str
  ):
    if pixel_target not in PIXEL_TARGETS:
      raise UserError(
        f'config.loss.pixel_target={pixel_target!r}: choose one of '
        f'{PIXEL_TARGETS}'
      )
    if not 0 <= same_person <= 1:
      raise UserError(
        f'config.data.same_person={same_person!r}: a share, from 0 to 1'
      )
    self._clips, self._mode, self._frames = clips, pixel_target, frames
    self._same_person = 0.0 if pixel_target == 'paper' else same_person
    self._labels = [clip.labels() for clip in clips]
    self._by_subject, self._by_session = defaultdict(list), defaultdict(list)
    for i, clip in enumerate(clips):
      self._by_subject[clip.subject].append(i)
      self._by_session[clip.subject, clip.session].append(i)

  def draw(self, i: int, rng: np.random.Generator) -> Pair:
    """A pair whose source lies in clip `i`."""
    source = Frame(i, self._frame(self._clips[i], rng))
    if rng.random() < self._same_person:
      return Pair(source, self._same(source, rng), source)
    target = self._other(source, rng)
    truth = {
      'self_only': lambda: None,
      'paired': lambda: self._match(source, target),
      'paper': lambda: target,
    }[self._mode]()
    return Pair(source, target, truth)

  def label(self, frame: Frame) -> int:
    """Emotion of a frame, -1 for none."""
    return int(self._labels[frame.clip][frame.index])

  def _frame(self, clip: Clip, rng: np.random.Generator) -> int:
    if self._frames == 'any' or clip.apex < 0:
      return int(rng.integers(len(clip)))
    if rng.random() < 0.25:
      return max(clip.onset, 0)
    return int(np.clip(clip.apex - rng.integers(3), 0, len(clip) - 1))

  def _same(self, source: Frame, rng: np.random.Generator) -> Frame:
    """Another picture of the person: of the session, where it has one."""
    clip = self._clips[source.clip]
    # Within a session light and place agree: expression alone differs.
    for clips in (self._session(source), self._by_subject[clip.subject]):
      chosen = int(rng.choice(clips))
      target = Frame(chosen, self._frame(self._clips[chosen], rng))
      if target != source:
        return target
      if len(clip) > 1:
        return Frame(chosen, (source.index + 1) % len(clip))
    return source

  def _other(self, source: Frame, rng: np.random.Generator) -> Frame:
    own = self._by_subject[self._clips[source.clip].subject]
    clip = int(rng.integers(len(self._clips) - len(own)))
    for mine in own:  # in order: steps over each that lies before
      clip += mine <= clip
    return Frame(clip, self._frame(self._clips[clip], rng))

  def _session(self, frame: Frame) -> list[int]:
    clip = self._clips[frame.clip]
    return self._by_session[clip.subject, clip.session]

  def _match(self, source: Frame, target: Frame) -> Frame | None:
    """The frame of the target's session nearest to the source's expression."""
    clip = self._clips[source.clip]
    rows = [
      i
      for i in self._session(target)
      if self._clips[i].emotion_id == clip.emotion_id >= 0
    ]
    found = [
      (away.min(), Frame(i, int(away.argmin())))
      for i in rows
      if (away := _away(clip, source.index, self._clips[i])) is not None
    ]
    return min(found)[1] if found else None


def _away(source: Clip, index: int, clip: Clip) -> np.ndarray | None:
  """How far each frame of `clip` is from the expression of a source frame."""
  if len(source.au_intensities) and len(clip.au_intensities):
    return np.abs(clip.au_intensities - source.au_intensities[index]).sum(1)
  if min(source.apex, clip.apex) < 0:
    return None
  return np.abs(_phase(clip) - _phase(source)[index])


def _phase(clip: Clip) -> np.ndarray:
  """0 at the onset, 1 at the apex, 2 at the offset."""
  onset = max(clip.onset, 0)
  offset = len(clip) - 1 if clip.offset < 0 else clip.offset
  marks = [onset, max(clip.apex, onset + 1), max(offset, clip.apex + 2)]
  return np.interp(np.arange(len(clip)), marks, [0.0, 1.0, 2.0])
