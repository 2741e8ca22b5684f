"""Faces in a picture: MediaPipe's 478 points, 68 landmarks, blendshapes."""

from collections.abc import Iterator, Sequence
import contextlib
import csv
import functools
from importlib import resources
import os
import sys
import tempfile
from typing import NamedTuple, Self

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import landmarker_file

MIN_FACE = 24  # pixels; a smaller face, cut out, would be mostly made up


class Face(NamedTuple):
  """One face, pixels (x, y) of the picture, pixel centres at integers."""

  points478: np.ndarray  # 478 2 float32, MediaPipe's mesh with irises
  landmarks68: np.ndarray  # 68 2 float32, iBUG order
  blendshapes: dict[str, float]  # 52 scores in [0, 1] by MediaPipe's names
  box: tuple[float, float, float, float]  # left, top, right, bottom
  area: float  # of the box, square pixels


class Landmarker:
  """MediaPipe's FaceLandmarker on single pictures; close it, or use `with`."""

  def __init__(
    self, model_path: str | os.PathLike | None = None, *, num_faces: int = 5
  ) -> None:
    """Loads the model.

    Args:
      model_path: the model's file; by default `landmarker_file.find` looks.
      num_faces: at most this many faces a picture.

    Raises:
      UserError: no model, a damaged one, or a missing system library.
    """
    path = landmarker_file.find(model_path)
    try:
      from mediapipe.tasks import python as tasks
      from mediapipe.tasks.python import vision
    except OSError as error:
      raise _missing_library(error) from error
    options = vision.FaceLandmarkerOptions(
      base_options=tasks.BaseOptions(model_asset_path=str(path)),
      num_faces=num_faces,
      output_face_blendshapes=True,
    )
    try:
      with _stderr_silenced():
        self._landmarker = vision.FaceLandmarker.create_from_options(options)
    except OSError as error:
      raise _missing_library(error) from error
    except (RuntimeError, ValueError) as error:
      raise UserError(
        f'{path}: not a FaceLandmarker model; {landmarker_file.CURE}'
      ) from error

  def detect(self, picture: np.ndarray) -> list[Face]:
    """All faces of a picture, h w 3 uint8 RGB, the largest first."""
    import mediapipe

    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
      raise ValueError(
        f'wants h w 3 uint8, got {picture.dtype} {picture.shape}'
      )
    result = self._landmarker.detect(
      mediapipe.Image(
        image_format=mediapipe.ImageFormat.SRGB,
        data=np.ascontiguousarray(picture),
      )
    )
    height, width = picture.shape[:2]
    found = [
      _face(points, scores, width, height)
      for points, scores in zip(
        result.face_landmarks, result.face_blendshapes, strict=True
      )
    ]
    return sorted(found, key=lambda face: -face.area)

  def close(self) -> None:
    """Frees the model; an open one prints noise when Python ends."""
    self._landmarker.close()

  def __enter__(self) -> Self:
    return self

  def __exit__(self, *_: object) -> None:
    self.close()


def largest(faces: Sequence[Face]) -> Face | None:
  """The face of the largest box, None of none."""
  return max(faces, key=lambda face: face.area, default=None)


def same(faces: Sequence[Face], last: Face | None) -> Face | None:
  """The face that goes on from `last`, so that a clip keeps to one person.

  The nearest centre counts, if it is within the last face's size; the largest
  face where there is no last one.
  """
  if last is None:
    return largest(faces)
  reach = last.area**0.5
  near = [face for face in faces if _distance(face, last) <= reach]
  return min(near, key=lambda face: _distance(face, last), default=None)


def to_68(points478: np.ndarray) -> np.ndarray:
  """68 landmarks (..., 68, 2) in iBUG order from a mesh (..., 478, 2).

  Each is the mean of one or two mesh points; the packaged table names them
  and their distance to an independent detector (the jaw is the weakest).
  """
  first, second = _table()
  return (points478[..., first, :] + points478[..., second, :]) / 2


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray]:
  source = resources.files('facegen_jax.data') / 'mp478_to_ibug68.csv'
  lines = source.read_text(encoding='utf-8').splitlines()
  rows = csv.DictReader(line for line in lines if not line.startswith('#'))
  pairs = [
    (int(row['mp_a']), int(row['mp_b'] or row['mp_a']))
    for row in sorted(rows, key=lambda row: int(row['ibug']))
  ]
  first, second = np.array(pairs).T
  return first, second


def _face(points: list, scores: list, width: int, height: int) -> Face:
  # MediaPipe's 0 and 1 are the picture's outer edges, half a pixel out.
  mesh = np.array([(p.x * width, p.y * height) for p in points], np.float32)
  mesh -= np.float32(0.5)
  left, top = (float(side) for side in mesh.min(axis=0))
  right, bottom = (float(side) for side in mesh.max(axis=0))
  return Face(
    points478=mesh,
    landmarks68=to_68(mesh),
    blendshapes={score.category_name: score.score for score in scores},
    box=(left, top, right, bottom),
    area=(right - left) * (bottom - top),
  )


def _distance(one: Face, other: Face) -> float:
  centres = [
    np.array([face.box[0] + face.box[2], face.box[1] + face.box[3]]) / 2
    for face in (one, other)
  ]
  return float(np.linalg.norm(centres[0] - centres[1]))


def _missing_library(error: OSError) -> UserError:
  return UserError(
    f'MediaPipe cannot load a system library ({error}); it needs EGL and GLES '
    'even without a GPU: apt-get install libegl1 libgles2 (Debian, Ubuntu)'
  )


@contextlib.contextmanager
def _stderr_silenced() -> Iterator[None]:
  """Hides what MediaPipe's C++ logs while it loads; no flag turns that off."""
  sys.stderr.flush()
  kept = os.dup(2)
  try:
    with tempfile.TemporaryFile() as sink:
      os.dup2(sink.fileno(), 2)
      try:
        yield
      finally:
        os.dup2(kept, 2)
  finally:
    os.close(kept)
