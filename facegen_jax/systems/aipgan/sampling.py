"""Pairs of pictures: whose expression, whose identity, and what is true.

The pixel loss of the paper is taken against the target picture although the
result must show the source's expression. Three ways out, by config:

  self_only   half of the pairs show one person, and the truth is the source;
              pairs of two people have no pixel truth
  paired      beside that, pairs of two people take as truth the target's own
              picture that shows the source's expression, where there is one
  paper       always against the target
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips

PIXEL_TARGETS = ('self_only', 'paired', 'paper')
_SAME_SHARE = {'self_only': 0.5, 'paired': 0.5, 'paper': 0.0}


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
    frames: 'any', or 'peak' for the paper's first frame and last three.
  """

  def __init__(self, clips: Clips, *, pixel_target: str, frames: str):
    if pixel_target not in PIXEL_TARGETS:
      raise UserError(
        f'config.pixel_target={pixel_target!r}: choose one of {PIXEL_TARGETS}'
      )
    self._clips, self._mode, self._frames = clips, pixel_target, frames
    self._labels = [clip.labels() for clip in clips]
    self._by_subject, self._by_emotion = defaultdict(list), defaultdict(list)
    for i, clip in enumerate(clips):
      self._by_subject[clip.subject].append(i)
      self._by_emotion[clip.emotion_id].append(i)

  def draw(self, i: int, rng: np.random.Generator) -> Pair:
    """A pair whose source lies in clip `i`."""
    source = Frame(i, self._frame(self._clips[i], rng))
    if rng.random() < _SAME_SHARE[self._mode]:
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
    # Within the clip light and pose agree, so that expression alone differs.
    if (count := len(self._clips[source.clip])) > 1:
      index = (source.index + rng.integers(1, count)) % count
      return Frame(source.clip, int(index))
    own = self._by_subject[self._clips[source.clip].subject]
    clip = int(rng.choice(own))
    return Frame(clip, self._frame(self._clips[clip], rng))

  def _other(self, source: Frame, rng: np.random.Generator) -> Frame:
    subject = self._clips[source.clip].subject
    rows = range(len(self._clips))
    if self._mode == 'paired':
      rows = self._by_emotion[self._clips[source.clip].emotion_id]
    rows = [r for r in rows if self._clips[r].subject != subject]
    if not rows:  # nobody else shows this emotion
      return self._same(source, rng)
    clip = int(rng.choice(rows))
    return Frame(clip, self._frame(self._clips[clip], rng))

  def _match(self, source: Frame, target: Frame) -> Frame | None:
    """The target clip's frame that is nearest to the source's expression."""
    a, b = self._clips[source.clip], self._clips[target.clip]
    if a.emotion_id < 0 or a.emotion_id != b.emotion_id:
      return None
    if len(a.au_intensities) and len(b.au_intensities):
      away = np.abs(b.au_intensities - a.au_intensities[source.index]).sum(1)
      return Frame(target.clip, int(away.argmin()))
    if min(a.apex, b.apex) < 0:
      return None
    away = np.abs(_phase(b) - _phase(a)[source.index])
    return Frame(target.clip, int(away.argmin()))


def _phase(clip: Clip) -> np.ndarray:
  """0 at the onset, 1 at the apex, 2 at the offset."""
  onset = max(clip.onset, 0)
  offset = len(clip) - 1 if clip.offset < 0 else clip.offset
  marks = [onset, max(clip.apex, onset + 1), max(offset, clip.apex + 2)]
  return np.interp(np.arange(len(clip)), marks, [0.0, 1.0, 2.0])
