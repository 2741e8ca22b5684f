"""Lips, teeth, tongue and the dark behind them."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import curves
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.shade import bell, blend, cover, rgb, wave


def lip_mask(mouth: curves.Mouth, a: jax.Array, v: jax.Array) -> jax.Array:
  """Coverage of the red of the lips, opening included; a soft edge."""
  t, top, _, _, low = curves.lips(mouth, a)
  inside = jnp.minimum(v - top, low - v)
  return cover(inside, 0.022) * cover(1.0 - t, 0.08)


def lip_colour(
  identity: Identity,
  mouth: curves.Mouth,
  a: jax.Array,
  u: jax.Array,
  v: jax.Array,
) -> jax.Array:
  """Lip colour before light: creases, darker to the inside."""
  _, _, inner_top, inner_low, _ = curves.lips(mouth, a)
  crease = wave(95 * u + 2 * wave(30 * v) + identity.phase[7])
  wet = bell((v - inner_top) / 0.022) + bell((v - inner_low) / 0.022)
  return identity.lips * (1 + 0.05 * crease - 0.22 * jnp.minimum(wet, 1))


def inside(
  picture: jax.Array,
  mouth: curves.Mouth,
  a: jax.Array,
  v: jax.Array,
  light: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Draws the opening: teeth fixed to skull and jaw, tongue, darkness."""
  t, _, top, low, _ = curves.lips(mouth, a)
  gap = jnp.minimum(v - top, low - v)
  opening = cover(gap - 0.0025, jnp.maximum(1.1 * pixel, 0.012))
  opening = opening * cover(curves.inner_corner(mouth) - a, 0.03)
  deep = rgb(0.075, 0.018, 0.016)
  colour = deep * (0.45 + 0.55 * bell(t / 0.6))
  floor = mouth.inner_low
  tongue = cover(v - floor + 0.085 - 0.25 * a * a, 0.06) * bell(a / 0.15)
  colour = blend(colour, rgb(0.34, 0.10, 0.09), 0.85 * tongue)
  colour = _teeth(colour, mouth, a, v, pixel)
  shade = 0.45 + 0.55 * cover(v - top - 0.012, 0.045)
  rim = 0.6 + 0.4 * cover(gap - 0.012, 0.03)
  colour = colour * (shade * rim) * (0.3 + 0.6 * light)
  picture = blend(picture, colour, opening)
  seam = bell((v - 0.5 * (top + low)) / jnp.maximum(0.009, 0.5 * pixel))
  seam = seam * cover(1.02 - t, 0.10)
  closed = 1 - cover(mouth.inner_low - mouth.inner_top - 0.03, 0.04)
  return blend(picture, picture * 0.28, 0.8 * seam * closed)


def _teeth(
  colour: jax.Array,
  mouth: curves.Mouth,
  a: jax.Array,
  v: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  white = rgb(0.78, 0.73, 0.64)
  fine = jnp.clip(0.02 / pixel - 0.5, 0.0, 1.0)
  gaps = 1 - 0.22 * fine * cover(wave(a * 2 * jnp.pi / 0.062) - 0.9, 0.15)
  round_ = gaps * (0.45 + 0.55 * bell(a / 0.17))
  edge = mouth.teeth - 0.35 * a * a
  upper = cover(edge - v, 0.014)
  lower_edge = mouth.teeth + 0.03 + mouth.drop + 0.3 * a * a
  lower = cover(v - lower_edge, 0.014) * cover(0.2 - a, 0.08)
  colour = blend(colour, 0.6 * white * round_, lower)
  return blend(colour, white * round_, upper)
