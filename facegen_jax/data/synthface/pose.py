"""From the head's surface to the picture and back."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import head as head_lib
from facegen_jax.data.synthface.head import Head
from facegen_jax.data.synthface.relief import Bump, depth_of
from facegen_jax.data.synthface.scene import Scene

SPAN = 2.95  # eye-corner distances across the picture at scale 1
CENTRE = 0.17  # v that lies in the middle of the picture
_PIVOT_V, _PIVOT_Z = 0.5, -0.6
_ITERATIONS = 4


class View(NamedTuple):
  """A scene's pose as the cosines and sines that pixels need."""

  yaw: tuple[jax.Array, jax.Array]
  pitch: tuple[jax.Array, jax.Array]
  roll: tuple[jax.Array, jax.Array]
  tilt: jax.Array  # tan(pitch)
  half: jax.Array  # 3, between the light and the camera


def view_of(scene: Scene) -> View:
  """Cosine and sine of each angle."""

  def turn(angle: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.cos(angle), jnp.sin(angle)

  half = scene.light + jnp.asarray([0.0, 0.0, 1.0])
  return View(
    turn(scene.yaw),
    turn(scene.pitch),
    turn(scene.roll),
    jnp.tan(scene.pitch),
    half / jnp.linalg.norm(half),
  )


class Surface(NamedTuple):
  """What each pixel sees, `h w` each."""

  x: jax.Array  # picture plane, roll and shift undone
  y: jax.Array
  u: jax.Array  # on the head
  v: jax.Array
  z: jax.Array
  sine: jax.Array  # u / W: -1 left side, 1 right side
  power: jax.Array
  inside: jax.Array  # signed distance to the head's outline, positive inside


def pixel_size(scene: Scene, size: int) -> jax.Array:
  """Width of a pixel in eye-corner distances."""
  return SPAN / size / scene.scale


def project(
  scene: Scene, u: jax.Array, v: jax.Array, z: jax.Array, size: int
) -> jax.Array:
  """Pixels `(..., 2)` of head points; orthographic."""
  z = z - _PIVOT_Z
  v = v - _PIVOT_V
  x = u * jnp.cos(scene.yaw) + z * jnp.sin(scene.yaw)
  z = z * jnp.cos(scene.yaw) - u * jnp.sin(scene.yaw)
  y = v * jnp.cos(scene.pitch) + z * jnp.sin(scene.pitch)
  y = y + _PIVOT_V - CENTRE
  cos, sin = jnp.cos(scene.roll), jnp.sin(scene.roll)
  right, down = x * cos - y * sin, x * sin + y * cos
  scale = size * scene.scale / SPAN
  column = right * scale + (0.5 + scene.tx) * size - 0.5
  row = down * scale + (0.5 + scene.ty) * size - 0.5
  return jnp.stack([column, row], axis=-1)


def plane(
  scene: Scene, view: View, column: jax.Array, row: jax.Array, size: int
) -> tuple[jax.Array, jax.Array]:
  """Picture-plane position of pixels, roll, shift and scale undone."""
  pixel = pixel_size(scene, size)
  right = (column + 0.5 - (0.5 + scene.tx) * size) * pixel
  down = (row + 0.5 - (0.5 + scene.ty) * size) * pixel
  cos, sin = view.roll
  return right * cos + down * sin, down * cos - right * sin + CENTRE


def trace(
  head: Head, bumps: list[Bump], view: View, x: jax.Array, y: jax.Array
) -> Surface:
  """Which point of the head a pixel sees: the inverse of `project`.

  Solves the ellipse of each height exactly and finds height and relief by
  fixed-point iteration, which converges while relief slope times tan(yaw) < 1.
  """
  cos_p, tan_p = view.pitch[0], view.tilt
  cos, sin = view.yaw
  turned = (0.75 - 0.0 * x) * cos
  relief = 0.0
  for _ in range(_ITERATIONS):
    v = (y - _PIVOT_V) / cos_p - turned * tan_p + _PIVOT_V
    width, depth, centre, power = head_lib.section(head, v)
    across = x - (centre + relief - _PIVOT_Z) * sin
    a, b = width * cos, depth * sin
    radius = jnp.sqrt(a * a + b * b)
    side = jnp.clip(across / radius, -1.0, 1.0)
    front = jnp.sqrt(1 - side * side)
    sine = (side * a - front * b) / radius
    cosine = (front * a + side * b) / radius
    u = width * sine
    relief = depth_of(bumps, jnp.abs(u), v)
    z = centre + depth * cosine + relief
    turned = (z - _PIVOT_Z) * cos - u * sin
  return Surface(
    x, y, u, v, z, sine, power, _outline(head, view, across, v, depth, power)
  )


def _outline(
  head: Head,
  view: View,
  across: jax.Array,
  v: jax.Array,
  depth: jax.Array,
  power: jax.Array,
) -> jax.Array:
  """Signed distance to the silhouette, first order."""
  broad = (head.width * view.yaw[0]) ** 2
  bulge = (depth * view.yaw[1]) ** 2
  level = 1 - power - (across * across - bulge) / broad
  length = jnp.where(v > 0, head.chin, head.skull)
  exponent = jnp.where(v > 0, head.power, 2.6)
  slope_v = exponent * power / jnp.maximum(jnp.abs(v), 0.05)
  slope_v = jnp.minimum(slope_v, 2 * exponent / length)
  slope_x = 2 * across / broad
  slope = jnp.sqrt(slope_v * slope_v + slope_x * slope_x + 0.04)
  return level / slope
