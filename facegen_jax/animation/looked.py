"""What a network is given of a portrait and of each driving frame."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.animation.driver import Driver
from facegen_jax.animation.portrait import Portrait
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import as_unit, to_unit
from facegen_jax.data import align
from facegen_jax.data.crops.kinds import Kind
from facegen_jax.data.driving import Driving
from facegen_jax.data.faces import Landmarker


class Looked(NamedTuple):
  """How frames become arguments of `System.generate`.

  Attributes:
    name: of the argument that is a driving frame's crop.
    frame: h w 3 uint8 -> arguments of one frame, `name` being uint8.
    fixed: arguments that are the same for all frames.
    notes: after the last frame, what the user should know of the clip.
  """

  name: str
  frame: Callable[[np.ndarray], dict[str, np.ndarray]]
  fixed: dict[str, Any]
  notes: Callable[[], list[str]] = list


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


def needs_faces(kind: Kind, system: Any, *, best_start: bool) -> bool:
  """Whether `motion` of a crop and a system must find faces."""
  return kind.place != 'centre' or system.landmarked or best_start


def motion(
  clip: Driving,
  landmarker: Landmarker | None,
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
    landmarker: finds its face; None where `needs_faces` says so.
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
  follow = system.landmarked or kind.black
  driver = Driver(clip, landmarker, kind, still, follow=follow)
  first = driver.first(best_start)
  marks = None if still.landmarks is None else still.landmarks[None]
  fixed = _named('source', [still.face], marks, system)
  fixed |= _named('first', first.pictures, first.landmarks, system)
  fixed = {k: as_unit(v)[None] for k, v in fixed.items()}
  fixed |= {'mode': np.int32(system.modes.index(mode))}
  fixed |= {'adaptive': np.bool_(adapt_scale)}

  def frame(picture: np.ndarray) -> dict[str, np.ndarray]:
    seen = driver.next(picture)
    return _named('driving', seen.pictures, seen.landmarks, system)

  def notes() -> list[str]:
    told = [driver.lost()]
    if mode == 'relative':
      told.append('' if best_start else driver.unlike())
      told.append(_unmoved(clip))
    return [note for note in told if note]

  return Looked('driving', frame, fixed, notes)


def _unmoved(clip: Driving) -> str:
  if not clip.still and clip.length > 1:
    return ''
  return (
    'a single picture moves nothing relative to itself: with --motion=absolute '
    'the portrait takes on its pose'
  )


def _named(
  name: str, pictures: list, landmarks: np.ndarray | None, system: Any
) -> dict[str, np.ndarray]:
  """One picture, and its landmarks where the system wants them."""
  given = {name: pictures[0]}
  if system.landmarked:
    given[f'{name}_landmarks'] = np.float32(landmarks[0])
  return given
