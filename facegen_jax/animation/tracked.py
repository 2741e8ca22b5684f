"""One face through a driving clip, frame by frame."""

import cv2
import numpy as np

from facegen_jax.data import align, faces
from facegen_jax.data.driving import Driving


class Tracker:
  """Follows a face by the landmarks that are found in whole frames.

  Args:
    landmarker: finds faces.
    face: the one to follow, of the first frame that shows it.

  Attributes:
    count: frames followed.
    lost: those of them in which the face was not found.
    found: whether the last one showed it.
  """

  def __init__(self, landmarker: faces.Landmarker, face: faces.Face):
    self._landmarker, self._last = landmarker, face
    self.count = self.lost = 0
    self.found = True

  def follow(self, picture: np.ndarray) -> np.ndarray:
    """Landmarks of the next frame (h w 3 uint8), 68 2 of its pixels.

    Where the face is not found they are those of the frame before.
    """
    face = faces.same(self._landmarker.detect(picture), self._last)
    self.found = face is not None
    self.count += 1
    self.lost += not self.found
    self._last = face or self._last
    return self._last.landmarks68


class Likeness:
  """How like a portrait's face those of a clip are, one after the other.

  Told by the root mean square distance of landmarks, of faces about their
  means and over the roots of their hulls' areas.

  Args:
    wanted: landmarks of the portrait in its crop, 68 2.

  Attributes:
    first: distance of the first face, None before it.
    least: the least distance, inf before the first face.
    nearest: the number of its frame.
  """

  def __init__(self, wanted: np.ndarray):
    self._wanted = _shape(wanted)
    self.first, self.least, self.nearest = None, np.inf, 0

  def add(self, number: int, points: np.ndarray) -> bool:
    """Whether a face is nearer than all before, by its landmarks in a crop."""
    off = np.square(_shape(points) - self._wanted).sum(1).mean()
    distance = float(np.sqrt(off))
    if self.first is None:
      self.first = distance
    nearer = distance < self.least
    if nearer:
      self.least, self.nearest = distance, number
    return nearer


def nearest(
  clip: Driving, tracker: Tracker, crop: align.Crop, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """The frame whose face is most like the portrait's, and its landmarks.

  Siarohin et al., NeurIPS 2019, animate from it to both ends. Frames are made
  independently of one another, so that it need only be the one that movement
  is counted from.

  Args:
    clip: read to its end, a frame at a time; shows the tracker's face.
    tracker: of its face.
    crop: of the clip; where it turns faces upright, that of the portrait does.
    wanted: landmarks of the portrait in its crop, 68 2.
  """
  likeness, best = Likeness(wanted), None
  for number, frame in enumerate(clip.frames()):
    points = tracker.follow(frame.picture)
    placed = align.warp_points(points, crop)
    if tracker.found and likeness.add(number, placed):
      best = frame.picture, points
  return best


def _shape(points: np.ndarray) -> np.ndarray:
  """Landmarks about their mean, over the root of their hull's area."""
  area = cv2.contourArea(cv2.convexHull(np.float32(points)))
  return (points - points.mean(0)) / max(area, 1e-6) ** 0.5
