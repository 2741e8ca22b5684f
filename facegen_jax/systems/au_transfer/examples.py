"""Training examples: one frame of a clip, half of them mirrored."""

from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.clips import Clips


class Examples:
  """Pictures, who they show, and their action units.

  Args:
    config: whole config; of `data` it reads `size` and `flip`.
    clips: of the people to train on.

  Raises:
    UserError: pictures of another size.
  """

  def __init__(self, config: Any, clips: Clips):
    self._clips, self._flip = clips, config.data.flip
    self._subjects = {name: i for i, name in enumerate(clips.subjects)}
    size = clips[0].picture(0).shape[0]
    if size != config.data.size:
      raise UserError(
        f'config.data.size={config.data.size}, but the prepared pictures have '
        f'{size} px: prepare the dataset at {config.data.size} px'
      )

  def __len__(self) -> int:
    return len(self._clips)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A frame of clip `i`.

    Returns:
      `picture`: h w 3 uint8; `subject`: int32; `units`: 12 float32 in [0, 1],
      -1 where nobody graded the clip.
    """
    clip = self._clips[i]
    t = int(rng.integers(len(clip)))
    picture = clip.picture(t)
    if self._flip and rng.random() < 0.5:
      picture = np.ascontiguousarray(picture[:, ::-1])
    units = np.full(len(vocabulary.AUS), -1, np.float32)
    if len(clip.au_intensities) == len(clip):
      units = np.float32(clip.au_intensities[t])
    return {
      'picture': picture,
      'subject': np.int32(self._subjects[clip.subject]),
      'units': units,
    }
