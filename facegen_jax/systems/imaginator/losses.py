"""ImaGINator's losses (section 3.3)."""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.core.mesh import cut
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import adversarial, content

Params = dict[str, Any]


def one_frame(video: jax.Array, key: jax.Array) -> jax.Array:
  """B t h w c -> b h w c: of each clip a frame drawn uniformly."""
  b, t = video.shape[:2]
  return video[jnp.arange(b), jax.random.randint(key, (b,), 0, t)]


class Losses:
  """The losses over named networks; every public method is a phase's loss.

  Args:
    config: whole config; `loss` holds the weights.
    apply: pure apply functions by name.
  """

  def __init__(self, config: Any, apply: dict[str, Any]):
    self._weights, self._noise = config.loss.weights, config.model.noise
    self._apply = apply

  def generator(self, params: Params, turn: Turn) -> tuple[jax.Array, Out]:
    """Clip and one of its frames to real, and to the truth in L1."""
    video, label = to_unit(turn.batch['video']), turn.batch['label']
    noise_key, frame_key = jax.random.split(turn.key)
    noise = cut(jax.random.normal(noise_key, (len(video), self._noise)))
    net = Variables(params['generator'], turn.nets['generator'].stats)
    (made, *_), stats = self._apply['generator'](
      net, video[:, 0], noise, label, train=True
    )
    stats, terms = {'generator': stats}, {}
    for name, x in (
      ('video', (made, label)),
      ('image', (one_frame(made, frame_key),)),
    ):
      judge = f'{name}_discriminator'
      # Its u and v move at every use, as in the source.
      logits, stats[judge] = self._apply[judge](
        turn.nets[judge].variables, *x, train=True
      )
      terms[name] = adversarial.bce_generator([logits])
    terms['reconstruction'] = content.l1(made, video)
    value = sum(self._weights[name] * term for name, term in terms.items())
    return value, Out(stats, terms, {'made': made})

  def video_discriminator(
    self, params: Params, turn: Turn
  ) -> tuple[jax.Array, Out]:
    """Real clips against this turn's, both with their labels."""
    label = jnp.tile(turn.batch['label'], 2)
    return self._two(
      'video_discriminator', params, turn, self._both(turn), label
    )

  def image_discriminator(
    self, params: Params, turn: Turn
  ) -> tuple[jax.Array, Out]:
    """A frame of each real clip against one of each of this turn's."""
    frames = one_frame(self._both(turn), turn.key)
    return self._two('image_discriminator', params, turn, frames)

  def _both(self, turn: Turn) -> jax.Array:
    return jnp.concatenate([to_unit(turn.batch['video']), turn.batch['made']])

  def _two(
    self, name: str, params: Params, turn: Turn, *x: jax.Array
  ) -> tuple[jax.Array, Out]:
    # No statistics over the batch: real and made in one pass.
    net = Variables(params[name], turn.nets[name].stats)
    logits, stats = self._apply[name](net, *x, train=True)
    real, made = jnp.split(logits, 2)
    value = adversarial.bce_discriminator([real], [made])
    return value, Out({name: stats})
