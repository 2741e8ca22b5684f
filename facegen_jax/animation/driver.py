"""The face that moves a portrait: its one crop, its landmarks, what is odd."""

import numpy as np

from facegen_jax.animation.portrait import Portrait
from facegen_jax.animation.tracked import Likeness, Tracker, nearest
from facegen_jax.data.crops import cut
from facegen_jax.data.crops.kinds import Kind
from facegen_jax.data.driving import Driving
from facegen_jax.data.faces import Landmarker

# Of a face's size, by which the first one may be less like the portrait than
# another before that is told: between a mouth at rest and an open one.
_UNLIKE = 0.03


class Driver:
  """A driving clip as a network of that crop sees it, a frame at a time.

  Args:
    clip: the driver.
    landmarker: finds its face; None where the crop needs none.
    kind: the crop that the network was trained on.
    still: the portrait.
    follow: whether landmarks of every frame are wanted; else they are those of
      the first face.

  Raises:
    UserError: no face.
  """

  def __init__(
    self,
    clip: Driving,
    landmarker: Landmarker | None,
    kind: Kind,
    still: Portrait,
    *,
    follow: bool,
  ):
    self._clip, self._landmarker, self._still = clip, landmarker, still
    self._kind = kind._replace(frames=0)  # frame by frame, as long as the clip
    self._start, self._face, self._points = self._begun()
    shape = self._start.shape
    self._crop = cut.place(kind, self._points, shape, still.crop.size)
    self._tracker = self._likeness = None
    if follow:
      self._tracker = Tracker(landmarker, self._face)
      self._likeness = Likeness(still.landmarks)

  def _begun(self) -> tuple:
    if self._landmarker is None:
      return next(self._clip.frames()).picture, None, None
    picture, face = self._clip.first_face(self._landmarker)
    return picture, face, face.landmarks68

  def first(self, best: bool) -> cut.Cut:
    """The frame that movement is counted from.

    The first with a face, or the `best`: that most like the portrait.
    """
    if not best:
      return self._cut(self._start, self._points)
    tracker = Tracker(self._landmarker, self._face)
    marks = self._still.landmarks
    return self._cut(*nearest(self._clip, tracker, self._crop, marks))

  def next(self, picture: np.ndarray) -> cut.Cut:
    """The next frame, h w 3 uint8."""
    if self._tracker is None:
      return self._cut(picture, self._points)
    seen = self._cut(picture, self._tracker.follow(picture))
    if self._tracker.found:
      self._likeness.add(self._tracker.count, seen.landmarks[0])
    return seen

  def _cut(self, picture: np.ndarray, points: np.ndarray | None) -> cut.Cut:
    points = None if points is None else points[None]
    return cut.cut(self._kind, self._crop, [picture], points)

  def lost(self) -> str:
    """What to say of frames without the face; '' of none."""
    if self._tracker is None or not self._tracker.lost:
      return ''
    return (
      f'no face in {self._tracker.lost} of {self._tracker.count} frames: they '
      'keep the landmarks of the frame before'
    )

  def unlike(self) -> str:
    """What to say of a first face that is not the portrait's; '' of others."""
    like = self._likeness
    if like is None or like.first is None:
      return ''
    if like.first - like.least < _UNLIKE:
      return ''
    return (
      f'its face at the start differs from the portrait by {like.first:.2f} of '
      f'its size, in frame {like.nearest} by {like.least:.2f}: movement is '
      'counted from the start, with --best_start from that frame'
    )
