"""One face through a driving clip, frame by frame."""

import cv2
import numpy as np

from facegen_jax.data import faces
from facegen_jax.data.driving import Driving


class Tracker:
  """Follows a face by the landmarks that are found in whole frames.

  Args:
    landmarker: finds faces.
    face: the one to follow, of the first frame that shows it.
  """

  def __init__(self, landmarker: faces.Landmarker, face: faces.Face):
    self._landmarker, self._last = landmarker, face

  def follow(self, picture: np.ndarray) -> np.ndarray:
    """Landmarks of the next frame (h w 3 uint8), 68 2 of its pixels.

    Where the face is not found they are those of the frame before.
    """
    found = faces.same(self._landmarker.detect(picture), self._last)
    self._last = found or self._last
    return self._last.landmarks68


def nearest(
  clip: Driving, tracker: Tracker, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """The frame whose face is most like the portrait's, and its landmarks.

  Siarohin et al., NeurIPS 2019, animate from it to both ends. Frames are made
  independently of one another, so that it need only be the one that movement
  is counted from.

  Args:
    clip: read to its end, a frame at a time.
    tracker: of its face.
    wanted: landmarks of the portrait, 68 2.
  """
  wanted, best, least = _shape(wanted), None, np.inf
  for frame in clip.frames():
    points = tracker.follow(frame.picture)
    distance = float(np.square(_shape(points) - wanted).sum())
    if best is None or distance < least:
      best, least = (frame.picture, points), distance
  return best


def _shape(points: np.ndarray) -> np.ndarray:
  """Landmarks about their mean, over the root of their hull's area."""
  area = cv2.contourArea(cv2.convexHull(np.float32(points)))
  return (points - points.mean(0)) / max(area, 1e-6) ** 0.5
