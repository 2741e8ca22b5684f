"""Training examples of AIP-GAN, cut from prepared clips."""

from collections import defaultdict
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.systems.aipgan.identity_map import IdentityMaps, Neutral
from facegen_jax.systems.aipgan.sampling import Frame, Pairs


class Examples:
  """Pairs with everything that the losses compare against.

  Args:
    config: whole config.
    clips: of the people to train on.
  """

  def __init__(self, config: Any, clips: Clips):
    self._clips = clips
    self._pairs = Pairs(
      clips,
      pixel_target=config.loss.pixel_target,
      same_person=config.data.same_person,
      frames=config.data.frames_used,
    )
    self._subjects = {name: i for i, name in enumerate(clips.subjects)}
    size = clips[0].picture(0).shape[0]
    if size != config.data.size:
      raise UserError(
        f'config.data.size={config.data.size}, but the prepared pictures have '
        f'{size} px: prepare the dataset at {config.data.size} px'
      )
    self._maps = IdentityMaps(_neutrals(clips), size)
    self._per_image = config.loss.identity_map == 'per_image'
    if config.loss.identity_map not in ('per_image', 'subject_mean'):
      raise UserError(
        f'config.loss.identity_map={config.loss.identity_map!r}: choose '
        "'subject_mean' or 'per_image'"
      )

  def __len__(self) -> int:
    return len(self._clips)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One pair.

    Returns:
      `source`, `target`, `truth`, and the identity maps `source_map` and
      `target_map`: h w 3 uint8; `source_landmarks`, `target_landmarks`: 68 x 2
      pixels; `source_label`, `target_label`, `source_subject`,
      `target_subject`: int32; `has_truth`: 0 or 1.
    """
    pair = self._pairs.draw(i, rng)
    return {
      **self._described('source', pair.source),
      **self._described('target', pair.target),
      'truth': self._picture(pair.truth or pair.target),
      'has_truth': np.float32(pair.truth is not None),
    }

  def _described(self, end: str, frame: Frame) -> dict[str, np.ndarray]:
    clip = self._clips[frame.clip]
    return {
      end: self._picture(frame),
      f'{end}_map': self._identity_map(frame),
      f'{end}_landmarks': clip.landmarks[frame.index],
      f'{end}_label': np.int32(self._pairs.label(frame)),
      f'{end}_subject': np.int32(self._subjects[clip.subject]),
    }

  def _picture(self, frame: Frame) -> np.ndarray:
    return self._clips[frame.clip].picture(frame.index)

  def _identity_map(self, frame: Frame) -> np.ndarray:
    clip = self._clips[frame.clip]
    if not self._per_image:
      return self._maps.maps[clip.subject]
    return self._maps.of_picture(
      self._picture(frame), clip.landmarks[frame.index], clip.subject
    )


def _neutrals(clips: Clips) -> dict[str, list[Neutral]]:
  """One neutral picture a clip, by person.

  Where a clip does not say which frame is neutral, it is the one whose shape
  is nearest to the mean shape of all.
  """
  for clip in clips:
    if len(clip.landmarks) != len(clip):
      raise UserError(
        f'clip {clip.name!r} of {clip.subject!r} has no landmarks: AIP-GAN '
        'needs the 68 points of every frame, so prepare the dataset with a '
        'face landmarker'
      )
  mean = np.mean([clip.landmarks.mean(0) for clip in clips], 0)
  neutrals = defaultdict(list)
  for clip in clips:
    i = _neutral(clip, mean)
    neutrals[clip.subject].append(Neutral(clip.picture(i), clip.landmarks[i]))
  return dict(neutrals)


def _neutral(clip: Clip, mean: np.ndarray) -> int:
  if len(clip.au_intensities) or clip.onset >= 0:
    return clip.neutral()
  return int(np.linalg.norm(clip.landmarks - mean, axis=-1).mean(1).argmin())
