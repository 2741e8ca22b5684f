"""What the systems share that make a clip of a labelled expression.

An example is a clip from its neutral frame to its apex and its label; a sheet
shows what a network makes of the neutral picture over time.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.data import to_apex, vocabulary
from facegen_jax.data.clips import Clips

EMOTIONS = len(vocabulary.EMOTIONS)
_COLUMNS = 8  # moments of a clip on a sheet


class Videos:
  """The training examples.

  Args:
    config: whole config; of `data` it reads `clip_frames`, `size` and `until`.
    clips: of the people to train on.
  """

  def __init__(self, config: Any, clips: Clips):
    self._data = config.data
    self._clips = to_apex.labelled(clips, config.data.until)
    size = self._clips[0].picture(0).shape[0]
    if size != config.data.size:
      raise UserError(
        f'config.data.size={config.data.size}, but the prepared pictures have '
        f'{size} px: prepare the dataset at {config.data.size} px'
      )

  def __len__(self) -> int:
    return len(self._clips)

  def subject(self, i: int) -> str:
    """The person of example i."""
    return self._clips[i].subject

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """`video`: t h w 3 uint8, frame 0 being neutral; `label`: int32, 0..5."""
    del rng
    clip, data = self._clips[i], self._data
    return {
      'video': to_apex.to_apex(clip, data.clip_frames, data.until),
      'label': np.int32(clip.emotion_id),
    }


def tiled(label: jax.Array, like: jax.Array) -> jax.Array:
  """One-hot label (b) spread over b ... 6, the inner axes and dtype of `like`.

  To be laid beside the channels of `like`, b ... c.
  """
  hot = jax.nn.one_hot(label, EMOTIONS, dtype=like.dtype)
  hot = hot.reshape(len(label), *[1] * (like.ndim - 2), EMOTIONS)
  return jnp.broadcast_to(hot, (*like.shape[:-1], EMOTIONS))


def adam(optimizer: Any, steps: int) -> optax.GradientTransformation:
  """Adam of `learning_rate`, `b1`, `b2`.

  The rate falls to 0 over the last share `decay` of `steps`.
  """
  rate, last = optimizer.learning_rate, round(optimizer.decay * steps)
  if last:
    rate = optax.linear_schedule(rate, 0.0, last, transition_begin=steps - last)
  return optax.adam(rate, b1=optimizer.b1, b2=optimizer.b2)


def columns(
  generate: Callable[[dict], jax.Array], batch: dict[str, jax.Array]
) -> tuple[jax.Array, ...]:
  """Columns of a sheet: the neutral picture, then eight moments.

  Rows: the six expressions of the first person, in the order of
  `vocabulary.EMOTIONS`; then two a clip of the batch, real above made.

  Args:
    generate: `{'picture': b h w 3, 'label': b}` to b t h w 3, all in [-1, 1].
    batch: `video` b t h w 3 uint8 and `label` b.
  """
  video = to_unit(batch['video'])
  picture = video[:, 0]
  six = jnp.broadcast_to(picture[:1], (EMOTIONS, *picture.shape[1:]))
  made = generate(
    {
      'picture': jnp.concatenate([six, picture]),
      'label': jnp.concatenate(
        [jnp.arange(EMOTIONS, dtype=batch['label'].dtype), batch['label']]
      ),
    }
  )
  pairs = jnp.stack([video, made[EMOTIONS:]], 1)  # b 2 t h w c
  rows = jnp.concatenate([made[:EMOTIONS], pairs.reshape(-1, *video.shape[1:])])
  given = jnp.concatenate([six, jnp.repeat(picture, 2, 0)])
  moments = np.linspace(0, video.shape[1] - 1, _COLUMNS).round().astype(int)
  return given, *(rows[:, i] for i in moments)


def check_shape(config: Any, doublings: int, least: int = 4) -> None:
  """Does `least` px doubled so often make a picture of `data.size`?

  And 2 frames doubled so often a clip of `data.clip_frames`?

  Raises:
    UserError: it does not; names the fields.
  """
  data = config.data
  size, frames = least * 2**doublings, 2 * 2**doublings
  if (data.size, data.clip_frames) != (size, frames):
    raise UserError(
      f'config.model.channels makes {frames} frames of {size} px, but '
      f'config.data asks for clip_frames={data.clip_frames} and '
      f'size={data.size}: change one (a level more doubles both)'
    )
