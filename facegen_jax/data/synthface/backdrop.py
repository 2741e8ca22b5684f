"""Everything behind the face: wall, shoulders, neck, ears."""

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface.head import Head
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.pose import View
from facegen_jax.data.synthface.scene import Scene
from facegen_jax.data.synthface.shade import bell, blend, cover, lit, rgb, wave


def wall(
  scene: Scene, column: jax.Array, row: jax.Array, size: int
) -> jax.Array:
  """A soft gradient with three blurred lights, `3 h w`."""
  x, y = (column + 0.5) / size - 0.5, (row + 0.5) / size - 0.5
  colour = blend(scene.backdrop_top, scene.backdrop_bottom, y + 0.5)
  for spot in scene.backdrop_spots.reshape(3, 3):
    glow = bell(jnp.hypot(x - spot[0], y - spot[1]) / 0.22)
    colour = colour + (spot[2] * glow) * colour * 2
  return jnp.maximum(colour * (1 - 0.5 * (x * x + y * y)), 0.0)


def body(
  picture: jax.Array,
  identity: Identity,
  scene: Scene,
  view: View,
  head: Head,
  x: jax.Array,
  y: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Neck and clothed shoulders, lit as cylinders."""
  wide = 0.50 + 0.10 * (identity.face_width - 0.86) / 0.03 * 0.3
  wide = wide + 0.35 * jnp.clip(y - 1.45, 0.0, 1.0) ** 2
  side = jnp.clip(x / wide, -0.98, 0.98)
  light, _ = lit(
    (side, 0.0 * side, jnp.sqrt(1 - side * side)), scene, view, 1.0
  )
  fall = cover(y - head.chin - 0.10, 0.55)
  shade = 0.28 + 0.55 * fall
  cords = bell((jnp.abs(x) - 0.17 - 0.1 * (1.9 - y)) / 0.05) * 0.08
  neck = identity.skin * light * (shade * (1 + cords))
  mask = cover(wide - jnp.abs(x), 0.03 + pixel) * cover(y - 0.6, 0.1)
  picture = blend(picture, neck, mask)
  return _cloth(picture, scene, view, x, y, pixel)


def _cloth(
  picture: jax.Array,
  scene: Scene,
  view: View,
  x: jax.Array,
  y: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  a = jnp.abs(x)
  shoulder = 1.42 + 0.30 * jnp.clip(a - 0.45, 0.0, 2.0)
  collar = 1.46 + (0.12 + 0.2 * scene.neckline) * (
    1 - jnp.clip(a / (0.42 + 0.1 * scene.neckline), 0.0, 1.0) ** 2
  )
  top = jnp.maximum(shoulder, collar)
  side = jnp.clip(x / 1.6, -0.9, 0.9)
  light, _ = lit(
    (side, -0.35 + 0.0 * side, jnp.sqrt(0.88 - side * side)), scene, view, 0.3
  )
  seam = bell((y - collar - 0.045) / 0.008) * cover(0.5 - a, 0.05)
  fold = 1 + 0.10 * wave(7 * a - 5 * y) * cover(y - 1.5, 0.3) - 0.25 * seam
  cloth = scene.cloth * light * fold
  return blend(picture, cloth, cover(y - top, 0.02 + pixel))


def ears(
  picture: jax.Array,
  identity: Identity,
  scene: Scene,
  view: View,
  x: jax.Array,
  y: jax.Array,
  pixel: jax.Array,
) -> jax.Array:
  """Both ears; the far one hides behind the turned head."""
  bare = 1 - cover(identity.hair_side - 0.3, 0.1)
  for sign in (-1.0, 1.0):
    middle = sign * (identity.face_width * view.yaw[0] + 0.005)
    p = (x - middle) * sign
    q = y - 0.24 + 0.18 * p
    r = jnp.sqrt((p / 0.105) ** 2 + (q / (0.235 - 0.25 * p)) ** 2 + 1e-6)
    mask = cover((1 - r) * 0.10, 0.012 + pixel) * bare
    hollow = bell((r - 0.42) / 0.22)
    rim = bell((r - 0.80) / 0.12)
    normal = (sign * 0.55 + 0.0 * p, 0.1 * q, 0.8 + 0.0 * p)
    light, _ = lit(normal, scene, view, 1.2)
    tone = 0.78 - 0.35 * hollow + 0.12 * rim
    skin = identity.skin * rgb(1.05, 0.92, 0.9)
    picture = blend(picture, skin * light * tone, mask)
  return picture
