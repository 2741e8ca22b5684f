"""Transferring a driver's motion to the source's own key points.

Siarohin et al., NeurIPS 2019, section 3.4 (equation 12) and its demo's
adaptive scale.
"""

import jax
import jax.numpy as jnp

from facegen_jax.nn import matrix2
from facegen_jax.systems.facial_prior.keypoints import KeyPoints

_FLAT = 1e-5  # a hull smaller than this is rounding: a pixel of 256 is 6e-5


def hull_area(points: jax.Array) -> jax.Array:
  """Area of the convex hull of ... k 2: ...

  The hull lies between the highest and the lowest chord over every x; both
  bend only at points, so trapezoids from point to point are exact.
  """
  order = jnp.argsort(points[..., 0], axis=-1)
  points = jnp.take_along_axis(points, order[..., None], axis=-2)
  x, y = points[..., 0], points[..., 1]
  start, end = x[..., :, None, None], x[..., None, :, None]
  here = x[..., None, None, :]  # chord from i to j at the x of m: i j m
  wide = end > start
  share = jnp.where(wide, here - start, 0) / jnp.where(wide, end - start, 1)
  height = y[..., :, None, None] * (1 - share) + y[..., None, :, None] * share
  over = (start <= here) & (here <= end)
  top = jnp.where(over, height, -jnp.inf).max((-3, -2))
  low = jnp.where(over, height, jnp.inf).min((-3, -2))
  return jnp.trapezoid(top - low, x, axis=-1)


def movement_scale(source: jax.Array, driving: jax.Array) -> jax.Array:
  """How much larger the source's face is: roots of hull areas, b k 2 -> b.

  1 where either hull has no area, its points being in a line or all in one.
  """
  source, driving = hull_area(source), hull_area(driving)
  spread = (source > _FLAT) & (driving > _FLAT)
  source, driving = (jnp.where(spread, x, 1) for x in (source, driving))
  return jnp.sqrt(source) / jnp.sqrt(driving)


def transferred(
  source: KeyPoints,
  driving: KeyPoints,
  initial: KeyPoints,
  *,
  relative: bool,
  relative_jacobian: bool,
  adaptive: bool,
) -> KeyPoints:
  """The points to paint the source with; leading axes broadcast.

  Args:
    source: of the picture.
    driving: of a driving frame.
    initial: of the driver's first frame.
    relative: add the driver's movement since `initial` to `source`; without,
      the driver's points are taken as they are, whatever else is asked.
    relative_jacobian: likewise for the matrices.
    adaptive: multiply the movement by `movement_scale`.
  """
  if not relative:
    return driving
  moved = driving.value - initial.value
  if adaptive:
    scale = movement_scale(source.value, initial.value)
    moved = moved * scale[:, None, None]
  value, jacobian = moved + source.value, driving.jacobian
  if relative_jacobian and jacobian is not None:
    change = matrix2.product(jacobian, matrix2.inverse(initial.jacobian))
    jacobian = matrix2.product(change, source.jacobian)
  return KeyPoints(value, jacobian)
