"""Bumps and grooves on the head: sums of mirrored Gaussians."""

import dataclasses
import math

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.action_units import units
from facegen_jax.data.synthface.curves import Mouth
from facegen_jax.data.synthface.identity import Identity


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Bump:
  """One Gaussian in (|u|, v); `angle` turns its axes."""

  height: jax.Array | float
  u: jax.Array | float
  v: jax.Array | float
  along_u: jax.Array | float
  along_v: jax.Array | float
  angle: float = dataclasses.field(default=0.0, metadata={'static': True})


def _weight(
  bump: Bump, a: jax.Array, v: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Value and both slopes; one exponential."""
  du, dv = a - bump.u, v - bump.v
  if not bump.angle:
    p, q = du / bump.along_u**2, dv / bump.along_v**2
    value = bump.height * jnp.exp(-0.5 * (du * p + dv * q))
    return value, -value * p, -value * q
  cos, sin = math.cos(bump.angle), math.sin(bump.angle)
  s, t = du * cos + dv * sin, dv * cos - du * sin
  p, q = s / bump.along_u**2, t / bump.along_v**2
  value = bump.height * jnp.exp(-0.5 * (s * p + t * q))
  return value, -value * (p * cos - q * sin), -value * (p * sin + q * cos)


def depth_of(bumps: list[Bump], a: jax.Array, v: jax.Array) -> jax.Array:
  """Height of the relief at |u| = a."""
  return sum(_weight(bump, a, v)[0] for bump in bumps)


def slopes_of(
  bumps: list[Bump], a: jax.Array, v: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """Slopes of the relief along |u| and v."""
  parts = [_weight(bump, a, v) for bump in bumps]
  return sum(p[1] for p in parts), sum(p[2] for p in parts)


def parallax_bumps(identity: Identity, aus: jax.Array) -> list[Bump]:
  """The large forms, that also shift when the head turns."""
  au = units(aus)
  base, tall = identity.nose_base, identity.nose_height
  wing = base - 0.075 - 0.03 * au[9]
  return [
    Bump(0.13 * tall, 0.0, 0.16, 0.075, 0.17),  # bridge
    Bump(0.17 * tall, 0.0, base - 0.165, 0.085, 0.085),  # tip
    Bump(0.09 * tall, 0.0, base - 0.15, 0.17, 0.17),
    Bump(0.085, identity.nose_width * 0.8, wing, 0.05, 0.05),
    Bump(0.07, 0.0, identity.mouth_y, 0.26, 0.17),  # muzzle
  ]


def fine_bumps(identity: Identity, aus: jax.Array, mouth: Mouth) -> list[Bump]:
  """The small forms, that only catch the light."""
  mouth_top = 0.5 * (mouth.top + mouth.inner_top)
  mouth_low = 0.5 * (mouth.low + mouth.inner_low)
  au = units(aus)
  chin = identity.chin + 0.35 * au[26] - 0.02 * au[17]
  lift = 0.07 * au[6] + 0.05 * au[12]
  fold = 0.5 + 0.7 * identity.age
  smile = 0.010 * fold + 0.028 * au[12] + 0.018 * au[9]
  knit = 0.004 * identity.age + 0.022 * au[4] + 0.012 * au[9]
  brow = identity.brow_y - 0.03 * au[1] - 0.03 * au[2] + 0.04 * au[4]
  full = 0.05 * identity.cheek + 0.03 * au[6] + 0.02 * au[12]
  return [
    Bump(-0.085, 0.30, -0.01, 0.13, 0.095),  # eye socket
    Bump(0.045, identity.eye_x, 0.0, 0.11, 0.06),  # eyeball
    Bump(0.035 + 0.02 * au[4], 0.32, brow + 0.06, 0.22, 0.06),
    Bump(full, 0.47, 0.35 - lift, 0.17, 0.13),  # cheek
    Bump(-0.014 - 0.014 * au[6], 0.33, 0.13 - 0.2 * lift, 0.10, 0.022, 0.25),
    Bump(-smile, 0.265 + 0.03 * au[12], 0.62, 0.022, 0.13, -0.48),
    Bump(0.9 * smile, 0.345, 0.60, 0.05, 0.13, -0.48),
    Bump(-0.012, 0.0, identity.mouth_y - 0.17, 0.022, 0.045),  # philtrum
    Bump(0.022, 0.0, mouth_top, identity.mouth_half * 0.55, 0.028),
    Bump(0.034, 0.0, mouth_low, identity.mouth_half * 0.5, 0.036),
    Bump(-0.04, 0.0, mouth_low + 0.125, 0.16, 0.035),  # under the lip
    Bump(0.055 + 0.02 * au[17], 0.0, chin - 0.15, 0.14, 0.085),  # chin
    Bump(-knit, 0.055, identity.brow_y + 0.03, 0.012, 0.055, -0.15),
    Bump(0.5 * knit, 0.10, identity.brow_y + 0.03, 0.03, 0.055),
    Bump(0.016 * au[9], 0.09, 0.12, 0.03, 0.05, 0.6),  # nose wrinkle
    Bump(-0.014 * au[9], 0.10, 0.07, 0.05, 0.012, 0.6),
    Bump(
      -0.012 - 0.012 * (au[12] + au[15]),
      mouth.half + 0.04,
      mouth.corner,
      0.035,
      0.04,
    ),  # beside the mouth
  ]
