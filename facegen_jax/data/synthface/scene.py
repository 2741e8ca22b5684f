"""Where the face is seen: pose, light, backdrop, blink."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import vector as vector_lib
from facegen_jax.data.synthface.identity import to_linear


class Scene(NamedTuple):
  """One picture's setting; angles in radians, scalars unless said."""

  yaw: jax.Array  # positive turns the face to the right of the picture
  pitch: jax.Array  # positive looks down
  roll: jax.Array  # positive turns clockwise
  tx: jax.Array  # shift in picture widths
  ty: jax.Array
  scale: jax.Array  # about 1
  gaze_x: jax.Array  # shift of both irises, in eye-corner distances
  gaze_y: jax.Array
  blink: jax.Array  # 0 open .. 1 shut
  light: jax.Array  # 3, direction towards the light (x right, y down, z to us)
  key: jax.Array  # strength of that light
  ambient: jax.Array
  light_colour: jax.Array  # 3
  backdrop_top: jax.Array  # 3, linear RGB
  backdrop_bottom: jax.Array  # 3
  backdrop_spots: jax.Array  # 9: three soft lights as x, y, strength
  cloth: jax.Array  # 3
  neckline: jax.Array  # 0 round .. 1 open


WIDTHS = {
  'light': 3,
  'light_colour': 3,
  'backdrop_top': 3,
  'backdrop_bottom': 3,
  'backdrop_spots': 9,
  'cloth': 3,
}


def neutral_scene() -> Scene:
  """Frontal, symmetric, evenly lit; for sweeps and tests."""

  def f(*x: float) -> jax.Array:
    return jnp.asarray(x if len(x) > 1 else x[0], jnp.float32)

  return Scene(
    *(f(0.0),) * 5,
    scale=f(1.0),
    gaze_x=f(0.0),
    gaze_y=f(0.0),
    blink=f(0.0),
    light=f(0.0, -0.5, 0.866),
    key=f(0.85),
    ambient=f(0.42),
    light_colour=f(1.0, 1.0, 1.0),
    backdrop_top=f(0.30, 0.34, 0.38),
    backdrop_bottom=f(0.20, 0.23, 0.26),
    backdrop_spots=jnp.zeros(9),
    cloth=f(0.06, 0.09, 0.16),
    neckline=f(0.3),
  )


@jax.jit
def sample_scene(key: jax.Array) -> Scene:
  """A setting; the same key gives the same setting."""
  normal_key, uniform_key, colour_key = jax.random.split(key, 3)
  n = jnp.clip(jax.random.normal(normal_key, (10,)), -2.0, 2.0)
  r = jax.random.uniform(uniform_key, (16,))
  colours = jax.random.uniform(colour_key, (3, 3))
  warm = (r[0] - 0.5) * 0.28
  side = (r[1] - 0.5) * 1.5
  light = jnp.stack([side, -0.25 - 0.45 * r[2], jnp.asarray(0.85)])
  top = to_linear(0.25 + 0.55 * (0.7 * r[3] + 0.3 * colours[0]))
  return Scene(
    yaw=0.14 * n[0],
    pitch=0.07 * n[1],
    roll=0.05 * n[2],
    tx=0.012 * n[3],
    ty=0.012 * n[4],
    scale=1 + 0.03 * n[5],
    gaze_x=0.012 * n[6],
    gaze_y=0.006 * n[7],
    blink=jnp.zeros((), jnp.float32),
    light=light / jnp.linalg.norm(light),
    key=0.7 + 0.3 * r[4],
    ambient=0.32 + 0.2 * r[5],
    light_colour=jnp.stack([1 + warm, 1 + 0.15 * warm, 1 - warm]),
    backdrop_top=top,
    backdrop_bottom=top * (0.4 + 0.5 * r[6]),
    backdrop_spots=(r[7:16] - jnp.asarray([0.5, 0.5, 0.3] * 3))
    * jnp.asarray([1.0, 1.0, 0.35] * 3),
    cloth=to_linear(0.12 + 0.6 * r[6] * colours[1] + 0.1 * colours[2]),
    neckline=colours[2, 0],
  )


def scene_from_vector(vector: jax.Array) -> Scene:
  """Inverse of `to_vector`."""
  return vector_lib.from_vector(Scene, WIDTHS, vector)
