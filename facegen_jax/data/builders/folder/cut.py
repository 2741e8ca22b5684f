"""Cuts the face out of one video or picture, with one crop a clip."""

from collections.abc import Iterable, Iterator
import pathlib
from typing import Literal, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import align, faces, pictures, video

_INSIDE = 0.9  # share of landmarks that must lie within the crop


class Piece(NamedTuple):
  """A run of aligned frames."""

  frames: list[bytes]  # PNG
  frame_numbers: list[int]  # in the footage, from 0
  landmarks: np.ndarray  # t 68 2 float32, pixels of the frames


class Track(NamedTuple):
  """Where one person's face is in a clip."""

  numbers: list[int]  # the frames that have it
  landmarks: list[np.ndarray]  # 68 2, source pixels
  looked: int  # frames in which it was looked for
  most: int  # faces in the frame that has the most


def track(
  shots: Iterable[np.ndarray], landmarker: faces.Landmarker, stride: int = 1
) -> Track:
  """Finds one person's face in every `stride`-th picture.

  The largest face of the first picture that has any; from then on, the one
  next to where it was.

  Raises:
    UserError: no face, or one under `faces.MIN_FACE` px; it names no file.
  """
  numbers, landmarks, sides, last, looked, most = [], [], [], None, 0, 0
  for number, picture in enumerate(shots):
    if number == 0:
      _check_size(picture)
    if number % stride:
      continue
    found = landmarker.detect(picture)
    looked, most = looked + 1, max(most, len(found))
    face = faces.same(found, last)
    if face is not None:
      last = face
      numbers.append(number)
      landmarks.append(face.landmarks68)
      sides.append(face.area**0.5)
  if not numbers:
    raise UserError(f'no face in any of {looked} frames')
  if np.median(sides) < faces.MIN_FACE:
    raise UserError(
      f'the face is {np.median(sides):.0f} px, under {faces.MIN_FACE} px'
    )
  return Track(numbers, landmarks, looked, most)


def pieces(
  path: pathlib.Path,
  kind: Literal['video', 'picture'],
  found: Track,
  *,
  size: int,
  max_frames: int,
  zoom: float,
) -> Iterator[Piece]:
  """Aligned pieces of at most `max_frames` frames, each with its own crop.

  The crop is that of the piece's median face; frames in which the face has
  left it are left out.
  """
  shots = enumerate(opened(path, kind))
  for start in range(0, len(found.numbers), max_frames):
    numbers = found.numbers[start : start + max_frames]
    points = np.stack(found.landmarks[start : start + max_frames])
    crop = align.crop_from_landmarks(points, size, zoom=zoom)
    moved = align.warp_points(points, crop)
    kept = [i for i, face in enumerate(moved) if _inside(face, size)]
    wanted = {numbers[i] for i in kept}
    frames = []
    for number, picture in shots:
      if number in wanted:
        frames.append(pictures.encode(align.warp(picture, crop)))
      if number == numbers[-1]:
        break
    if kept:
      yield Piece(frames, sorted(wanted), moved[kept])


def opened(
  path: pathlib.Path, kind: Literal['video', 'picture']
) -> Iterator[np.ndarray]:
  """Pictures of a video, or the one picture; h w 3 uint8 RGB."""
  if kind == 'video':
    yield from video.read(path)
  else:
    yield pictures.read(path)


def _check_size(picture: np.ndarray) -> None:
  height, width = picture.shape[:2]
  if min(height, width) < pictures.MIN_SIDE:
    raise UserError(
      f'{width}x{height} px is too small, at least {pictures.MIN_SIDE} px are '
      'needed'
    )


def _inside(landmarks: np.ndarray, size: int) -> bool:
  within = (landmarks >= -0.5) & (landmarks <= size - 0.5)
  return bool(within.all(axis=1).mean() >= _INSIDE)
