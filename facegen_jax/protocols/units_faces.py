"""Held-out people at rest and at an apex, and how they truly show a unit."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8
from facegen_jax.data import datasets
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.vocabulary import AUS

Draw = Callable[..., np.ndarray]


class Faces(NamedTuple):
  """n people, a row each; pictures n h w 3 uint8.

  Attributes:
    subjects: who.
    neutral: with the least expression of one of their clips.
    apex: of the same clip, with the most.
    people: vectors n i that draw them, or None.
    scenes: vectors n s of the neutral pictures, or None.
  """

  subjects: list[str]
  neutral: np.ndarray
  apex: np.ndarray
  people: np.ndarray | None
  scenes: np.ndarray | None


def faces(clips: Clips, most: int) -> Faces:
  """The first `most` people of the clips; each shows another expression.

  Raises:
    UserError: nobody is held out.
  """
  if not len(clips):
    raise UserError('no clip is held out: raise config.data.held_out')
  chosen = []
  for i, subject in enumerate(clips.subjects[:most]):
    theirs = clips.of([subject])
    chosen.append(theirs[i % len(theirs)])
  rest = [clip.neutral() for clip in chosen]
  drawn = all('identity_vector' in clip.extra for clip in chosen)
  people = [clip.extra['identity_vector'] for clip in chosen] if drawn else None
  scenes = [
    clip.extra['scene_vectors'][t]
    for clip, t in zip(chosen, rest, strict=True)
    if drawn
  ]
  return Faces(
    [clip.subject for clip in chosen],
    np.stack([c.picture(t) for c, t in zip(chosen, rest, strict=True)]),
    np.stack([clip.picture(apex(clip)) for clip in chosen]),
    np.stack(people) if drawn else None,
    np.stack(scenes) if drawn else None,
  )


def apex(clip: Clip) -> int:
  """Index of the frame with the most expression."""
  if len(clip.au_intensities):
    return int(clip.au_intensities.sum(1).argmax())
  return clip.apex if clip.apex >= 0 else len(clip) // 2


def truths(
  config: Any, shown: Faces, strengths: np.ndarray
) -> np.ndarray | None:
  """Everybody as `shown`, with each of k descriptors: k n h w 3 uint8.

  None where a dataset cannot draw what was never filmed.

  Args:
    config: `config.data`.
    shown: who, and where.
    strengths: k 12 intensities in [0, 1].
  """
  draw = datasets.renderer(config)
  if draw is None or shown.people is None:
    return None
  count = len(shown.subjects)
  return np.stack(
    [
      to_uint8(draw(shown.people, np.tile(row, (count, 1)), shown.scenes))
      for row in np.float32(strengths)
    ]
  )


class Graded(NamedTuple):
  """n pictures n h w 3 uint8, their intensities n 12, who they show."""

  pictures: np.ndarray
  intensities: np.ndarray
  subjects: list[str]


def graded(clips: Clips, most: int) -> Graded:
  """At most so many pictures, spread over all frames of all clips.

  Intensities are NaN where a dataset does not grade.
  """
  every = [(clip, t) for clip in clips for t in range(len(clip))]
  picks = np.linspace(0, len(every) - 1, min(most, len(every)))
  chosen = [every[i] for i in picks.round().astype(int)]
  unknown = np.full(len(AUS), np.nan, np.float32)
  return Graded(
    np.stack([clip.picture(t) for clip, t in chosen]),
    np.stack(
      [
        clip.au_intensities[t] if len(clip.au_intensities) else unknown
        for clip, t in chosen
      ]
    ),
    [clip.subject for clip, _ in chosen],
  )
