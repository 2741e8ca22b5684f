"""How an expression comes and goes, and how a head sways."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.core.errors import UserError
from facegen_jax.data.synthface.scene import Scene

MICRO_SECONDS = 0.5  # the usual bound between micro- and macro-expressions
MICRO_PEAK = 0.4


class Motion(NamedTuple):
  """Intensity of an expression over a clip.

  - `curve`: `(t,)` in [0, 1].
  - `onset`, `apex`, `offset`: frame indices, onset < apex < offset.
  """

  curve: jax.Array
  onset: jax.Array
  apex: jax.Array
  offset: jax.Array


def _ease(x: jax.Array, sharpness: jax.Array) -> jax.Array:
  """Smooth step whose middle lies early (> 1) or late (< 1)."""
  x = 1 - (1 - jnp.clip(x, 0.0, 1.0)) ** sharpness
  return x * x * (3 - 2 * x)


def _curve(
  frames: int,
  onset: jax.Array,
  apex: jax.Array,
  hold: jax.Array,
  offset: jax.Array,
  sharp: jax.Array,
) -> jax.Array:
  """0 until onset, 1 from apex for `hold` frames, 0 from offset."""
  t = jnp.arange(frames, dtype=jnp.float32)
  rise = _ease((t - onset) / (apex - onset), sharp[0])
  last = jnp.minimum(apex + hold, offset - 1)
  fall = 1 - _ease((t - last) / (offset - last), sharp[1])
  return jnp.minimum(rise, fall)


@partial(jax.jit, static_argnames=('frames', 'fps'))
def macro(key: jax.Array, frames: int, fps: float) -> Motion:
  """A full expression from neutral to its apex and back.

  Faces rise faster than they relax, so the apex lies before the middle of the
  movement. The timing is a part of the clip, whatever `fps`.

  Raises:
    UserError: fewer than 6 frames cannot hold onset, apex and offset.
  """
  if frames < 6 or fps <= 0:
    raise UserError(
      f'a macro clip of {frames} frames at {fps:g} fps is too short:'
      ' use 6 frames or more and a positive fps'
    )
  r = jax.random.uniform(key, (6,))
  end = frames - 1
  onset = jnp.floor(0.12 * end * r[0])
  offset = jnp.ceil(end * (0.86 + 0.14 * r[1]))
  apex = jnp.round(onset + (offset - onset) * (0.34 + 0.2 * r[2]))
  hold = jnp.round((offset - apex) * 0.35 * r[3])
  sharp = jnp.stack([1.0 + 0.8 * r[4], 0.9 + 0.6 * r[5]])
  curve = _curve(frames, onset, apex, hold, offset, sharp)
  return Motion(curve, *(x.astype(jnp.int32) for x in (onset, apex, offset)))


@partial(jax.jit, static_argnames=('frames', 'fps', 'peak'))
def micro(
  key: jax.Array, frames: int, fps: float, peak: float = MICRO_PEAK
) -> Motion:
  """A weak expression of less than half a second in a neutral clip.

  Args:
    key: for place, length (0.2 s to 0.48 s) and height.
    frames: of the clip.
    fps: frames a second; 12 or more, so that three frames move.
    peak: greatest height; a draw reaches 40 % to 100 % of it.

  Raises:
    UserError: the clip is too short or too slow to show a micro-expression.
  """
  longest = min(int(0.48 * fps), frames - 3)
  if longest < 4:
    raise UserError(
      f'a micro clip of {frames} frames at {fps:g} fps is too coarse:'
      ' use 7 frames or more and at least 10 fps'
    )
  r = jax.random.uniform(key, (6,))
  shortest = min(max(4, round(0.2 * fps)), longest)
  length = jnp.round(shortest + (longest - shortest) * r[0])
  onset = 1 + jnp.floor((frames - 2 - length) * r[1])
  offset = onset + length
  apex = jnp.round(onset + length * (0.35 + 0.2 * r[2]))
  sharp = jnp.stack([1.0 + 0.8 * r[3], 0.9 + 0.6 * r[4]])
  curve = _curve(frames, onset, apex, jnp.asarray(0.0), offset, sharp)
  curve = curve * peak * (0.4 + 0.6 * r[5])
  return Motion(curve, *(x.astype(jnp.int32) for x in (onset, apex, offset)))


def sway(key: jax.Array, scene: Scene, frames: int, blinks: float) -> Scene:
  """The scene of each frame: small smooth head movement, perhaps one blink.

  Args:
    key: of the movement.
    scene: the clip's scene; light and backdrop stay as they are.
    frames: of the clip.
    blinks: probability that the clip has a blink.

  Returns:
    A `Scene` whose leaves have a leading axis t.
  """
  t = jnp.linspace(0.0, 1.0, frames)
  wave_key, blink_key = jax.random.split(key)
  r = jax.random.uniform(wave_key, (6, 2))

  def drift(i: int, size: float) -> jax.Array:
    return size * jnp.sin(2 * jnp.pi * ((0.3 + 0.6 * r[i, 0]) * t + r[i, 1]))

  out = jax.tree.map(lambda x: jnp.broadcast_to(x, (frames, *x.shape)), scene)
  b = jax.random.uniform(blink_key, (2,))
  centre = 0.1 + 0.8 * b[0]
  blink = jnp.exp(-(((t - centre) / 0.045) ** 2)) * (b[1] < blinks)
  return out._replace(
    yaw=out.yaw + drift(0, 0.025),
    pitch=out.pitch + drift(1, 0.015),
    roll=out.roll + drift(2, 0.010),
    tx=out.tx + drift(3, 0.004),
    ty=out.ty + drift(4, 0.004),
    scale=out.scale + drift(5, 0.005),
    blink=jnp.maximum(out.blink, blink),
  )
