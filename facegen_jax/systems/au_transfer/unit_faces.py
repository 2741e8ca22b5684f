"""Which frames of labelled clips boundaries are fitted to (section 4.1)."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.data.vocabulary import AUS

_NOTHING = 1e-6  # curves that end in rounding are at rest


def neutral(intensities: np.ndarray) -> np.ndarray:
  """Faces, n bool, that show none of the twelve units (n 12 in [0, 1])."""
  return (intensities < _NOTHING).all(1)


class Chosen(NamedTuple):
  """One frame: of which clip, and which of it."""

  clip: int
  frame: int


def choose(clips: Clips, *, least: float, most: int, people: int = 0) -> list:
  """Neutral frames and frames with a unit, a like number of each person.

  A frame is `neutral` if all twelve units are 0, and shows a unit from `least`;
  what else it shows is let be.

  Args:
    clips: with intensities; those without, and generated ones, are passed
      over.
    least: intensity in [0, 1].
    most: neutral frames of a person, and frames of a person and unit, spread
      evenly over the person's clips.
    people: the first so many, by name; 0 = all.

  Returns:
    `Chosen` ones, sorted.

  Raises:
    UserError: no clip has intensities.
  """
  graded = defaultdict(list)
  for i, clip in enumerate(clips):
    if len(clip.au_intensities) == len(clip) and not clip.generated:
      graded[clip.subject].append(i)
  if not graded:
    raise UserError(
      'none of the clips has intensities of action units: give a labels CSV '
      '(--labels), or a dataset that grades them (synth_face, disfa)'
    )
  wanted = sorted(graded)[: people or None]
  return sorted(
    {x for who in wanted for x in _of(clips, graded[who], least, most)}
  )


def _of(clips: Clips, mine: list[int], least: float, most: int) -> set[Chosen]:
  """Frames of one person."""
  places = [Chosen(i, t) for i in mine for t in range(len(clips[i]))]
  values = np.concatenate([clips[i].au_intensities for i in mine])
  masks = [
    neutral(values),
    *(values[:, k] >= least for k in range(len(AUS))),
  ]
  chosen = set()
  for mask in masks:
    there = np.flatnonzero(mask)
    picks = np.linspace(0, len(there) - 1, min(most, len(there))).round()
    chosen |= {places[k] for k in there[picks.astype(int)]}
  return chosen
