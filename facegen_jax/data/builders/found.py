"""What a parser finds in a download: clips as they lie, and what is wrong.

A parser is a pure function `parse(root, ...) -> Found`. It opens tables, no
pictures, and changes nothing.
"""

import dataclasses
import pathlib
from typing import NamedTuple

import numpy as np


class AU(NamedTuple):
  """An action unit of a clip; see `features.clip_features`."""

  au: int
  side: str = ''  # '', 'L', 'R'
  intensity: float = -1.0  # (0, 1], or -1 = present, not graded


class Skipped(NamedTuple):
  """Something that is left out, and why."""

  path: str  # from the root, with '/'
  reason: str


class Note(NamedTuple):
  """Something that is used but not as it stands, and what was done."""

  path: str
  remark: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class FoundClip:
  """One clip of a licensed dataset.

  Attributes:
    path: of the clip's folder, or of its video; absolute.
    subject: as the dataset writes it on disk.
    clip: a name that no other clip of the subject has.
    numbers: of its frames in the footage, in order.
    frames: its pictures, one a number; none where `path` is a video, whose
      decoded frames are then counted from 0 by `numbers`.
    emotion: the dataset's own word in lower case, '' = unlabelled.
    onset: number of a frame, None = not given; `apex` and `offset` likewise.
    apex: see onset.
    offset: see onset.
    aus: action units of the whole clip.
    au_intensities: t x 12 in [0, 1] by `vocabulary.AUS`, None = not graded.
    fps: frames a second.
    camera: recording conditions; clips of one person that share them share
      light and place.
  """

  path: pathlib.Path
  subject: str
  clip: str
  numbers: tuple[int, ...]
  frames: tuple[pathlib.Path, ...] = ()
  emotion: str = ''
  onset: int | None = None
  apex: int | None = None
  offset: int | None = None
  aus: tuple[AU, ...] = ()
  au_intensities: np.ndarray | None = None
  fps: float
  camera: str


class Found(NamedTuple):
  """Clips by (subject, clip), and everything that is not as expected."""

  clips: tuple[FoundClip, ...]
  skipped: tuple[Skipped, ...]
  notes: tuple[Note, ...]
  root: pathlib.Path  # from where the paths are told
