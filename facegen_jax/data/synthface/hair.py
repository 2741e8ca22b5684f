"""Hair: a cap on the skull, locks beside the face."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.head import Head, section
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.pose import Surface, View
from facegen_jax.data.synthface.scene import Scene
from facegen_jax.data.synthface.shade import bell, blend, cover, wave


def _strands(
  identity: Identity, x: jax.Array, y: jax.Array, pixel: jax.Array
) -> jax.Array:
  """Fine lightness pattern across the flow, about -1..1."""
  p = identity.phase
  bend = (0.08 + 0.25 * identity.wave) * wave(6 * y + p[3])
  fine = jnp.clip(0.03 / pixel - 0.3, 0.0, 1.0)
  q = x + 0.12 * bend
  return (
    0.3 * wave(19 * q + p[0])
    + 0.3 * wave(57 * q + 4 * y + p[1])
    + 0.4 * fine * wave(131 * q - 7 * y + p[2])
  )


def _lit(
  identity: Identity,
  scene: Scene,
  side: jax.Array,
  rise: jax.Array,
  strand: jax.Array,
) -> jax.Array:
  """Colour of hair whose surface faces (side, rise)."""
  front = jnp.sqrt(jnp.clip(1 - side * side, 0.05, 1.0))
  light = scene.light
  facing = side * light[0] - rise * light[1] + front * light[2]
  key = scene.key * jnp.clip(0.35 + 0.65 * facing, 0.1, 1.0)
  band = bell((rise - 0.72 - 0.06 * strand) / 0.13) * front
  tone = (key + 0.8 * scene.ambient) * (0.85 + 0.14 * strand)
  gloss = 0.05 * band * (1 + 0.8 * strand) * scene.key
  sheen = (tone * (1 + 0.9 * band)) * identity.hair
  return (sheen + gloss) * scene.light_colour


def behind(
  picture: jax.Array,
  identity: Identity,
  scene: Scene,
  view: View,
  x: jax.Array,
  y: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Hair that hangs behind neck and ears."""
  long = cover(identity.hair_side - 0.3, 0.2)
  edge = identity.face_width + 0.6 * identity.hair_volume
  middle = x + 0.10 * view.yaw[1]
  low = identity.hair_side - 0.12 * (middle / edge) ** 2
  inside = jnp.minimum(edge - jnp.abs(middle), low - y)
  mask = cover(inside, 0.08) * cover(y - 0.25, 0.3) * long
  strand = _strands(identity, x, y, pixel)
  return blend(picture, identity.hair * (0.22 + 0.08 * strand), mask)


def locks(
  picture: jax.Array,
  identity: Identity,
  scene: Scene,
  view: View,
  x: jax.Array,
  y: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Hair that falls beside the cheeks, before neck, ears and shoulders."""
  middle = x - 0.02 * view.yaw[1]
  strand = _strands(identity, x, y, pixel)
  curl = (0.01 + 0.045 * identity.wave) * wave(7 * y + identity.phase[4])
  side = jnp.abs(middle) + curl * jnp.sign(middle)
  outer = identity.face_width + identity.hair_volume * (
    1.0 + 0.35 * jnp.clip(y, 0.0, 1.4)
  )
  inner = identity.face_width - 0.13 - 0.22 * jnp.clip(y - 0.5, 0.0, 0.8)
  low = identity.hair_side + 0.05 * strand
  inside = jnp.minimum(outer - side, (side - inner) * 0.8)
  mask = cover(inside, jnp.maximum(0.04, 1.5 * pixel))
  mask = mask * cover(low - y, 0.16) * cover(y + 0.06, 0.20)
  mask = mask * cover(identity.hair_side - 0.3, 0.1)
  across = jnp.clip(jnp.sign(middle) * (side - inner) / (outer - inner), -1, 1)
  colour = _lit(identity, scene, across * 0.9, 0.25 - 0.3 * y, strand)
  return blend(picture, colour, mask)


def cap(
  picture: jax.Array,
  identity: Identity,
  scene: Scene,
  head: Head,
  s: Surface,
  pixel: jax.Array,
) -> jax.Array:
  """Hair on the skull, in front of the forehead."""
  lift = identity.hair_volume
  x, y = s.x, s.y - 0.3 * scene.pitch
  big = Head(head.width + 0.8 * lift, head.power, head.chin, head.skull + lift)
  width, _, _, power = section(big, y)
  level = 1 - power - (x / big.width) ** 2
  slope = 2 * jnp.sqrt((x / big.width**2) ** 2 + (y / big.skull**2) ** 2 + 0.02)
  fan = (s.u - identity.hair_part) / jnp.maximum(s.v + 1.75, 0.05)
  strand = _strands(identity, 1.3 * fan, s.v, pixel)
  ragged = (
    0.007 * wave(31 * s.u + identity.phase[5]) * (1 + identity.wave)
    + 0.007 * strand
  )
  outline = cover(level / slope + ragged, jnp.maximum(0.03, 1.3 * pixel))
  line = _hairline(identity, s) + 1.3 * ragged
  front = cover(line - s.v, jnp.maximum(0.07, 1.5 * pixel))
  shadow = cover(line + 0.07 - s.v, 0.14) * cover(s.inside, pixel)
  picture = picture * (1 - 0.30 * shadow * (1 - front))
  side = jnp.clip(x / jnp.maximum(width, 0.2), -1.0, 1.0)
  rise = jnp.clip(-y / big.skull, -0.3, 1.0)
  colour = _lit(identity, scene, side, rise, strand)
  return blend(picture, colour, outline * front)


def _hairline(identity: Identity, s: Surface) -> jax.Array:
  """V above which the head is covered."""
  q = jnp.minimum(jnp.abs(s.u) / identity.face_width, 1.1)
  swept = jnp.clip(0.5 + 0.8 * (s.u - identity.hair_part), 0.0, 1.0)
  fringe = 0.36 * identity.fringe * (0.45 + 0.55 * swept)
  burn = jnp.minimum(identity.hair_side, 0.35) + 0.12
  arch = jnp.minimum((q / 0.99) ** 4, 1.0)
  line = identity.hairline + (burn - identity.hairline) * (
    1 - jnp.sqrt(1 - arch)
  )
  line = line + fringe * (1 - arch)
  return line - 0.05 * bell((s.u - identity.hair_part) / 0.1)
