"""Coverage, normals and light."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.head import Head
from facegen_jax.data.synthface.pose import Surface, View
from facegen_jax.data.synthface.scene import Scene


def rgb(red: float, green: float, blue: float) -> jax.Array:
  """A colour that broadcasts over planes, `3 1 1`."""
  return jnp.asarray([red, green, blue])[:, None, None]


def cover(distance: jax.Array, width: jax.Array | float) -> jax.Array:
  """Smooth mask of `distance` > 0 whose edge is `width` wide."""
  x = jnp.clip(distance / width + 0.5, 0.0, 1.0)
  return x * x * (3 - 2 * x)


def wave(x: jax.Array) -> jax.Array:
  """About cos(x): period 2 pi, -1..1, far cheaper for every pixel."""
  turns = x * (0.5 / jnp.pi)
  s = 2 * jnp.abs(turns - jnp.round(turns))
  return 1 - 2 * s * s * (3 - 2 * s)


def bell(x: jax.Array) -> jax.Array:
  """exp(-x^2 / 2)."""
  return jnp.exp(-0.5 * x * x)


def blend(under: jax.Array, over: jax.Array, mask: jax.Array) -> jax.Array:
  """`over` on `under` (`3 h w` or `3 1 1`) where mask `h w` is 1."""
  return under + (over - under) * mask


def base_normal(
  head: Head, surface: Surface
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Outward normal of the smooth head, in head axes (y down, z to us)."""
  v, power = surface.v, jnp.minimum(surface.power, 0.995)
  below = v > 0
  fall = jnp.clip(v / head.chin, 0.0, 1.0)
  rise = jnp.clip(-v / head.skull, 0.0, 1.0)
  depth = 0.82 - 0.79 * fall**4 - 0.5 * rise**4
  centre_slope = 2.88 * fall**3 / head.chin
  depth_slope = -3.16 * fall**3 / head.chin + 2.0 * rise**3 / head.skull
  exponent = jnp.where(below, head.power, 2.6)
  safe = jnp.where(below, jnp.maximum(v, 0.02), jnp.minimum(v, -0.02))
  width_sq = head.width**2 * (1 - power)
  sine = surface.sine
  cosine = jnp.sqrt(jnp.maximum(1 - sine * sine, 0.0))
  x = sine / jnp.sqrt(width_sq)
  y = 0.5 * sine**2 * exponent * power / safe / (1 - power)
  y = y - cosine * (centre_slope + depth_slope * cosine) / depth
  z = cosine / depth + 0.02
  length = jnp.sqrt(x * x + y * y + z * z)
  # The front is flat down to the chin's edge: round it off.
  rim = power**4 * jnp.where(below, 0.7, -0.5) * cosine
  x, y, z = x / length, y / length + rim, z / length
  length = jnp.sqrt(x * x + y * y + z * z)
  return x / length, y / length, z / length


def carve(
  normal: tuple[jax.Array, jax.Array, jax.Array],
  slope_u: jax.Array,
  slope_v: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Tilts a normal by the slopes of a relief in z."""
  x, y, z = normal
  x, y = x - slope_u * z, y - slope_v * z
  length = jnp.sqrt(x * x + y * y + z * z)
  return x / length, y / length, z / length


def to_camera(
  normal: tuple[jax.Array, jax.Array, jax.Array], view: View
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Turns head axes by yaw and pitch."""
  x, y, z = normal
  cos, sin = view.yaw
  x, z = x * cos + z * sin, z * cos - x * sin
  cos, sin = view.pitch
  return x, y * cos + z * sin, z * cos - y * sin


def lit(
  normal: tuple[jax.Array, jax.Array, jax.Array],
  scene: Scene,
  view: View,
  soft: float,
) -> tuple[jax.Array, jax.Array]:
  """Diffuse light `3 h w` and highlight `h w`, camera axes.

  Red is wrapped further round than blue: light that scatters in skin.
  """
  x, y, z = normal
  light = scene.light
  facing = x * light[0] + y * light[1] + z * light[2]
  wrap = rgb(0.42, 0.26, 0.2) * soft
  diffuse = jnp.maximum(facing + wrap, 0.0) / (1 + wrap)
  sky = scene.ambient * (0.72 - 0.28 * y + 0.18 * z)
  half = view.half
  shine = jnp.maximum(x * half[0] + y * half[1] + z * half[2], 0.0)
  for _ in range(4):
    shine = shine * shine
  total = scene.key * diffuse * scene.light_colour + sky
  return total, shine * scene.key
