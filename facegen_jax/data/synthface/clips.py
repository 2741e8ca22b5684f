"""All clips of one person, rendered in one call."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data.synthface import motion as motion_lib
from facegen_jax.data.synthface.action_units import (
  EXPRESSIONS,
  single,
  vary,
)
from facegen_jax.data.synthface.identity import Identity, sample_identity
from facegen_jax.data.synthface.landmark_points import landmarks
from facegen_jax.data.synthface.registered import registered
from facegen_jax.data.synthface.render import render_batch
from facegen_jax.data.synthface.scene import Scene, sample_scene
from facegen_jax.data.vocabulary import AUS, EMOTIONS

_MACRO_BLINKS = 0.25


def shown(kind: str) -> int:
  """What a person shows, each once a take: expressions, or action units."""
  return len(AUS if kind == 'units' else EMOTIONS)


class Clips(NamedTuple):
  """k clips of one person; the k runs over what is shown, then takes."""

  identity: Identity
  motion: motion_lib.Motion  # leaves (k, ...)
  aus: jax.Array  # k t 12
  scenes: Scene  # leaves (k, t, ...)
  landmarks: jax.Array  # k t 68 2
  frames: jax.Array  # k t h w 3, uint8


@jax.jit
def to_uint8(picture: jax.Array) -> jax.Array:
  """[-1, 1] to 0..255, rounded."""
  return jnp.round((picture + 1) * 127.5).astype(jnp.uint8)


@partial(jax.jit, static_argnames='takes')
def _person(
  seed: int, number: int, takes: int
) -> tuple[jax.Array, Identity, Scene]:
  """A person's key, the person, and the scene of each sitting.

  As in a lab: one sitting, one light and background, every emotion.
  """
  person = jax.random.fold_in(jax.random.key(seed), number)
  sittings = jax.random.split(jax.random.fold_in(person, 2), takes)
  return person, sample_identity(person), jax.vmap(sample_scene)(sittings)


def _script(
  identity: Identity,
  key: jax.Array,
  sitting: Scene,
  apex: jax.Array,
  *,
  kind: str,
  frames: int,
  fps: float,
  size: int,
) -> tuple[motion_lib.Motion, jax.Array, Scene, jax.Array]:
  """One clip but for its pixels; `apex` is a prototype, or a unit's number."""
  keys = jax.random.split(key, 3)
  full = (single if kind == 'units' else vary)(keys[0], apex)
  move = motion_lib.micro if kind == 'micro' else motion_lib.macro
  motion = move(keys[1], frames, fps)
  blinks = 0.0 if kind == 'micro' else _MACRO_BLINKS
  scenes = motion_lib.sway(keys[2], sitting, frames, blinks)
  aus = motion.curve[:, None] * full
  points = jax.vmap(lambda a, s: landmarks(identity, a, s, size))(aus, scenes)
  return motion, aus, scenes, points


@partial(jax.jit, static_argnames=('kind', 'frames', 'fps', 'size'))
def _scripts(
  person: jax.Array,
  identity: Identity,
  sittings: Scene,
  kind: str,
  frames: int,
  fps: float,
  size: int,
) -> tuple[motion_lib.Motion, jax.Array, Scene, jax.Array]:
  takes, count = len(sittings.yaw), shown(kind)
  apexes = [EXPRESSIONS[e] for e in EMOTIONS]
  apexes = np.arange(count) if kind == 'units' else np.asarray(apexes)
  apexes = np.repeat(apexes, takes, axis=0)
  keys = jax.random.split(jax.random.fold_in(person, 1), len(apexes))
  sittings = jax.tree.map(
    lambda x: jnp.tile(x, (count, *[1] * (x.ndim - 1))), sittings
  )
  script = partial(
    _script, identity, kind=kind, frames=frames, fps=fps, size=size
  )
  return jax.vmap(script)(keys, sittings, apexes)


def make_clips(
  seed: int,
  number: int,
  *,
  kind: str,
  frames: int,
  fps: float,
  size: int,
  takes: int,
  register: bool = False,
) -> Clips:
  """Person `number` of the population `seed`, each emotion `takes` times.

  Of kind 'units' each action unit, so often. With `register` the neutral face
  of every sitting stands in one place.
  """
  person, identity, sittings = _person(seed, number, takes)
  if register:
    each = [jax.tree.map(lambda x, k=k: x[k], sittings) for k in range(takes)]
    each = [registered(identity, scene) for scene in each]
    sittings = jax.tree.map(lambda *x: jnp.stack(x), *each)
  motion, aus, scenes, points = _scripts(
    person, identity, sittings, kind, frames, fps, size
  )
  count = len(aus)

  def join(x: jax.Array) -> jax.Array:
    return x.reshape(-1, *x.shape[2:])

  many = jax.tree.map(
    lambda x: jnp.broadcast_to(x, (count * frames, *x.shape)), identity
  )
  pictures = render_batch(many, join(aus), jax.tree.map(join, scenes), size)
  pictures = to_uint8(pictures).reshape(count, frames, size, size, 3)
  return Clips(identity, motion, aus, scenes, points, pictures)
