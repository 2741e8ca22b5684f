"""Training examples of SSLG: a few frames in a row, and a neutral one."""

from collections import defaultdict
from typing import Any

from absl import logging
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.vocabulary import EMOTIONS

MIXED = 'all'
NEUTRAL = 'neutral'


class Examples:
  """Windows of clips.

  Args:
    config: whole config; of `data` it reads `expression`, `flip` and `size`.
    clips: of the people to train on.
  """

  def __init__(self, config: Any, clips: Clips):
    self._frames = 2 + config.recursion.n
    self._flip = config.data.flip
    self._clips = shown(clips, config.data.expression, self._frames)
    self._neutrals = Neutrals(clips)
    size = self._clips[0].picture(0).shape[0]
    if size != config.data.size:
      raise UserError(
        f'config.data.size={config.data.size}, but the prepared pictures have '
        f'{size} px: prepare the dataset at {config.data.size} px'
      )

  def __len__(self) -> int:
    return len(self._clips)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A window that begins anywhere in clip i, mirrored as a whole or not.

    Returns:
      `constant` h w 3 and `video` 2 + n h w 3, uint8: F_c; F_1, F_2 and the
      targets.
    """
    clip = self._clips[i]
    start = int(rng.integers(len(clip) - self._frames + 1))
    video = np.stack([clip.picture(start + k) for k in range(self._frames)])
    constant = self._neutrals.of(clip)
    if self._flip and rng.random() < 0.5:
      video, constant = video[:, :, ::-1], constant[:, ::-1]
    return {
      'constant': np.ascontiguousarray(constant),
      'video': np.ascontiguousarray(video),
    }


class Neutrals:
  """F_c of every clip: the first frame of the person's neutral clip.

  Of the same session where there is one; where the person has no neutral clip,
  the clip's own first frame.
  """

  def __init__(self, clips: Clips):
    self._by_subject = defaultdict(dict)
    for clip in clips:
      if clip.emotion == NEUTRAL:
        self._by_subject[clip.subject].setdefault(clip.session, clip)

  def of(self, clip: Clip) -> np.ndarray:
    """F_c, h w 3 uint8."""
    own = self._by_subject.get(clip.subject, {})
    first = own.get(clip.session) or next(iter(own.values()), clip)
    return first.picture(0)


def shown(clips: Clips, expression: str, least: int) -> Clips:
  """The clips of an expression, or of any but neutral, of `least` frames.

  Raises:
    UserError: no such expression, or no clip that is long enough.
  """
  if expression not in (MIXED, *EMOTIONS):
    raise UserError(
      f'config.data.expression={expression!r}: there is {", ".join(EMOTIONS)}, '
      f'or {MIXED}'
    )
  wanted = EMOTIONS.index(expression) if expression != MIXED else None
  named = [
    clip
    for clip in clips
    if clip.emotion != NEUTRAL and wanted in (None, clip.emotion_id)
  ]
  kept = [clip for clip in named if len(clip) >= least]
  if len(kept) < len(named):
    logging.info(
      'left out, shorter than %d frames: %d clips',
      least,
      len(named) - len(kept),
    )
  if not kept:
    raise UserError(
      f'config.data.expression={expression!r}: none of {len(clips)} clips '
      f'shows it over {least} frames, which a window has; take another '
      f'expression, or {MIXED}'
    )
  return Clips(kept)
