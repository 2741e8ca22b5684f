"""Pictures to codes by the networks of a system; pure functions."""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.systems.au_transfer.encoding import (
  Encoded,
  How,
  distances,
  encode,
)
from facegen_jax.systems.au_transfer.walk import Directions, Faces, learn
from facegen_jax.systems.au_transfer.walk import How as WalkHow


def begin(
  system: Any,
  nets: Any,
  frozen: Any,
  pictures: jax.Array,
  root: jax.Array,
  numbers: jax.Array,
  start: str,
) -> jax.Array:
  """First codes of pictures of these numbers, b L w."""
  if start == 'v':
    return system.first_code(nets, frozen, pictures)
  if start == 'mean':
    mean = system.mean_code(nets, frozen)
    return jnp.broadcast_to(mean, (len(pictures), *mean.shape))

  def drawn(number: jax.Array) -> jax.Array:
    key = jax.random.fold_in(root, number)
    return system.random_codes(nets, frozen, key, 1)[0]

  return jax.vmap(drawn)(numbers)


def search(
  system: Any,
  nets: Any,
  frozen: Any,
  pictures: jax.Array,
  first: jax.Array,
  how: How,
  keep: tuple[int, ...],
) -> Encoded:
  """`encoding.encode` of pictures b s s 3 from `first`, b L w."""

  def render(codes: jax.Array) -> jax.Array:
    return system.synthesise(nets, codes)

  def feature(pictures: jax.Array) -> jax.Array:
    return system.encode_feature(nets, frozen, pictures)

  def maps(pictures: jax.Array) -> list[jax.Array]:
    return system.encode_maps(nets, frozen, pictures)

  mean = system.mean_code(nets, frozen)
  limit = distances(feature, render(mean[None]), pictures)
  return encode(
    render,
    feature,
    pictures,
    first,
    how,
    limit,
    maps=maps,
    mean=mean,
    keep=keep,
  )


def walk(
  system: Any,
  nets: Any,
  frozen: Any,
  faces: Faces,
  directions: Directions,
  root: jax.Array,
  number: jax.Array,
  *,
  moved: int,
  how: WalkHow,
) -> tuple[Directions, jax.Array]:
  """`walk.learn` through the generator of `nets`, the update of this number."""

  def render(codes: jax.Array) -> jax.Array:
    return system.synthesise(nets, codes)

  def feature(pictures: jax.Array) -> jax.Array:
    return system.encode_feature(nets, frozen, pictures)

  key = jax.random.fold_in(root, number)
  return learn(render, feature, faces, directions, moved, how, key)
