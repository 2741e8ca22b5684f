"""Puts a face in its place: one similarity a clip, there and back."""

import math
from typing import NamedTuple

import cv2
import numpy as np

VERSION = 1  # count up when the same landmarks give another crop

# Where eye centres lie in a crop, as shares of its side: the whole face with
# its chin, also of an open mouth, some hair, and a margin for motion.
EYE_LEFT, EYE_RIGHT, EYE_HEIGHT = 0.365, 0.635, 0.40
# Eyes to mouth over eye to eye is 0.9 to 1.25 from the front; more means that
# the head is turned and the eyes look too near to one another.
_TURNED = 1.25
# A detector's box over the larger extent of the 68 points. The facial prior's
# fixed points (brows at y = 36, lower lip at 173 of 256) laid over sixteen
# portraits give 1.26 to 1.43, and the points' middle in the box's.
_BOX = 1.3


class Crop(NamedTuple):
  """A similarity from pixels (x, y) of the source to those of the crop."""

  matrix: np.ndarray  # 2 3 float64: crop = matrix @ (x, y, 1)
  size: int  # side of the crop, pixels

  @property
  def scale(self) -> float:
    """Crop pixels a source pixel: below 1 the crop is the coarser one."""
    return math.sqrt(abs(np.linalg.det(self.matrix[:, :2])))


def crop_from_landmarks(
  landmarks: np.ndarray, size: int, *, zoom: float = 1.0
) -> Crop:
  """The upright square crop of a face, one for a whole clip.

  The eye centres go to fixed places; the head's size is taken from the eyes,
  or from eyes to mouth where a turned head brings the eyes together. Several
  frames count by their median, so that one blink does not tilt the crop.

  Args:
    landmarks: (68, 2) or (t, 68, 2) pixels of the source, iBUG order.
    size: side of the crop in pixels.
    zoom: above 1 the face is larger in the crop.

  Raises:
    ValueError: another shape, values that are not finite, eyes that coincide.
  """
  points = _frames(landmarks)
  left = np.median(points[:, 36:42].mean(axis=1), axis=0)
  right = np.median(points[:, 42:48].mean(axis=1), axis=0)
  mouth = np.median(points[:, [48, 54]].mean(axis=1), axis=0)
  centre, across = (left + right) / 2, right - left
  apart = float(np.linalg.norm(across))
  if not apart > 0:  # also catches NaN
    raise ValueError('the eyes coincide or are not finite')
  face = max(apart, float(np.linalg.norm(mouth - centre)) / _TURNED)
  scale = zoom * (EYE_RIGHT - EYE_LEFT) * size / face
  cosine, sine = across / apart * scale
  turn = np.array([[cosine, sine], [-sine, cosine]])
  middle = (EYE_LEFT + EYE_RIGHT) / 2
  target = np.array([middle, EYE_HEIGHT]) * size - 0.5  # centres at integers
  shift = target - turn @ centre
  return Crop(np.concatenate([turn, shift[:, None]], axis=1), int(size))


def box_from_landmarks(landmarks: np.ndarray, size: int) -> Crop:
  """The upright square box that a face detector (dlib) gives; not turned.

  Centred on the bounding box of the 68 points, its side 1.3 times the larger
  extent; it may leave the picture. The facial prior takes the first frame's
  box for the whole clip; several frames count by their median.

  Args:
    landmarks: (68, 2) or (t, 68, 2) pixels of the source, iBUG order.
    size: side of the crop in pixels.

  Raises:
    ValueError: another shape, values that are not finite, points that coincide.
  """
  points = np.median(_frames(landmarks), axis=0)
  low, high = points.min(axis=0), points.max(axis=0)
  side = _BOX * float((high - low).max())
  if not 0 < side < math.inf:  # also catches NaN
    raise ValueError('the landmarks coincide or are not finite')
  return _upright((low + high) / 2, side, size)


def ffhq_quad(landmarks: np.ndarray, size: int) -> Crop:
  """The turned square that FFHQ's faces were cut by.

  Between the eye centres runs e, from their middle to that of the mouth's
  corners runs m. The square's half side is the larger of 2 |e| and 1.8 |m|,
  its top runs along e turned towards a right angle with m, and its centre is a
  tenth of m below the eyes. FFHQ mirrors and blurs what lies beyond the
  picture; here its last row and column go on.

  Args:
    landmarks: (68, 2) or (t, 68, 2) pixels of the source, iBUG order; several
      frames count by their median.
    size: side of the crop in pixels.

  Raises:
    ValueError: another shape, values that are not finite, points that coincide.
  """
  points = np.median(_frames(landmarks), axis=0)
  left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
  eyes, mouth = (left + right) / 2, points[[48, 54]].mean(axis=0)
  e, m = right - left, mouth - eyes
  along = e + np.array([m[1], -m[0]])  # e, and m turned by a right angle
  half = max(2 * np.linalg.norm(e), 1.8 * np.linalg.norm(m))
  length = float(np.linalg.norm(along))
  if not 0 < length < math.inf or not 0 < half < math.inf:
    raise ValueError('the landmarks coincide or are not finite')
  cosine, sine = along / length * size / (2 * half)
  turn = np.array([[cosine, sine], [-sine, cosine]])
  shift = (size - 1) / 2 - turn @ (eyes + 0.1 * m)  # centres at integers
  return Crop(np.concatenate([turn, shift[:, None]], axis=1), int(size))


def centre_square(height: int, width: int, size: int) -> Crop:
  """The largest square in the middle of a picture; of two middles the first.

  Args:
    height: of the picture in pixels.
    width: of the picture in pixels.
    size: side of the crop in pixels.

  Raises:
    ValueError: a side below 1.
  """
  if min(height, width) < 1:
    raise ValueError(f'wants a picture, got {width}x{height} px')
  side = min(height, width)
  start = np.array([(width - side) // 2, (height - side) // 2])
  return _upright(start + (side - 1) / 2, side, size)


def warp(picture: np.ndarray, crop: Crop) -> np.ndarray:
  """Cuts a crop, size size c, out of a picture h w c uint8.

  Averages over the source pixels where it shrinks, so nothing flickers; beyond
  the picture's edge its last row and column go on.
  """
  return _resample(
    picture, crop.matrix, (crop.size, crop.size), cv2.BORDER_REPLICATE
  )


def warp_points(points: np.ndarray, crop: Crop) -> np.ndarray:
  """Points (..., 2) of the source in the crop's pixels, float32."""
  moved = np.asarray(points, np.float64) @ crop.matrix[:, :2].T
  return (moved + crop.matrix[:, 2]).astype(np.float32)


def unwarp_points(points: np.ndarray, crop: Crop) -> np.ndarray:
  """Points (..., 2) of the crop in the source's pixels, float32."""
  back = Crop(cv2.invertAffineTransform(crop.matrix), crop.size)
  return warp_points(points, back)


def soft_mask(size: int, feather: float) -> np.ndarray:
  """Weights (size, size) in [0, 1]: 1 inside, smoothly down to 0 at the edge.

  Args:
    size: side in pixels.
    feather: width of the slope as a share of the side, above 0 to 0.5.
  """
  inward = np.minimum(np.arange(size), np.arange(size)[::-1])
  slope = np.clip(inward / max(feather * size, 1e-6), 0, 1)
  slope = slope * slope * (3 - 2 * slope)
  return np.outer(slope, slope).astype(np.float32)


def paste(
  picture: np.ndarray,
  crop: Crop,
  patch: np.ndarray,
  *,
  mask: np.ndarray | None = None,
  feather: float = 0.12,
) -> np.ndarray:
  """Puts a changed crop back; pixels outside its soft mask stay bit for bit.

  Args:
    picture: h w 3 uint8, the source that `crop` was made for.
    crop: where the patch belongs.
    patch: crop.size crop.size 3 uint8.
    mask: crop.size crop.size in [0, 1], weights of the patch; by default
      `soft_mask` of `feather`.
    feather: width of the default mask's slope.

  Returns:
    A new picture, h w 3 uint8.
  """
  if patch.shape != (crop.size, crop.size, 3):
    raise ValueError(f'wants a {crop.size} px patch, got {patch.shape}')
  mask = soft_mask(crop.size, feather) if mask is None else mask
  pasted = picture.copy()
  x0, y0, x1, y1 = _bounds(picture, crop)
  if x0 >= x1 or y0 >= y1:
    return pasted
  matrix = cv2.invertAffineTransform(crop.matrix)
  matrix[:, 2] -= (x0, y0)
  size = (x1 - x0, y1 - y0)
  new = _resample(patch, matrix, size, cv2.BORDER_REPLICATE)
  weight = _resample(
    np.asarray(mask, np.float32), matrix, size, cv2.BORDER_CONSTANT
  )[..., None]
  old = picture[y0:y1, x0:x1].astype(np.float32)
  mixed = old + weight * (new - old)
  pasted[y0:y1, x0:x1] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
  return pasted


def _frames(landmarks: np.ndarray) -> np.ndarray:
  """(t, 68, 2) float64; ValueError for any other shape than two or three."""
  points = np.asarray(landmarks, np.float64)
  points = points[None] if points.ndim == 2 else points
  if points.ndim != 3 or points.shape[1:] != (68, 2) or not len(points):
    raise ValueError(f'wants (t, 68, 2) landmarks, got {np.shape(landmarks)}')
  return points


def _upright(centre: np.ndarray, side: float, size: int) -> Crop:
  """The square of `side` source pixels about a point."""
  scale = size / side
  shift = (size - 1) / 2 - scale * centre  # pixel centres at integers
  matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
  return Crop(matrix, int(size))


def _bounds(picture: np.ndarray, crop: Crop) -> tuple[int, int, int, int]:
  """The part of the picture that a crop covers: x0, y0, x1, y1."""
  far = crop.size
  corners = np.array([[-1, -1], [far, -1], [-1, far], [far, far]])
  corners = unwarp_points(corners, crop)
  height, width = picture.shape[:2]
  x0, y0 = np.floor(corners.min(axis=0)).astype(int)
  x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 1
  return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def _resample(
  image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], border: int
) -> np.ndarray:
  """Bilinear, on a grid as fine as the source, then averaged down to size."""
  width, height = size
  scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
  finer = math.ceil(1 / scale - 0.1)
  finer = min(max(finer, 1), max(1, 16384 // max(size)))
  fine = finer * matrix
  fine[:, 2] += (finer - 1) / 2  # pixel centres at integers
  made = cv2.warpAffine(
    image,
    fine,
    (width * finer, height * finer),
    flags=cv2.INTER_LINEAR,
    borderMode=border,
  )
  if finer == 1:
    return made
  return cv2.resize(made, (width, height), interpolation=cv2.INTER_AREA)
