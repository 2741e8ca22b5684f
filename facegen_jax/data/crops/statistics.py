"""Figures of what cutting saw, for a person to check."""

from collections.abc import Sequence
import dataclasses

import numpy as np

from facegen_jax.data import align

MOST_OUTSIDE = 0.05  # share of landmarks; a clip with more is worth a look


@dataclasses.dataclass(frozen=True)
class ClipFigures:
  """One clip; None = cannot be told, as no face was found or looked for.

  Attributes:
    frames: of the clip.
    with_face: frames in which a face was found.
    face_px: the face's side in source pixels: the root of the area of its
      landmarks' bounding box, median over frames.
    scale: crop pixels a source pixel.
    motion_px: how far the point between the eyes strays from its mean place,
      root mean square, crop pixels.
    jitter_px: the same for a head at rest, so the detector's noise: from
      second differences, which steady motion leaves at zero; None without
      three frames in a row.
    outside: share of the landmarks that lie outside the crop.
  """

  frames: int
  with_face: int
  face_px: float | None
  scale: float
  motion_px: float | None
  jitter_px: float | None
  outside: float | None


def clip_figures(
  found_landmarks: Sequence[np.ndarray | None], crop: align.Crop
) -> ClipFigures:
  """Figures of a clip, from what was found and not from what was filled in.

  Args:
    found_landmarks: 68 2 a frame, source pixels; None where there is no face.
    crop: the clip's crop.
  """
  seen = [i for i, face in enumerate(found_landmarks) if face is not None]
  if not seen:
    return ClipFigures(
      len(found_landmarks), 0, None, crop.scale, None, None, None
    )
  faces = np.stack([found_landmarks[i] for i in seen]).astype(np.float64)
  moved = align.warp_points(faces, crop).astype(np.float64)
  eyes = (moved[:, 36:42].mean(axis=1) + moved[:, 42:48].mean(axis=1)) / 2
  inside = (moved >= -0.5) & (moved <= crop.size - 0.5)
  return ClipFigures(
    frames=len(found_landmarks),
    with_face=len(seen),
    face_px=float(np.median(np.sqrt(np.ptp(faces, axis=1).prod(axis=1)))),
    scale=crop.scale,
    motion_px=_rms(eyes - eyes.mean(axis=0)),
    jitter_px=_jitter(eyes, np.array(seen)),
    outside=float(1 - inside.all(axis=-1).mean()),
  )


def summary(figures: Sequence[ClipFigures]) -> dict[str, float]:
  """Figures of a dataset, fit for JSON.

  Returns:
    clips, frames, clips_outside (clips with over 5 % of the landmarks outside
    the crop), with_face (share of all frames), and of face_px, scale,
    motion_px, jitter_px, outside the `_median` and 95th percentile `_p95`
    over the clips that have it. What no clip has is left out.
  """
  frames = sum(one.frames for one in figures)
  made: dict[str, float] = {
    'clips': len(figures),
    'frames': frames,
    'clips_outside': sum((f.outside or 0) > MOST_OUTSIDE for f in figures),
  }
  if frames:
    made['with_face'] = sum(one.with_face for one in figures) / frames
  for name in ('face_px', 'scale', 'motion_px', 'jitter_px', 'outside'):
    values = [getattr(one, name) for one in figures]
    values = [value for value in values if value is not None]
    if values:
      made[f'{name}_median'] = float(np.median(values))
      made[f'{name}_p95'] = float(np.percentile(values, 95))
  return made


def _rms(steps: np.ndarray) -> float:
  """Of the lengths of t 2."""
  return float(np.sqrt((steps**2).sum(axis=-1).mean()))


def _jitter(eyes: np.ndarray, numbers: np.ndarray) -> float | None:
  """Independent noise is sqrt(6) times as large in its second differences."""
  in_row = numbers[2:] - numbers[:-2] == 2
  if not in_row.any():
    return None
  return _rms(np.diff(eyes, n=2, axis=0)[in_row]) / 6**0.5
