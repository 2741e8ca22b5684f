"""A portrait as the network wants it, and generated faces put back into it."""

from collections.abc import Callable
import pathlib
from typing import Any, NamedTuple

from absl import logging
import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import align, faces
from facegen_jax.data.crops import cut, kinds
from facegen_jax.data.crops.kinds import Kind

VIEWS = ('crop', 'paste')
_ALIGNED = ('synth_face', 'folder')  # they are so when they are made
_SMALLEST_VIEW = 256  # pixels a side of the written crop, at least
_FEATHER = 0.06  # of the crop's side: slope of a mask along the face's outline


class Portrait(NamedTuple):
  """A picture of a face and its crop.

  Attributes:
    picture: h w 3 uint8.
    crop: where the face is.
    face: size size 3 uint8, what the network is given.
    mask: size size in [0, 1], what of a generated face is put back; None for
      all of the crop.
    landmarks: 68 2 pixels of the crop; None where no face was looked for.
  """

  picture: np.ndarray
  crop: align.Crop
  face: np.ndarray
  mask: np.ndarray | None = None
  landmarks: np.ndarray | None = None


def trained_kind(data: Any) -> Kind:
  """The form of the faces that a run was trained on.

  Args:
    data: `config.data`: the embedded faces and the user's own videos are
      aligned ones; for a licensed dataset, and for published weights, `crop`
      decides.
  """
  aligned = data.name in _ALIGNED
  return kinds.KINDS['aligned'] if aligned else kinds.kind(data.crop)


def cut_out(
  landmarker: faces.Landmarker | None,
  picture: np.ndarray,
  path: pathlib.Path,
  kind: Kind,
  size: int,
) -> Portrait:
  """The face of a picture, h w 3 uint8, cut as `kind` wants it.

  Args:
    landmarker: finds the face; None where `kind` wants none.
    picture: the portrait.
    path: its file, for the errors.
    kind: see `trained_kind`.
    size: side of the crop.

  Raises:
    UserError: no face.
  """
  points = _points(landmarker, picture, path) if landmarker else None
  crop = cut.place(kind, points, picture.shape, size)
  all_points = None if points is None else points[None]
  # One picture has no length in time.
  made = cut.cut(kind._replace(frames=0), crop, [picture], all_points)
  mask = _mask(made.landmarks[0], size) if kind.black else None
  marks = None if points is None else made.landmarks[0]
  return Portrait(picture, crop, made.pictures[0], mask, marks)


def of_picture(
  picture: np.ndarray,
  path: pathlib.Path,
  kind: Kind,
  size: int,
  *,
  face_landmarker: str | None = None,
) -> Portrait:
  """As `cut_out`, with a landmarker of its own where `kind` wants one.

  Raises:
    UserError: no face, or no landmarker's model.
  """
  if kind.place == 'centre':  # without a face in the crop's definition
    return cut_out(None, picture, path, kind, size)
  with faces.Landmarker(face_landmarker) as landmarker:
    return cut_out(landmarker, picture, path, kind, size)


def _points(
  landmarker: faces.Landmarker, picture: np.ndarray, path: pathlib.Path
) -> np.ndarray:
  found = landmarker.detect(picture)
  if not found:
    raise UserError(f'{path}: no face found; give a frontal, well lit portrait')
  if len(found) > 1:
    logging.warning('%s: %d faces, the largest is taken', path, len(found))
  return found[0].landmarks68


def _mask(landmarks: np.ndarray, size: int) -> np.ndarray:
  """1 within the face's outline, falling to 0 at it: black stays outside."""
  hull = np.rint(cut.face_hull(landmarks)).astype(np.int32)
  # A rim of one pixel, as the picture's edge is an outline too.
  inside = np.zeros((size + 2, size + 2), np.uint8)
  cv2.fillConvexPoly(inside, hull + 1, 1, lineType=cv2.LINE_8)
  inside[[0, -1]] = inside[:, [0, -1]] = 0
  depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
  slope = np.clip((depth - 1) / max(_FEATHER * size, 1), 0, 1)
  return np.float32(slope * slope * (3 - 2 * slope))


def shown(portrait: Portrait, view: str) -> Callable[[np.ndarray], np.ndarray]:
  """How a generated face becomes a frame: `patch -> frame`, both uint8.

  Args:
    portrait: whose face it is.
    view: 'crop', at 256 px or more, or 'paste'.
  """
  crop = portrait.crop
  if view == 'paste':
    return lambda patch: align.paste(
      portrait.picture, crop, patch, mask=portrait.mask
    )
  side = crop.size * -(-_SMALLEST_VIEW // crop.size)
  return lambda patch: cv2.resize(
    patch, (side, side), interpolation=cv2.INTER_CUBIC
  )
