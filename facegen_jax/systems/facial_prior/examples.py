"""Training examples: two frames of one clip, the earlier one the source."""

from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips


class Examples:
  """Pairs of frames.

  Args:
    config: whole config; of `data` it reads `size`.
    clips: of the people to train on.

  Raises:
    UserError: pictures of another size; a prior, and no clip has landmarks.
  """

  def __init__(self, config: Any, clips: Clips):
    self._clips = clips
    self._subjects = {name: i for i, name in enumerate(clips.subjects)}
    self._landmarks = config.model.prior != 'none'
    size = clips[0].picture(0).shape[0]
    if size != config.data.size:
      raise UserError(
        f'config.data.size={config.data.size}, but the prepared pictures have '
        f'{size} px: prepare the dataset at {config.data.size} px'
      )
    if self._landmarks and not any(len(clip.landmarks) for clip in clips):
      raise UserError(
        f'config.model.prior={config.model.prior!r} places its key points by '
        f'landmarks, and no clip of {config.data.name} has any: prepare the '
        "dataset with a face landmarker, or set it to 'none'"
      )

  def __len__(self) -> int:
    return len(self._clips)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Two frames of clip `i`, drawn with replacement, in their order.

    Returns:
      `source`, `driving`: h w 3 uint8; `source_label`, `driving_label`,
      `subject`: int32; with a prior `source_landmarks`, `driving_landmarks`:
      68 x 2 pixels, NaN where a frame has none.
    """
    clip = self._clips[i]
    frames = sorted(rng.integers(len(clip), size=2).tolist())
    found = {'subject': np.int32(self._subjects[clip.subject])}
    labels = clip.labels()
    for name, t in zip(('source', 'driving'), frames, strict=True):
      found[name] = clip.picture(t)
      found[f'{name}_label'] = np.int32(labels[t])
      if self._landmarks:
        found[f'{name}_landmarks'] = clip.points(t)
    return found
