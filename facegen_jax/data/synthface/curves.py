"""Outlines of brows, lids, lips and nose as functions of action units.

All work on |u| (the face is symmetric) and serve pixels and landmarks alike.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.action_units import units
from facegen_jax.data.synthface.identity import Identity


def ease(low: float, high: float, x: jax.Array) -> jax.Array:
  """Smooth step from 0 at `low` to 1 at `high`."""
  x = jnp.clip((x - low) / (high - low), 0.0, 1.0)
  return x * x * (3 - 2 * x)


class Brow(NamedTuple):
  """One brow, from inner (0) to outer end (1)."""

  inner: jax.Array
  outer: jax.Array
  y: jax.Array
  bend: jax.Array
  thick: jax.Array
  raise_inner: jax.Array
  raise_outer: jax.Array
  lower: jax.Array


def brow_of(identity: Identity, aus: jax.Array) -> Brow:
  """AU1 and AU2 raise the inner and outer part, AU4 lowers and knits."""
  au = units(aus)
  return Brow(
    inner=0.135 - 0.035 * au[4] + 0.01 * au[2],
    outer=0.645 - 0.02 * au[4],
    y=identity.brow_y,
    bend=identity.brow_arch,
    thick=identity.brow_thick,
    raise_inner=0.10 * au[1] - 0.02 * au[9],
    raise_outer=0.10 * au[2] - 0.01 * au[6],
    lower=0.085 * au[4] + 0.02 * au[9],
  )


def brow_centre(brow: Brow, a: jax.Array) -> tuple[jax.Array, jax.Array]:
  """Position along the brow (0 inner .. 1 outer) and v of its middle."""
  b = (a - brow.inner) / (brow.outer - brow.inner)
  c = jnp.clip(b, -0.1, 1.1)
  arch = brow.bend * (0.25 + 0.12 * c) * (c - 0.5) ** 2
  inner, outer = 1 - ease(0.05, 0.75, c), ease(0.2, 0.75, c)
  rise = brow.raise_inner * inner + brow.raise_outer * outer
  return b, brow.y + arch - rise + brow.lower * (1 - 0.45 * c)


def brow_half(brow: Brow, b: jax.Array) -> jax.Array:
  """Half thickness of a brow."""
  return brow.thick * (0.85 + 0.3 * b) * (1 - 0.72 * ease(0.5, 1.05, b))


class Eye(NamedTuple):
  """Opening of one eye."""

  x: jax.Array
  half: jax.Array
  tilt: jax.Array
  upper: jax.Array
  lower: jax.Array


def eye_of(identity: Identity, aus: jax.Array, blink: jax.Array) -> Eye:
  """AU5 widens, AU4, AU6, AU9 and AU12 narrow, a blink shuts."""
  au = units(aus)
  narrow = 0.18 * au[4] + 0.12 * au[6] + 0.15 * au[9]
  upper = identity.lid_upper * (1 - narrow) + 0.088 * au[5]
  lower = (
    identity.lid_lower * (1 - 0.55 * au[6] - 0.2 * au[9] - 0.15 * au[12])
    + 0.016 * au[5]
  )
  shut = blink * (upper + 0.7 * lower)
  return Eye(
    x=identity.eye_x,
    half=identity.eye_half,
    tilt=identity.eye_tilt,
    upper=upper - shut,
    lower=lower * (1 - 0.3 * blink),
  )


def lids(eye: Eye, a: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Position across the eye (-1 inner .. 1 outer), v of upper, lower lid."""
  e = (a - eye.x) / eye.half
  c = jnp.clip(e, -1.0, 1.0)
  line = 0.005 - (0.005 + eye.tilt) * c
  bow = 1 - c * c
  upper = line - eye.upper * bow * (1 + 0.35 * c * c) * (1 - 0.14 * c)
  lower = line + eye.lower * bow * (1 + 0.2 * c * c) * (1 + 0.16 * c)
  return e, upper, lower


class Mouth(NamedTuple):
  """Lips: corners and the four curves at the middle."""

  half: jax.Array
  corner: jax.Array  # v of the corners
  top: jax.Array  # upper edge of the upper lip
  inner_top: jax.Array
  inner_low: jax.Array
  low: jax.Array
  teeth: jax.Array  # v where the upper teeth end
  drop: jax.Array  # of the lower jaw


def mouth_of(identity: Identity, aus: jax.Array) -> Mouth:
  """AU12, 15, 20 move the corners; AU25, 26 open; AU9, 17 raise."""
  au = units(aus)
  drop = 0.35 * au[26]
  wide = (
    1
    + 0.26 * au[12]
    + 0.40 * au[20]
    + 0.15 * au[15]
    - 0.10 * au[26]
    - 0.04 * au[17]
  )
  seam = (
    identity.mouth_y
    - 0.03 * au[17]
    - 0.012 * au[12]
    - 0.015 * au[9]
    - 0.045 * au[15]
  )
  inner_top = seam - 0.035 * au[25] - 0.02 * au[26] - 0.02 * au[9] * au[25]
  gap = 0.004 + 0.145 * au[25] + 0.31 * au[26] + 0.05 * au[20]
  corner = identity.mouth_y + 0.012 - 0.125 * au[12] + 0.085 * au[15]
  corner = corner + 0.13 * au[26] + 0.025 * au[25]
  thin = 1 - 0.22 * au[12] - 0.06 * au[20] - 0.15 * au[17] - 0.1 * au[25]
  return Mouth(
    half=identity.mouth_half * wide,
    corner=corner,
    top=inner_top - identity.lip_upper * thin * (1 - 0.15 * au[9]),
    inner_top=inner_top,
    inner_low=inner_top + gap,
    low=inner_top + gap + identity.lip_lower * (thin + 0.15 * au[17]),
    teeth=identity.mouth_y + 0.045,
    drop=drop,
  )


_INNER = 0.88  # of the half width: inner corners


def lips(
  mouth: Mouth, a: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array, jax.Array]:
  """Position (0 middle .. 1 corner) and v of the four lip curves."""
  t = a / mouth.half
  outer = jnp.minimum(t * t, 1.0)
  inner = jnp.minimum(t * t / _INNER**2, 1.0)
  bow = (1 - inner) * (1 + 0.35 * inner)
  inner_top = mouth.corner + (mouth.inner_top - mouth.corner) * bow
  inner_low = mouth.corner + (mouth.inner_low - mouth.corner) * bow
  dip = 1 - 0.13 * jnp.exp(-0.5 * (t / 0.12) ** 2)
  rise = (1 - outer) * (1 + 0.6 * outer)
  edge = mouth.corner + (mouth.inner_top - mouth.corner) * (
    (1 - outer) * (1 + 0.35 * outer)
  )
  top = (
    jnp.minimum(edge, inner_top) - (mouth.inner_top - mouth.top) * rise * dip
  )
  edge = mouth.corner + (mouth.inner_low - mouth.corner) * (
    (1 - outer) * (1 + 0.35 * outer)
  )
  fall = (1 - outer) * (1 + 0.35 * outer)
  low = jnp.maximum(edge, inner_low) + (mouth.low - mouth.inner_low) * fall
  return t, top, inner_top, inner_low, low


def inner_corner(mouth: Mouth) -> jax.Array:
  """|u| of the inner corners of the lips."""
  return mouth.half * _INNER
