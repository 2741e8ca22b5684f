"""Random smooth deformations of the plane: an affine map and a thin plate.

Siarohin et al., NeurIPS 2019, section 3.2 (equivariance), as their code has
it: the radius is the city-block distance, and the same bump moves x and y.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.nn.coordinates import grid
from facegen_jax.nn.matrix2 import apply
from facegen_jax.nn.warp import warp

_EPSILON = 1e-6


class ThinPlate(NamedTuple):
  """One deformation a picture.

  Attributes:
    affine: b 2 3, the matrix and the shift.
    coefficients: b n^2, of the bumps about an n x n grid, row by row; None
      for an affine map.
  """

  affine: jax.Array
  coefficients: jax.Array | None = None


def draw(
  key: jax.Array,
  batch: int,
  *,
  sigma_affine: float = 0.05,
  sigma_plate: float = 0.005,
  points: int | None = 5,
) -> ThinPlate:
  """Normal draws about the identity; `points` an axis, None for no plate."""
  affine_key, plate_key = jax.random.split(key)
  affine = sigma_affine * jax.random.normal(affine_key, (batch, 2, 3))
  affine = affine + jnp.eye(2, 3)
  if points is None:
    return ThinPlate(affine)
  bumps = jax.random.normal(plate_key, (batch, points**2))
  return ThinPlate(affine, sigma_plate * bumps)


def warp_points(plate: ThinPlate, points: jax.Array) -> jax.Array:
  """Moves b n 2, (x, y) in [-1, 1]: A p + sum_j c_j r_j^2 log(r_j + 1e-6)."""
  matrix, shift = plate.affine[:, None, :, :2], plate.affine[:, None, :, 2]
  moved = apply(matrix, points) + shift
  if plate.coefficients is None:
    return moved
  side = math.isqrt(plate.coefficients.shape[1])
  centres = grid(side, side).reshape(-1, 2)
  away = points[:, :, None] - centres  # b n side^2 2
  # A slope of 0 where a point lies on a control line, where `abs` has 1.
  radius = (away * jnp.sign(away)).sum(-1)
  bumps = radius * radius * jnp.log(radius + _EPSILON)
  return moved + (bumps * plate.coefficients[:, None]).sum(-1)[..., None]


def jacobian(plate: ThinPlate, points: jax.Array) -> jax.Array:
  """The derivative of `warp_points` at b n 2: b n 2 2 (row: of x or y)."""

  def column(direction: list[float]) -> jax.Array:
    tangent = jnp.broadcast_to(jnp.asarray(direction), points.shape)
    moved = jax.jvp(lambda p: warp_points(plate, p), (points,), (tangent,))
    return moved[1]

  return jnp.stack([column([1.0, 0.0]), column([0.0, 1.0])], -1)


def warp_frame(
  plate: ThinPlate, frame: jax.Array, *, align_corners: bool
) -> jax.Array:
  """Deforms b h w c backwards: pixel p of the result reads T(p).

  A point that lies at q in the result thus lies at T(q) in `frame`. Outside,
  the frame is mirrored.
  """
  b, h, w, _ = frame.shape
  places = jnp.broadcast_to(grid(h, w).reshape(1, h * w, 2), (b, h * w, 2))
  moved = warp_points(plate, places).reshape(b, h, w, 2)
  return warp(frame, moved, align_corners=align_corners, padding='reflection')
