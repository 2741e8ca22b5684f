"""Eyeballs, irises, lids and lashes."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import curves
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.scene import Scene
from facegen_jax.data.synthface.shade import bell, blend, cover, rgb, wave


def paint(
  under: jax.Array,
  identity: Identity,
  scene: Scene,
  eye: curves.Eye,
  u: jax.Array,
  v: jax.Array,
  light: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Draws both eyes on lit skin `3 h w`."""
  a = jnp.abs(u)
  e, upper, lower = curves.lids(eye, a)
  inside = jnp.minimum(v - upper, lower - v)
  inside = jnp.minimum(inside, (1 - jnp.abs(e)) * eye.half * 0.6)
  opening = cover(inside, 1.1 * pixel)
  ball = _ball(identity, scene, eye, u, v, e, pixel)
  shadow = 0.50 + 0.50 * cover(v - upper - 0.020, 0.05)
  ball = ball * (shadow * (1 - 0.22 * e * e))
  ball = ball * (0.35 + 0.55 * light) + _glint(scene, eye, u, v)
  picture = blend(under, ball, opening)
  return _rims(picture, identity, e, v, upper, lower, pixel)


def _ball(
  identity: Identity,
  scene: Scene,
  eye: curves.Eye,
  u: jax.Array,
  v: jax.Array,
  e: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """White, iris and pupil before light."""
  x = u - jnp.sign(u) * eye.x - scene.gaze_x
  y = v + 0.012 - scene.gaze_y
  r = jnp.sqrt(x * x + y * y + 1e-8)
  size = identity.iris_size
  white = rgb(0.80, 0.76, 0.73)
  pink = bell((e + 1.0) / 0.16) + 0.25 * jnp.clip(jnp.abs(e), 0.0, 1.0) ** 4
  white = blend(white, rgb(0.62, 0.30, 0.27), jnp.minimum(pink, 1.0))
  streak = wave(13 * x / r * 1.3 + identity.phase[6]) * y / r
  glow = 0.75 + 0.22 * streak + 0.45 * cover(y + 0.4 * size, 1.6 * size)
  rim = cover(0.80 * size - r, 0.35 * size)
  iris = identity.iris * (glow * (0.35 + 0.65 * rim))
  iris = iris * cover(r - 0.42 * size, jnp.maximum(0.15 * size, pixel))
  return blend(white, iris, cover(size - r, jnp.maximum(1.1 * pixel, 0.012)))


def _glint(
  scene: Scene, eye: curves.Eye, u: jax.Array, v: jax.Array
) -> jax.Array:
  """Reflection of the light in the cornea."""
  x = u - jnp.sign(u) * eye.x - scene.gaze_x - 0.035 * scene.light[0]
  y = v + 0.010 - scene.gaze_y - 0.045 * scene.light[1]
  d = (x * x + y * y) / 0.013**2
  return 0.9 * jnp.exp(-0.5 * d * d) * scene.key


def _rims(
  picture: jax.Array,
  identity: Identity,
  e: jax.Array,
  v: jax.Array,
  upper: jax.Array,
  lower: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Lashes above, the wet edge and thin lashes below."""
  span = cover(1.06 - jnp.abs(e), 0.12)
  wide = 0.009 + 0.009 * identity.lash * (1 + 0.6 * jnp.clip(e, -1.0, 1.0))
  wide = jnp.maximum(wide, 0.45 * pixel)
  top = span * bell((v - upper + 0.25 * wide) / wide)
  dark = identity.hair * 0.25 + rgb(0.012, 0.008, 0.007)
  picture = blend(picture, dark, top * (0.72 + 0.22 * identity.lash))
  thin = jnp.maximum(0.008, 0.45 * pixel)
  low = span * bell((v - lower - 0.004) / thin)
  return blend(picture, picture * 0.4, low * (0.45 + 0.3 * identity.lash))
