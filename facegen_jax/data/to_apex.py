"""The part of a clip in which the expression grows, at a fixed length."""

from absl import logging
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.crops.tempo import resampled

UNTIL = ('apex', 'half', 'end')


def labelled(clips: Clips, until: str) -> Clips:
  """The clips with an emotion that end, by `until`, after they begin.

  Raises:
    UserError: `until` is none of `UNTIL`, or no clip is left.
  """
  if until not in UNTIL:
    raise UserError(f'config.data.until={until!r}: choose one of {UNTIL}')
  named = [clip for clip in clips if clip.emotion_id >= 0]
  if not named:
    raise UserError(
      f'none of {len(clips)} clips shows one of the six emotions: a generator '
      'of labelled expressions needs labels'
    )
  kept = [clip for clip in named if last(clip, until) > first(clip)]
  if len(kept) < len(named):
    logging.info('left out without an apex: %d clips', len(named) - len(kept))
  if not kept:
    raise UserError(
      f'config.data.until={until!r}: none of {len(named)} labelled clips has '
      "an apex after its first frame; 'half' is for clips that rise and fall "
      "(MUG), 'end' for clips that end at the apex"
    )
  return Clips(kept)


def first(clip: Clip) -> int:
  """The frame before the expression: the onset, or frame 0."""
  return min(max(clip.onset, 0), len(clip) - 1)


def last(clip: Clip, until: str) -> int:
  """The frame of the full expression."""
  ends = {'apex': clip.apex, 'half': len(clip) // 2, 'end': len(clip) - 1}
  return max(min(ends[until], len(clip) - 1), first(clip))


def to_apex(clip: Clip, count: int, until: str = 'apex') -> np.ndarray:
  """Frames at `count` uniform times from neutral to apex, `count h w 3` uint8.

  Between two frames it interpolates linearly: the geodesic between pictures,
  as FEV-GAN's clips are brought to one length (section 4.1).
  """
  span = range(first(clip), last(clip, until) + 1)
  return resampled(np.stack([clip.picture(i) for i in span]), count)
