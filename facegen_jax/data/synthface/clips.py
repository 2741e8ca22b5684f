"""All clips of one person, rendered in one call."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data.synthface import motion as motion_lib
from facegen_jax.data.synthface.action_units import EXPRESSIONS, vary
from facegen_jax.data.synthface.identity import Identity, sample_identity
from facegen_jax.data.synthface.landmark_points import landmarks
from facegen_jax.data.synthface.render import render_batch
from facegen_jax.data.synthface.scene import Scene, sample_scene
from facegen_jax.data.vocabulary import EMOTIONS

_MACRO_BLINKS = 0.25


class Clips(NamedTuple):
  """k clips of one person; the k runs over emotions, then takes."""

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


def _script(
  identity: Identity,
  key: jax.Array,
  session: jax.Array,
  prototype: jax.Array,
  *,
  kind: str,
  frames: int,
  fps: float,
  size: int,
) -> tuple[motion_lib.Motion, jax.Array, Scene, jax.Array]:
  """One clip but for its pixels; `session` is the key of its scene."""
  keys = jax.random.split(key, 3)
  full = vary(keys[0], prototype)
  move = motion_lib.micro if kind == 'micro' else motion_lib.macro
  motion = move(keys[1], frames, fps)
  blinks = 0.0 if kind == 'micro' else _MACRO_BLINKS
  scenes = motion_lib.sway(keys[2], sample_scene(session), frames, blinks)
  aus = motion.curve[:, None] * full
  points = jax.vmap(lambda a, s: landmarks(identity, a, s, size))(aus, scenes)
  return motion, aus, scenes, points


@partial(jax.jit, static_argnames=('kind', 'frames', 'fps', 'size', 'takes'))
def _scripts(
  seed: int,
  number: int,
  kind: str,
  frames: int,
  fps: float,
  size: int,
  takes: int,
) -> tuple[Identity, tuple]:
  person = jax.random.fold_in(jax.random.key(seed), number)
  identity = sample_identity(person)
  prototypes = np.repeat([EXPRESSIONS[e] for e in EMOTIONS], takes, axis=0)
  keys = jax.random.split(jax.random.fold_in(person, 1), len(prototypes))
  # As in a lab: one sitting, one light and background, every emotion.
  sittings = jax.random.split(jax.random.fold_in(person, 2), takes)
  sessions = jnp.tile(sittings, len(EMOTIONS))
  script = partial(_script, identity, kind=kind, frames=frames, fps=fps)
  return identity, jax.vmap(partial(script, size=size))(
    keys, sessions, prototypes
  )


def make_clips(
  seed: int,
  number: int,
  *,
  kind: str,
  frames: int,
  fps: float,
  size: int,
  takes: int,
) -> Clips:
  """Person `number` of the population `seed`, each emotion `takes` times."""
  identity, script = _scripts(seed, number, kind, frames, fps, size, takes)
  motion, aus, scenes, points = script
  count = len(aus)

  def join(x: jax.Array) -> jax.Array:
    return x.reshape(-1, *x.shape[2:])

  many = jax.tree.map(
    lambda x: jnp.broadcast_to(x, (count * frames, *x.shape)), identity
  )
  pictures = render_batch(many, join(aus), jax.tree.map(join, scenes), size)
  pictures = to_uint8(pictures).reshape(count, frames, size, size, 3)
  return Clips(identity, motion, aus, scenes, points, pictures)
