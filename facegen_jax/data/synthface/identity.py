"""Who the face is: proportions, colours, hair.

Lengths are in units of the distance between the outer eye corners. The origin
lies between the eyes, u points to the right of the picture and v down.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import vector as vector_lib


class Identity(NamedTuple):
  """One person; scalars unless said."""

  face_width: jax.Array  # half width at the eyes
  jaw_power: jax.Array  # larger = squarer jaw
  chin: jax.Array  # v of the chin
  skull: jax.Array  # height of the skull above the eyes
  cheek: jax.Array  # fullness, about 1
  eye_x: jax.Array
  eye_half: jax.Array  # half width of an eye
  lid_upper: jax.Array
  lid_lower: jax.Array
  eye_tilt: jax.Array
  iris_size: jax.Array
  brow_y: jax.Array
  brow_arch: jax.Array
  brow_thick: jax.Array
  brow_dark: jax.Array
  nose_base: jax.Array  # v of the point under the nose
  nose_width: jax.Array
  nose_height: jax.Array  # depth of the bridge and tip, about 1
  mouth_y: jax.Array
  mouth_half: jax.Array
  lip_upper: jax.Array
  lip_lower: jax.Array
  age: jax.Array  # 0..1, depth of folds
  beard: jax.Array  # 0..1
  blush: jax.Array
  lash: jax.Array
  hairline: jax.Array
  hair_side: jax.Array  # v at which the hair beside the face ends
  hair_volume: jax.Array
  hair_part: jax.Array
  fringe: jax.Array  # 0..1
  wave: jax.Array
  skin: jax.Array  # 3, linear RGB
  lips: jax.Array  # 3
  hair: jax.Array  # 3
  iris: jax.Array  # 3
  phase: jax.Array  # 8, of skin and hair texture


WIDTHS = {'skin': 3, 'lips': 3, 'hair': 3, 'iris': 3, 'phase': 8}

# sRGB anchors; a person lies between two neighbours.
_SKIN = (
  (0.95, 0.80, 0.72),
  (0.91, 0.74, 0.63),
  (0.85, 0.66, 0.53),
  (0.75, 0.55, 0.42),
  (0.60, 0.42, 0.31),
  (0.46, 0.31, 0.23),
)
_HAIR = (
  (0.09, 0.075, 0.07),
  (0.17, 0.11, 0.08),
  (0.30, 0.19, 0.12),
  (0.45, 0.29, 0.16),
  (0.66, 0.50, 0.31),
  (0.52, 0.25, 0.13),
  (0.58, 0.57, 0.56),
)
_IRIS = (
  (0.22, 0.13, 0.08),
  (0.33, 0.21, 0.12),
  (0.40, 0.35, 0.20),
  (0.33, 0.42, 0.32),
  (0.36, 0.47, 0.58),
)


def to_linear(srgb: jax.Array) -> jax.Array:
  """Display colour to light; the plain power 2, that `_develop` undoes."""
  srgb = jnp.maximum(srgb, 0.0)
  return srgb * srgb


def _between(table: tuple, position: jax.Array) -> jax.Array:
  colours = to_linear(jnp.asarray(table, jnp.float32))
  position = jnp.clip(position, 0.0, len(table) - 1.001)
  low = jnp.floor(position).astype(jnp.int32)
  part = position - low
  return colours[low] * (1 - part) + colours[low + 1] * part


@jax.jit
def sample_identity(key: jax.Array) -> Identity:
  """A person; the same key gives the same person."""
  normal_key, uniform_key, phase_key = jax.random.split(key, 3)
  n = jnp.clip(jax.random.normal(normal_key, (40,)), -2.2, 2.2)
  r = jax.random.uniform(uniform_key, (20,))
  return Identity(
    **_sample_shape(n),
    **_sample_surface(n, r),
    **_sample_hair(n, r),
    phase=jax.random.uniform(phase_key, (8,)) * 2 * jnp.pi,
  )


def _sample_shape(n: jax.Array) -> dict[str, jax.Array]:
  return {
    'face_width': 0.865 + 0.03 * n[0],
    'jaw_power': 2.45 + 0.22 * n[1],
    'chin': 1.33 + 0.045 * n[2],
    'skull': 1.2 + 0.035 * n[3],
    'cheek': 1 + 0.25 * n[4],
    'eye_x': 0.356 + 0.008 * n[5],
    'eye_half': 0.146 + 0.006 * n[6],
    'lid_upper': 0.060 + 0.008 * n[7],
    'lid_lower': 0.036 + 0.005 * n[8],
    'eye_tilt': 0.006 + 0.010 * n[9],
    'iris_size': 0.066 + 0.002 * n[10],
    'brow_y': -0.235 + 0.018 * n[11],
    'brow_arch': 1 + 0.25 * n[12],
    'brow_thick': 0.031 + 0.006 * n[13],
    'nose_base': 0.53 + 0.022 * n[14],
    'nose_width': 0.152 + 0.012 * n[15],
    'nose_height': 1 + 0.12 * n[16],
    'mouth_y': 0.775 + 0.018 * n[17],
    'mouth_half': 0.278 + 0.016 * n[18],
    'lip_upper': 0.068 + 0.011 * n[19],
    'lip_lower': 0.092 + 0.012 * n[20],
  }


def _pale(tone: jax.Array) -> jax.Array:
  """Share of the range of hair and eye colours that goes with a skin."""
  return jnp.clip(1.15 - 0.27 * tone, 0.15, 1.0)


def _sample_surface(n: jax.Array, r: jax.Array) -> dict[str, jax.Array]:
  tone = r[0] * 4.99
  skin = _between(_SKIN, tone) * (1 + 0.04 * n[21:24])
  rose = to_linear(jnp.asarray([0.80, 0.38, 0.37])) * (0.75 + 0.25 * r[1])
  masculine = r[2] > 0.55
  return {
    'skin': skin,
    'lips': 0.35 * skin + 0.65 * rose * (0.5 + 0.5 * jnp.mean(skin) / 0.5),
    'iris': _between(_IRIS, r[3] * 3.99 * _pale(tone)),
    'age': r[4] ** 1.5,
    'beard': jnp.where(masculine, r[5] ** 2, 0.0),
    'blush': 0.5 + 0.5 * r[6],
    'lash': jnp.where(masculine, 0.35, 0.6 + 0.4 * r[7]),
    'brow_dark': 0.68 + 0.2 * r[8],
  }


def _sample_hair(n: jax.Array, r: jax.Array) -> dict[str, jax.Array]:
  masculine = r[2] > 0.55
  tone = r[0] * 4.99
  long = 0.35 + 1.5 * r[9]
  short = -0.05 + 0.18 * r[9]
  return {
    'hair': _between(_HAIR, r[10] ** 1.4 * 5.99 * _pale(tone)),
    'hairline': -0.83 + 0.045 * n[24],
    'hair_side': jnp.where(masculine, short, long),
    'hair_volume': 0.09 + 0.07 * r[11],
    'hair_part': 0.45 * jnp.clip(n[25], -1.3, 1.3),
    'fringe': jnp.where(r[12] > 0.6, r[13], 0.0),
    'wave': r[14],
  }


def identity_from_vector(vector: jax.Array) -> Identity:
  """Inverse of `to_vector`."""
  return vector_lib.from_vector(Identity, WIDTHS, vector)
