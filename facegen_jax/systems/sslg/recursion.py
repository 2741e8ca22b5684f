"""The recursion of SSLG (equation 1): what is made is the next step's input.

Noise belongs to the frame that it is added to, so a noisy frame is encoded
once and its latents serve two steps: a step costs one encoder and one decoder
pass. It is drawn by the frame's number, so that a sequence is the beginning of
a longer one.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.systems.sslg.networks import Latents

Encode = Callable[[jax.Array, jax.Array | None], Latents]
Decode = Callable[..., jax.Array]


class Start(NamedTuple):
  """What a sequence goes on from.

  Attributes:
    constant: F_c, b h w 3; None without.
    previous: F_1, b h w 3.
    current: F_2, b h w 3.
    keys: b, of each example's noise.
    time: the number of F_1 in its sequence.
  """

  constant: jax.Array | None
  previous: jax.Array
  current: jax.Array
  keys: jax.Array
  time: jax.Array | int = 0


class How(NamedTuple):
  """How the recursion runs.

  Attributes:
    resample_noise: a frame gets new noise at its second use, and is encoded
      again.
    detach: gradients do not pass from one step to the one before.
    remat: a step is computed again in the backward pass.
    unroll: steps that XLA sees in a row; all of them: no loop is left.
    onto: what a residual is added to: F_c, 'constant'; F_t without its noise,
      'current'; or their 'mean', which forgets half of an error at each step.
  """

  resample_noise: bool = False
  detach: bool = False
  remat: bool = False
  unroll: int = 1
  onto: str = 'constant'

  def base(self, constant: jax.Array | None, current: jax.Array) -> Any:
    """What a residual is added to, of F_c and F_t."""
    if self.onto == 'mean':
      return (constant + current) / 2
    return current if self.onto == 'current' else constant


PLAIN = How()


def unfold(
  encode: Encode,
  decode: Decode,
  start: Start,
  frames: int,
  how: How = PLAIN,
  dropout: jax.Array | None = None,
) -> jax.Array:
  """P_1 to P_frames, b frames h w 3.

  Args:
    encode: `(picture, keys) -> latents`, without noise where keys is None.
    decode: `(latents of the frames, what a residual is added to, key) ->
      picture`.
    start: the first frames.
    frames: how many are made; static.
    how: see there.
    dropout: key of the dropout, in training.
  """
  encode = jax.checkpoint(encode) if how.remat else encode
  fixed = [] if start.constant is None else [encode(start.constant, None)]

  def noise(time: jax.Array, use: int = 0) -> jax.Array:
    at = jax.vmap(lambda key: jax.random.fold_in(key, 2 * time + use))
    return at(start.keys)

  def step(carry: tuple, i: jax.Array) -> tuple[tuple, jax.Array]:
    before, picture = carry
    time = start.time + i
    if how.resample_noise:
      before = encode(before, noise(time, 1))
    now = encode(picture, noise(time + 1))
    key = None if dropout is None else jax.random.fold_in(dropout, i)
    base = how.base(start.constant, picture)
    made = decode([*fixed, before, now], base, key)
    fed = jax.lax.stop_gradient(made) if how.detach else made
    return ((picture if how.resample_noise else now), fed), made

  first = start.previous
  if not how.resample_noise:
    first = encode(first, noise(jnp.asarray(start.time)))
  body = jax.checkpoint(step) if how.remat else step
  _, made = jax.lax.scan(
    body, (first, start.current), jnp.arange(frames), unroll=how.unroll
  )
  return made.swapaxes(0, 1)


def keys_of(key: jax.Array, samples: jax.Array) -> jax.Array:
  """A key for each sample's number (b): the same whoever is beside it."""
  return jax.vmap(lambda sample: jax.random.fold_in(key, sample))(samples)
