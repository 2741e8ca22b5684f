"""The head: elliptic cross-sections whose size changes from skull to chin.

At height v the outline is u = W sin(t), z = c + D cos(t). Both the picture and
the landmarks use these functions and nothing else.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.action_units import units
from facegen_jax.data.synthface.identity import Identity


class Head(NamedTuple):
  """Size of a head, with the jaw as low as it is now."""

  width: jax.Array
  power: jax.Array
  chin: jax.Array
  skull: jax.Array


def head_of(identity: Identity, aus: jax.Array) -> Head:
  """AU26 lowers the chin, AU17 raises it a little."""
  au = units(aus)
  return Head(
    width=identity.face_width,
    power=identity.jaw_power,
    chin=identity.chin + 0.35 * au[26] + 0.015 * au[25] - 0.02 * au[17],
    skull=identity.skull,
  )


def height_power(head: Head, v: jax.Array) -> jax.Array:
  """0 at the eyes, 1 at the chin and at the top, beyond outside."""
  part = jnp.where(v > 0, v / head.chin, -v / head.skull)
  power = jnp.where(v > 0, head.power, 2.6)
  return jnp.exp(power * jnp.log(jnp.maximum(part, 1e-4)))


def section(
  head: Head, v: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
  """Half width W, half depth D and centre c at height v, and the power."""
  power = height_power(head, v)
  inside = jnp.minimum(power, 1.0)
  width = head.width * jnp.sqrt(jnp.maximum(1 - inside, 1e-5))
  fall = jnp.clip(v / head.chin, 0.0, 1.0) ** 2
  fall = fall * fall
  rise = jnp.clip(-v / head.skull, 0.0, 1.0) ** 2
  centre = -0.6 + 0.72 * fall
  depth = 0.82 - 0.79 * fall - 0.5 * rise * rise
  return width, depth, centre, power


def base_depth(head: Head, u: jax.Array, v: jax.Array) -> jax.Array:
  """Z of the smooth head at (u, v), without nose and lips."""
  width, depth, centre, _ = section(head, v)
  side = jnp.minimum((u / width) ** 2, 1.0)
  return centre + depth * jnp.sqrt(1 - side)
