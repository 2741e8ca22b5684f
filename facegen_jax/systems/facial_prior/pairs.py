"""A batch as the networks want it: [0, 1], flipped at random, with key points.

Siarohin et al., NeurIPS 2019 (the augmentations of its code), and the facial
prior's key points of all three pictures of a turn.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.nn import matrix2, thin_plate
from facegen_jax.nn.landmarks import flip_landmarks
from facegen_jax.nn.thin_plate import ThinPlate
from facegen_jax.systems.facial_prior import prior

_NEWTON = 5  # steps; from a deformation near the identity far more than enough


class Pair(NamedTuple):
  """Two frames of a clip each.

  Attributes:
    source: b h w 3 in [0, 1].
    driving: likewise.
    source_landmarks: b 68 2 pixels, NaN where none are known; or None.
    driving_landmarks: likewise.
  """

  source: jax.Array
  driving: jax.Array
  source_landmarks: jax.Array | None = None
  driving_landmarks: jax.Array | None = None


def flipped(batch: dict[str, jax.Array], key: jax.Array) -> Pair:
  """Pairs of uint8 pictures, half of them in reverse, a quarter mirrored.

  As published: a pair that is reversed is never mirrored.
  """
  time, mirror = jax.random.split(key)
  count, width = len(batch['source']), batch['source'].shape[2]
  back = jax.random.bernoulli(time, shape=(count,))
  turned = jax.random.bernoulli(mirror, shape=(count,)) & ~back

  def where(drawn: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.where(drawn.reshape(-1, *[1] * (a.ndim - 1)), a, b)

  def two(suffix: str, mirrored: Any) -> tuple[jax.Array, jax.Array]:
    a, b = (batch[f'{name}{suffix}'] for name in ('source', 'driving'))
    a, b = (where(turned, mirrored(x), x) for x in (a, b))
    return where(back, b, a), where(back, a, b)

  pictures = two('', lambda x: x[:, :, ::-1])
  pictures = (x.astype(jnp.float32) / 255 for x in pictures)
  if 'source_landmarks' not in batch:
    return Pair(*pictures)
  points = two('_landmarks', lambda x: flip_landmarks(x, width))
  return Pair(*pictures, *points)


def key_points(
  landmarks: jax.Array, height: int, width: int, *, rule: str
) -> jax.Array:
  """The prior's points b 18 2, pixels; `prior.fallback` for rows with a NaN."""
  found = jnp.isfinite(landmarks).all((1, 2))
  known = jnp.where(found[:, None, None], landmarks, 0.0)
  points = prior.key_points(known, rule=rule)
  return prior.where_found(points, found, height, width)


def deformed(
  landmarks: jax.Array, plate: ThinPlate, height: int, width: int
) -> jax.Array:
  """Where landmarks b n 2 (pixels) lie in `thin_plate.warp_frame` of a frame.

  The frame is deformed backwards: what lies at T(q) comes to q. Newton's
  method finds q, where the published code looks for the face once more.
  """
  extent = jnp.array([width - 1.0, height - 1.0])
  wanted = 2 * landmarks / extent - 1  # pixel centres on [-1, 1], as `warp`'s
  places = wanted
  for _ in range(_NEWTON):
    miss = thin_plate.warp_points(plate, places) - wanted
    slope = matrix2.inverse(thin_plate.jacobian(plate, places))
    places = places - matrix2.apply(slope, miss)
  return (places + 1) / 2 * extent


def hints(pair: Pair, plate: ThinPlate, *, rule: str) -> dict[str, tuple]:
  """What the prior's networks are given beside each picture; or nothing."""
  if pair.source_landmarks is None:
    return {}
  size = pair.source.shape[1:3]
  moved = deformed(pair.driving_landmarks, plate, *size)
  each = {
    'source': pair.source_landmarks,
    'driving': pair.driving_landmarks,
    'deformed': moved,
  }
  return {
    name: (key_points(points, *size, rule=rule),)
    for name, points in each.items()
  }
