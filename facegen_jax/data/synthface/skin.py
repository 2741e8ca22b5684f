"""Skin of the face: colour, folds, shadows, brows, stubble."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import curves
from facegen_jax.data.synthface.action_units import units
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.pose import Surface
from facegen_jax.data.synthface.shade import bell, blend, cover, rgb, wave


def mottle(identity: Identity, u: jax.Array, v: jax.Array) -> jax.Array:
  """Fixed unevenness of a person's skin, about -1..1."""
  p = identity.phase
  return 0.3 * (
    wave(9 * u + 5 * v + p[0])
    + wave(-7 * u + 11 * v + p[1])
    + wave(17 * u + 13 * v + p[2]) * wave(15 * v - 12 * u + p[3])
    + wave(29 * u - 21 * v + p[4]) * wave(23 * u + 31 * v + p[5])
  )


def albedo(
  identity: Identity, aus: jax.Array, s: Surface, a: jax.Array
) -> jax.Array:
  """Skin colour before light, linear `3 h w`."""
  au = units(aus)
  v, rough = s.v, mottle(identity, s.u, s.v)
  red = bell((a - 0.46) / 0.17) * bell((v - 0.36 + 0.06 * au[6]) / 0.13)
  red = red + 0.7 * bell(a / 0.13) * bell((v - identity.nose_base + 0.14) / 0.1)
  red = identity.blush * (0.16 * red) + 0.03 * rough
  tired = bell((a - 0.31) / 0.11) * bell((v - 0.10) / 0.05)
  tone = jnp.stack([1 + 0.02 * rough + 0.2 * red, 1 - 0.9 * red, 1 - 0.9 * red])
  tone = tone * (1 - 0.10 * tired * rgb(0.7, 1.0, 0.8))
  return _beard(identity, au, identity.skin * tone, a, v, rough)


def _beard(
  identity: Identity,
  au: dict[int, jax.Array],
  colour: jax.Array,
  a: jax.Array,
  v: jax.Array,
  rough: jax.Array,
) -> jax.Array:
  # From the side whiskers along the cheek to under the nose.
  low = identity.nose_base + 0.06 - 0.5 * curves.ease(0.5, 0.85, a)
  low = low + 0.30 * bell((a - 0.40) / 0.17)
  drop = 0.35 * au[26]
  bare = bell(a / 0.20) * bell((v - identity.mouth_y - 0.5 * drop) / 0.07)
  mask = cover(v - low, 0.14) * (1 - 0.5 * bare) * (0.85 + 0.15 * rough)
  shadow = 0.45 * identity.hair + 0.25 * identity.skin * rgb(0.75, 0.85, 1.0)
  return blend(colour, shadow, 0.72 * identity.beard * mask)


def occlusion(
  identity: Identity,
  aus: jax.Array,
  a: jax.Array,
  v: jax.Array,
  eye: curves.Eye,
  mouth: curves.Mouth,
) -> jax.Array:
  """Part of the light that reaches folds and hollows, `h w`."""
  au = units(aus)
  base = identity.nose_base - 0.012 * au[9]
  e, upper, lower = curves.lids(eye, a)
  near = bell(e / 0.75)
  fold = 0.045 - 0.012 * au[5] + 0.012 * au[4] * e
  crease = near * bell((v - upper + fold) / 0.011)
  bag = near * bell((v - lower - 0.035) / 0.012)
  inner = bell((a - 0.175) / 0.045) * bell((v + 0.03) / 0.07)
  under = bell(a / 0.13) * bell((v - base - 0.025) / 0.030)
  nostril = bell((a - 0.48 * identity.nose_width) / 0.030)
  nostril = nostril * bell((v - base + 0.014) / 0.014)
  wing_u, wing_v = identity.nose_width * 0.72, base - 0.065
  ring = jnp.sqrt((a - wing_u) ** 2 + (v - wing_v) ** 2 + 1e-6)
  ring = bell((ring - 0.058) / 0.010) * cover(a - wing_u - 0.02, 0.05)
  ring = ring * (0.5 + 0.5 * cover(wing_v - v + 0.04, 0.05))
  chin = bell(a / 0.16) * bell((v - mouth.low - 0.05) / 0.035)
  side = bell((a - mouth.half - 0.012) / 0.022) * bell(
    (v - mouth.corner) / 0.025
  )
  light = (1 - 0.42 * crease) * (1 - (0.10 + 0.25 * au[6]) * bag)
  light = light * (1 - 0.25 * inner) * (1 - 0.30 * under)
  light = light * (1 - 0.85 * nostril) * (1 - 0.35 * ring)
  return light * (1 - 0.22 * chin) * (1 - 0.35 * side)


def wrinkles(
  identity: Identity, aus: jax.Array, a: jax.Array, v: jax.Array
) -> jax.Array:
  """Darkening lines of brow, glabella, eye corner and nose, 0..1."""
  au = units(aus)
  age = identity.age
  raised = jnp.maximum(au[1], au[2])
  furrow = wave((v + 0.03 * wave(4 * a)) * 2 * jnp.pi / 0.11)
  furrow = jnp.maximum(furrow, 0.0) ** 2
  brow = furrow * bell((v + 0.52) / 0.10) * cover(0.55 - a, 0.3)
  brow = (0.03 * age + (0.08 + 0.10 * age) * raised) * brow
  frown = bell((a - 0.050 + 0.1 * (v - identity.brow_y)) / 0.010)
  frown = frown * bell((v - identity.brow_y - 0.01) / 0.055)
  frown = (0.08 * age + 0.34 * au[4] + 0.1 * au[9]) * frown
  fan = wave((v - 0.01) / jnp.maximum(a - 0.40, 0.02) * 22.0)  # off the pole
  crow = jnp.maximum(fan, 0.0) ** 2 * bell((a - 0.60) / 0.04)
  crow = crow * bell((v - 0.01) / 0.06)
  crow = (0.04 * age + (0.10 + 0.15 * age) * au[6]) * crow
  slant = v - 0.10 + 0.35 * a
  bunny = jnp.maximum(wave(slant * 2 * jnp.pi / 0.055), 0.0)
  bunny = bunny * bell((a - 0.08) / 0.035) * bell((v - 0.10) / 0.055)
  crow = crow + 0.30 * au[9] * bunny
  smile = a - 0.215 - 0.03 * au[12] - 0.52 * (v - 0.52)
  smile = bell(smile / 0.017) * bell((v - 0.61 + 0.02 * au[12]) / 0.085)
  smile = (0.07 + 0.12 * age + 0.24 * au[12] + 0.18 * au[9]) * smile
  dimple = bell(a / 0.11) * bell((v - identity.chin + 0.16) / 0.06)
  dimple = dimple * (0.5 + 0.5 * mottle(identity, 3 * a, 3 * v))
  return brow + frown + crow + smile + 0.18 * au[17] * dimple


def brow_mask(
  identity: Identity,
  brow: curves.Brow,
  a: jax.Array,
  v: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Coverage of the brow's hairs, `h w`."""
  b, middle = curves.brow_centre(brow, a)
  half = curves.brow_half(brow, b)
  width = jnp.maximum(1.2 * pixel, 0.022)
  body = cover(half - jnp.abs(v - middle), width)
  ends = cover(b + 0.01, 0.16) * cover(1.03 - b, 0.14)
  hairs = wave((a * 0.8 + (v - middle) * (0.9 - 1.3 * b)) * 150.0)
  fine = jnp.clip(0.02 / pixel - 0.4, 0.0, 1.0)
  return body * ends * identity.brow_dark * (1 - 0.18 * fine * (1 - hairs))
