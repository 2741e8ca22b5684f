"""What a network is given of a portrait and of each driving frame."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.animation.portrait import Portrait
from facegen_jax.animation.tracked import Tracker, nearest
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.data import align
from facegen_jax.data.crops import cut
from facegen_jax.data.crops.kinds import Kind
from facegen_jax.data.driving import Driving
from facegen_jax.data.faces import Landmarker


class Looked(NamedTuple):
  """How frames become arguments of `System.generate`.

  Attributes:
    name: of the argument that is a driving frame's crop.
    frame: h w 3 uint8 -> arguments of one frame, `name` being uint8.
    fixed: arguments that are the same for all frames.
  """

  name: str
  frame: Callable[[np.ndarray], dict[str, np.ndarray]]
  fixed: dict[str, Any]


def expression(
  clip: Driving, landmarker: Landmarker, still: Portrait, batch: int
) -> Looked:
  """For a system that takes a source's expression to a target."""
  crop = clip.crop(landmarker, still.crop.size)
  target = np.stack([to_unit(still.face)] * batch)
  return Looked(
    'source',
    lambda picture: {'source': align.warp(picture, crop)},
    {'target': target},
  )


def motion(
  clip: Driving,
  landmarker: Landmarker,
  still: Portrait,
  kind: Kind,
  system: Any,
  *,
  mode: str | None,
  adapt_scale: bool,
  best_start: bool,
) -> Looked:
  """For a system that moves a source picture as a driver moves.

  Args:
    clip: the driver.
    landmarker: finds its face.
    still: the source.
    kind: the crop that the system was trained on.
    system: tells its `modes`, and whether it wants landmarks.
    mode: one of them, None for the run's own.
    adapt_scale: see `System.generate`.
    best_start: count movement from the frame most like the source, not from
      the first.

  Raises:
    UserError: a mode that the run does not have, no face.
  """
  mode = mode or system.modes[0]
  if mode not in system.modes:
    raise UserError(
      f'--motion={mode}: this run has {", ".join(sorted(system.modes))}'
    )
  start, face = clip.first_face(landmarker)
  crop = cut.place(kind, face.landmarks68, start.shape, still.crop.size)
  tracker = Tracker(landmarker, face)
  kind = kind._replace(frames=0)  # frame by frame, as long as the clip

  def seen(picture: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    made = cut.cut(kind, crop, [picture], points[None])
    return _named('driving', made.pictures[0], made.landmarks[0], system)

  first = (start, face.landmarks68)
  if best_start:
    first = nearest(clip, tracker, still.landmarks)
    tracker = Tracker(landmarker, face)
  followed = system.landmarked or kind.black
  fixed = _named('source', still.face, still.landmarks, system)
  moved = {k.replace('driving', 'first'): v for k, v in seen(*first).items()}
  fixed = {k: unit(v)[None] for k, v in (fixed | moved).items()}
  fixed |= {'mode': np.int32(system.modes.index(mode))}
  fixed |= {'adaptive': np.bool_(adapt_scale)}
  return Looked(
    'driving',
    lambda picture: seen(
      picture, tracker.follow(picture) if followed else face.landmarks68
    ),
    fixed,
  )


def unit(x: np.ndarray) -> np.ndarray:
  """Pictures to [-1, 1]; anything else stays as it is."""
  return to_unit(x) if x.dtype == np.uint8 else x


def _named(
  name: str, picture: np.ndarray, landmarks: np.ndarray, system: Any
) -> dict[str, np.ndarray]:
  if not system.landmarked:
    return {name: picture}
  return {name: picture, f'{name}_landmarks': np.float32(landmarks)}
