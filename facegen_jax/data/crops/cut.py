"""Cuts one clip into the form that a paper wants: one fixed crop a clip."""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from facegen_jax.data import align
from facegen_jax.data.crops import tempo
from facegen_jax.data.crops.kinds import Kind

_RAISED = [0, 16, *range(17, 27)]  # ends of the jaw, brows
_RAISE = 2 / 3  # of the distance between the eyes


class Cut(NamedTuple):
  """A clip that is cut."""

  pictures: list[np.ndarray]  # t of size size 3 uint8 RGB
  landmarks: np.ndarray  # t 68 2 float32, crop pixels; 0 68 2 without any


def place(
  kind: Kind,
  first_landmarks: np.ndarray | None,
  picture_shape: tuple[int, ...],
  size: int,
) -> align.Crop:
  """The one crop of a clip, from its onset frame alone.

  A crop a frame would take the head's motion, and with it part of what a
  micro-expression is, out of the clip.

  Args:
    kind: the form wanted.
    first_landmarks: 68 2, pixels of the onset frame; for 'centre' unused.
    picture_shape: h w ... of the clip's pictures.
    size: side of the crop in pixels.

  Raises:
    ValueError: landmarks that are needed and missing, or are no face.
  """
  if kind.place == 'centre':
    return align.centre_square(*picture_shape[:2], size)
  if first_landmarks is None or np.shape(first_landmarks) != (68, 2):
    raise ValueError(f'the {kind.name} crop wants (68, 2) landmarks')
  if kind.place == 'box':
    return align.box_from_landmarks(first_landmarks, size)
  if kind.place == 'quad':
    return align.ffhq_quad(first_landmarks, size)
  return align.crop_from_landmarks(first_landmarks, size, zoom=kind.zoom)


def cut(
  kind: Kind,
  crop: align.Crop,
  pictures: Iterable[np.ndarray],
  landmarks: np.ndarray | None,
) -> Cut:
  """Cuts a clip: crop, gray, resampling in time, black background, in turn.

  The background goes last, by the landmarks that are kept: each picture ends
  sharply at its own hull.

  Args:
    kind: the form wanted.
    crop: from `place`.
    pictures: t of h w 3 uint8 RGB, at least one.
    landmarks: t 68 2, source pixels; None without any.

  Raises:
    ValueError: no picture, landmarks of another length, or none for black.
  """
  frames = [align.warp(picture, crop) for picture in pictures]
  points = _points(kind, crop, landmarks, len(frames))
  if kind.gray:
    frames = [_gray(frame) for frame in frames]
  if kind.frames:
    frames = list(tempo.resampled(np.stack(frames), kind.frames))
    points = tempo.resampled(points, kind.frames) if len(points) else points
  if kind.black:
    pairs = zip(frames, points, strict=True)
    frames = [_masked(frame, face) for frame, face in pairs]
  return Cut(frames, points)


def _points(
  kind: Kind, crop: align.Crop, landmarks: np.ndarray | None, count: int
) -> np.ndarray:
  if not count:
    raise ValueError('a clip without pictures')
  if landmarks is None or not len(landmarks):
    if kind.black:
      raise ValueError(f'the {kind.name} crop wants landmarks of every frame')
    return np.zeros((0, 68, 2), np.float32)
  if np.shape(landmarks) != (count, 68, 2):
    raise ValueError(
      f'wants ({count}, 68, 2) landmarks, got {np.shape(landmarks)}'
    )
  return align.warp_points(landmarks, crop)


def _gray(picture: np.ndarray) -> np.ndarray:
  """ITU-R 601 luma, three times.

  The facial prior's own code swaps the weights of red and blue by mistake.
  """
  luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
  return np.repeat(luma[..., None], 3, axis=2)


def face_hull(landmarks: np.ndarray) -> np.ndarray:
  """Outline of the face that stays before black, n 2 in the points' pixels.

  As in OpenFace 2, the brows and the jaw's ends are first raised, so that
  some forehead stays: by its 30 px of 112, two thirds of the eyes' distance.

  Args:
    landmarks: 68 2 of an upright face.
  """
  points = np.array(landmarks, np.float32)
  eyes = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
  points[_RAISED, 1] -= _RAISE * np.linalg.norm(eyes)
  return cv2.convexHull(points)[:, 0]


def _masked(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
  """Black outside the face, edge pixels kept."""
  hull = np.rint(face_hull(landmarks)).astype(np.int32)
  mask = np.zeros(picture.shape[:2], np.uint8)
  cv2.fillConvexPoly(mask, hull, 1, lineType=cv2.LINE_8)
  return picture * mask[..., None]
