"""Training examples of a recogniser, cut from prepared clips."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from absl import logging
import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.three_classes import CLASSES, class_of


class Labelled(NamedTuple):
  """Clips that have a class, and their classes (n, int32)."""

  clips: Clips
  labels: np.ndarray

  def counts(self) -> dict[str, int]:
    """Clips of each class."""
    each = Counter(self.labels.tolist())
    return {name: each[i] for i, name in enumerate(CLASSES)}


def labelled(clips: Iterable[Clip], dataset: str) -> Labelled:
  """Clips with a class by `three_classes.class_of`; the others are counted."""
  clips = tuple(clips)
  found = [class_of(dataset, clip.emotion) for clip in clips]
  kept = [i for i, label in enumerate(found) if label is not None]
  out = Labelled(
    Clips(clips[i] for i in kept), np.array([found[i] for i in kept], np.int32)
  )
  if len(kept) < len(clips):
    words = Counter(clips[i].emotion for i in set(range(len(clips))) - {*kept})
    left = ', '.join(
      f'{n} {word or "unlabelled"!r}' for word, n in words.items()
    )
    logging.info('%s: left out without a class: %s', dataset, left)
  return out


def indices(length: int, frames: int) -> np.ndarray:
  """Where `frames` frames lie in a clip: floor(linspace(0, length - 1)).

  A clip that is too short repeats frames.
  """
  return np.floor(np.linspace(0, length - 1, frames)).astype(int)


def frames(clip: Clip, count: int, size: int, gray: bool) -> np.ndarray:
  """Uniform frames of a clip, `count size size 3` uint8.

  Shrinking averages over areas, enlarging is bilinear. `gray`: luma in all
  three channels.
  """
  out = []
  for i in indices(len(clip), count):
    x = clip.picture(i)
    if x.shape[:2] != (size, size):
      small = size < min(x.shape[:2])
      how = cv2.INTER_AREA if small else cv2.INTER_LINEAR
      x = cv2.resize(x, (size, size), interpolation=how)
    if gray:
      x = np.repeat(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None], 3, -1)
    out.append(x)
  return np.stack(out)


class Examples:
  """The examples of a whole run, each of which is drawn once.

  Index i of a run of `passes` over n clips is clip i // passes, and, where
  there are g generated clips, the one at place i mod g of a fixed order. The
  data path draws every index once, in an order that the seed fixes, so every
  clip is seen `passes` times and every generated clip once while i < g; and
  as an index alone says which clips meet, a resumed run sees what an unbroken
  one does.

  Args:
    config: whole config.
    clips: of the people to train on, generated ones among them.
  """

  def __init__(self, config: Any, clips: Clips):
    self._config = config
    name = config.data.name
    real = [clip for clip in clips if not clip.generated]
    self.real = labelled(real, name)
    self.generated = labelled((c for c in clips if c.generated), name)
    _check(self.real, config)
    if config.data.shuffle_labels:
      self.real = _shuffled(self.real, config.seed)
      self.generated = _shuffled(self.generated, config.seed)
    self.steps = steps(config, len(self.real.clips))
    count = self.steps * config.batch_size
    self._passes = -(-count // len(self.real.clips))
    draw = np.random.default_rng((config.seed, len(self.generated.clips)))
    self._order = draw.permutation(len(self.generated.clips))
    self._tell(count)

  def _tell(self, count: int) -> None:
    logging.info(
      'training on %s: %d steps, %.1f passes',
      self.real.counts(),
      self.steps,
      count / len(self.real.clips),
    )
    if made := len(self.generated.clips):
      logging.info(
        'generated: %s; each is used %.2f times (the paper: once)',
        self.generated.counts(),
        count / made,
      )

  def __len__(self) -> int:
    return self._passes * len(self.real.clips)

  def example(self, i: int) -> dict[str, np.ndarray]:
    """Example `i` of the run, below `len(self)`.

    Returns:
      `clip`: t h w 3 uint8; `label`: int32; with generated clips also
      `generated` and `generated_label`, which is the driver's.
    """
    place = i // self._passes
    out = self._one(self.real, place, 'clip', 'label')
    if len(self._order):
      place = self._order[i % len(self._order)]
      out |= self._one(self.generated, place, 'generated', 'generated_label')
    return out

  def _one(
    self, among: Labelled, place: int, clip: str, label: str
  ) -> dict[str, np.ndarray]:
    c = self._config
    video = frames(
      among.clips[place], c.data.clip_frames, c.model.size, c.model.gray
    )
    return {clip: video, label: among.labels[place]}


def _shuffled(clips: Labelled, seed: int) -> Labelled:
  return clips._replace(
    labels=np.random.default_rng((seed, 1)).permutation(clips.labels)
  )


def steps(config: Any, clips: int) -> int:
  """`stages.steps`, or the steps that make `stages.epochs` passes."""
  stages = config.stages
  return stages.steps or -(-clips * stages.epochs // config.batch_size)


def _check(real: Labelled, config: Any) -> None:
  missing = [name for name, n in real.counts().items() if not n]
  if missing:
    raise UserError(
      f'the training clips of {config.data.name} show no {", ".join(missing)}: '
      'each of the three classes is needed, so add labelled clips or choose '
      'another config.data.split'
    )
  if config.stages.steps <= 0 and config.stages.epochs <= 0:
    raise UserError(
      'config.stages.epochs and config.stages.steps are both 0: set one'
    )
