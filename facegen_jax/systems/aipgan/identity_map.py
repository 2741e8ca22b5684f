"""Identity maps H: a person's expressionless texture, without any label.

AIP-GAN section 3.2: an active-appearance warp whose mean shape is replaced by
the mean of the person's own neutral pictures. Pixels outside the face are
black. Everything is done once, before training, in numpy.
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.spatial import Delaunay

from facegen_jax.core.errors import UserError

_SMALLEST_TRIANGLE = 0.5  # square pixels; a closed mouth's have no area


class Neutral(NamedTuple):
  """One expressionless picture: uint8 `h w 3`, and its 68 x 2 landmarks."""

  picture: np.ndarray
  landmarks: np.ndarray


class Warp(NamedTuple):
  """Where each pixel of a person's neutral shape lies in the triangulation.

  Attributes:
    triangle: h x w, index of the triangle, -1 outside.
    weights: h x w x 3, barycentric.
  """

  triangle: np.ndarray
  weights: np.ndarray


class IdentityMaps:
  """The map of every person, and the warp that made it.

  Args:
    neutrals: for each subject, the neutral pictures to average over.
    size: height and width of the pictures.
  """

  def __init__(self, neutrals: dict[str, list[Neutral]], size: int):
    shapes = [n.landmarks for rows in neutrals.values() for n in rows]
    if not shapes:
      raise UserError(
        'no landmarks in the dataset: AIP-GAN needs the 68 points of every '
        'frame, so prepare the dataset with a face landmarker'
      )
    mean = mean_shape(shapes)
    self._triangles = Delaunay(mean).simplices
    self._warps, self.maps = {}, {}
    for subject, rows in neutrals.items():
      aligned = [align(n.landmarks, mean) for n in rows]
      warp = rasterise(np.mean(aligned, 0), self._triangles, size)
      self._warps[subject] = warp
      pictures = [self._apply(warp, *n) for n in rows]
      self.maps[subject] = np.uint8(np.rint(np.mean(pictures, 0)))

  def of_picture(
    self, picture: np.ndarray, landmarks: np.ndarray, subject: str
  ) -> np.ndarray:
    """The literal warp of one picture: neutral shape, but its own texture."""
    warped = self._apply(self._warps[subject], picture, landmarks)
    return np.uint8(np.rint(warped))

  def _apply(
    self, warp: Warp, picture: np.ndarray, landmarks: np.ndarray
  ) -> np.ndarray:
    corners = landmarks[self._triangles[warp.triangle]]  # h w 3 2
    at = (corners * warp.weights[..., None]).sum(2).astype(np.float32)
    out = cv2.remap(
      picture,
      at[..., 0],
      at[..., 1],
      cv2.INTER_LINEAR,
      borderMode=cv2.BORDER_REPLICATE,
    )
    return out * (warp.triangle >= 0)[..., None].astype(np.float32)


def align(shape: np.ndarray, to: np.ndarray) -> np.ndarray:
  """Least-squares similarity (Procrustes) of one n x 2 shape onto another."""
  a, b = shape - shape.mean(0), to - to.mean(0)
  # A similarity of the plane is one complex factor.
  za, zb = a @ np.array([1, 1j]), b @ np.array([1, 1j])
  z = za * (np.vdot(za, zb) / np.vdot(za, za))
  return np.stack([z.real, z.imag], 1) + to.mean(0)


def mean_shape(shapes: list[np.ndarray], rounds: int = 3) -> np.ndarray:
  """Generalised Procrustes mean, left where the raw mean lies."""
  mean = np.mean(shapes, 0)
  anchor = mean
  for _ in range(rounds):
    mean = align(np.mean([align(s, mean) for s in shapes], 0), anchor)
  return mean


def rasterise(shape: np.ndarray, triangles: np.ndarray, size: int) -> Warp:
  """Triangle and barycentric weights of each pixel of a size x size grid."""
  y, x = np.mgrid[:size, :size].astype(np.float64)
  index = np.full((size, size), -1)
  weights = np.zeros((size, size, 3))
  for i, (a, b, c) in enumerate(shape[triangles]):
    twice_area = np.cross(np.append(b - a, 0), np.append(c - a, 0))[2]
    if abs(twice_area) < 2 * _SMALLEST_TRIANGLE:
      continue
    u = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / twice_area
    v = ((y - a[1]) * (b[0] - a[0]) - (x - a[0]) * (b[1] - a[1])) / twice_area
    w = np.stack([1 - u - v, u, v], -1)
    inside = (w >= -1e-9).all(-1) & (index < 0)
    index[inside] = i
    weights[inside] = w[inside]
  return Warp(index, weights)
