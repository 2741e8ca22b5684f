"""18 key points of a face by its 68 landmarks: the facial prior.

"Facial prior guided micro-expression generation", TIP 2024, equation 6, and
the code that was published with it.
"""

import jax
import jax.numpy as jnp
import numpy as np

RULES = ('code', 'paper')
COUNT = 18
_PUBLISHED_SIDE = 256  # of the pictures that FALLBACK lies in
_LANDMARKS = (19, 24, 27, 38, 41, 43, 46, 48, 54, 55, 57, 59)
_BESIDE = (31, 35, 41, 46, 48, 54)  # points 13..18, before their shift
# Per point of _BESIDE, in widths of an eye.
_SHIFT = ((-0.5, 0), (0.5, 0), (0, 0.5), (0, 0.5), (-0.5, 0), (0.5, 0))
_PRINTED = (29, 29, 35, 35, 54, 54)
_PRINTED_SHIFT = (-0.5, 0.5, -0.5, 0.5, -0.5, 0.5)

# What the published code takes where no face is found: one person's points
# (x, y) in a picture of 256 x 256.
FALLBACK = np.float32(
  [
    [(71, 36), (181, 42), (129, 65), (90, 63), (78, 72), (165, 65)],
    [(177, 73), (93, 168), (175, 165), (162, 169), (137, 173), (111, 172)],
    [(84, 134), (183, 133), (78, 98), (177, 99), (67, 168), (201, 165)],
  ]
).reshape(COUNT, 2)


def key_points(landmarks: jax.Array, *, rule: str = 'code') -> jax.Array:
  """Landmarks ... 68 2 (iBUG order) to key points ... 18 2, both (x, y) pixels.

  Twelve are landmarks; e is the step from landmark 39 to 42 (the inner
  corners of the eyes, from 0). `rule` says what the other six are:

  - 'code': beside the nose and the mouth and below the eyes, each half of e's
    x away, along one axis.
  - 'paper': equation 6 as printed, landmarks 29, 35 and 54 less and plus half
    of the vector e, in this order. None lies below an eye.

  Raises:
    ValueError: an unknown rule.
  """
  if rule not in RULES:
    raise ValueError(f'rule is one of {RULES}, not {rule!r}')
  landmarks = jnp.asarray(landmarks, jnp.float32)
  step = landmarks[..., 42, :] - landmarks[..., 39, :]
  if rule == 'code':
    at, shift = _BESIDE, jnp.asarray(_SHIFT) * step[..., None, :1]
  else:
    shift = jnp.asarray(_PRINTED_SHIFT)[:, None] * step[..., None, :]
    at = _PRINTED
  rest = landmarks[..., np.array(at), :] + shift
  return jnp.concatenate([landmarks[..., np.array(_LANDMARKS), :], rest], -2)


def fallback(height: int, width: int) -> jax.Array:
  """Key points 18 2 for a picture without a face: `FALLBACK`, to its size."""
  return jnp.asarray(FALLBACK * np.float32([width, height]) / _PUBLISHED_SIDE)


def where_found(
  points: jax.Array, found: jax.Array, height: int, width: int
) -> jax.Array:
  """Key points b 18 2, the `fallback` where `found` (b, bool) is False."""
  return jnp.where(found[:, None, None], points, fallback(height, width))


def of_faces(
  faces: jax.Array, height: int, width: int, *, rule: str = 'code'
) -> jax.Array:
  """Key points 18 2 of a picture by the landmarks f 68 2 of its f faces.

  As the published code: the last face counts, and without any `fallback`.
  """
  if not len(faces):
    return fallback(height, width)
  return key_points(faces[-1], rule=rule)


def normalised(points: jax.Array, height: int, width: int) -> jax.Array:
  """Pixels ... 2 (x, y) to [-1, 1], as published: 2 x / width - 1.

  Pixel 0 is -1 and the last pixel just below 1: half a pixel off either end
  of `nn.coordinates.grid`, which the published weights have learned.
  """
  return points * (2 / np.float32([width, height])) - 1
