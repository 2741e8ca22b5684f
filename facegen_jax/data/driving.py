"""A driving clip or picture, as a stream with one crop."""

from collections.abc import Iterator
from fractions import Fraction
import pathlib

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import align, pictures, video
from facegen_jax.data.faces import Face, Landmarker

_PICTURES = ('.png', '.jpg', '.jpeg', '.bmp', '.webp', '.tif', '.tiff')
_RATE = Fraction(25)  # of what a single picture drives
_SEARCHED = 300  # frames in which the first face must appear


class Driving:
  """What moves a portrait.

  Args:
    path: a video, or a picture, which is held for a second.

  Attributes:
    still: whether it is a picture;
    rate: frames a second; length: frames, estimated for some containers;
    time_base: of the timestamps, None where there are none;
    sound: the file to copy audio from, or None.
  """

  def __init__(self, path: pathlib.Path):
    self.path = path
    self.still = path.suffix.lower() in _PICTURES
    if self.still:
      self._picture = pictures.read(path)
      self.rate, self.length = _RATE, int(_RATE)
      self.time_base = self.sound = None
      return
    info = video.probe(path)
    self.rate, self.length = info.fps, info.frames
    self.sound = path if info.has_audio else None
    self.time_base = next(self.frames()).time_base

  def frames(self) -> Iterator[video.Frame]:
    """Every frame, from the start."""
    if not self.still:
      yield from video.frames(self.path)
      return
    for i in range(self.length):
      yield video.Frame(self._picture, i, 1 / _RATE)

  def crop(self, landmarker: Landmarker, size: int) -> align.Crop:
    """The crop of the first face that is found, for the whole clip."""
    _, face = self.first_face(landmarker)
    return align.crop_from_landmarks(face.landmarks68, size)

  def first_face(self, landmarker: Landmarker) -> tuple[np.ndarray, Face]:
    """The first frame that shows a face, h w 3 uint8, and its largest face."""
    for i, frame in enumerate(self.frames()):
      if found := landmarker.detect(frame.picture):
        return frame.picture, found[0]
      if i >= _SEARCHED:
        break
    raise UserError(
      f'{self.path}: no face in its first {min(i + 1, _SEARCHED)} frames; give '
      'a clip that begins with a frontal, well lit face'
    )
