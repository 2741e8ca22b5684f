"""MoCoGAN as the trainer sees it: its networks, turns and examples.

Tulyakov et al., "MoCoGAN: Decomposing motion and content for video
generation", 2018, with categories.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Phase, Stage
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import Net, Variables
from facegen_jax.data.clips import Clips
from facegen_jax.systems import videos
from facegen_jax.systems.mocogan.codes import draw
from facegen_jax.systems.mocogan.losses import JUDGES, Losses
from facegen_jax.systems.mocogan.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
  frames_taken,
)

_GENERATOR = 'generator'


class System:
  """MoCoGAN.

  Args:
    config: `configs/mocogan.py`.
    clips: of the people to train on.
  """

  TAKES = ('picture', 'label')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    _check(config)
    networks = _networks(config)
    if not clips:
      networks = {_GENERATOR: networks[_GENERATOR]}
    self._init, self._apply = pure_each(networks)
    if clips:
      self._examples = videos.Videos(config, clips)
      self._losses = Losses(config, self._apply)

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of the three networks."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """Nothing is imported."""
    return {}

  def averages(self) -> dict[str, float]:
    """The generator, at `optimizer.ema`."""
    return {_GENERATOR: self.config.optimizer.ema}

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam with L2 in the gradient, as torch's `weight_decay`."""
    c = self.config.optimizer
    return {
      name: optax.chain(
        optax.add_decayed_weights(c.weight_decay),
        videos.adam(c, self.config.stages.steps),
      )
      for name in self._init
    }

  def stages(self) -> tuple[Stage, ...]:
    """One stage: the discriminators, then the generator."""
    phases = (
      Phase('discriminators', JUDGES, self._losses.discriminators),
      Phase('generator', (_GENERATOR,), self._losses.generator),
    )
    return (Stage('mocogan', self.config.stages.steps, phases),)

  def examples(self) -> int:
    """One a labelled clip."""
    return len(self._examples)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `videos.Videos.example`."""
    return self._examples.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """See `videos.columns`; the made people are others than the real ones."""
    return videos.columns(
      lambda given: self.generate(nets, frozen, given, key), batch
    )

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Clips b t h w 3 in [-1, 1] of `data.clip_frames` frames.

    Args:
      nets: the networks.
      frozen: nothing.
      given: `label`, b int32 0..5. A `picture` is not looked at: who is seen
        is drawn from `key`, as is the motion.
      key: of the codes.
    """
    del frozen
    c = self.config
    codes = draw(key, given['label'], c.data.clip_frames, c.model)
    return self._apply[_GENERATOR](nets[_GENERATOR].averaged, *codes)[0]


def _networks(config: Any) -> dict[str, Any]:
  m = config.model
  shared = {'channels': tuple(m.channels), 'dtype': jnp.dtype(m.dtype)}
  return {
    _GENERATOR: lambda rngs: Generator(
      content=m.content,
      categories=videos.EMOTIONS,
      motion=m.motion,
      **shared,
      rngs=rngs,
    ),
    'image_discriminator': lambda rngs: ImageDiscriminator(
      noise=m.noise, **shared, rngs=rngs
    ),
    'video_discriminator': lambda rngs: VideoDiscriminator(
      frames=m.window,
      categories=videos.EMOTIONS,
      noise=m.noise,
      **shared,
      rngs=rngs,
    ),
  }


_DTYPES = ('float32', 'bfloat16')


def _check(config: Any) -> None:
  m, data = config.model, config.data
  if m.dtype not in _DTYPES:
    raise UserError(f'config.model.dtype={m.dtype!r}: choose one of {_DTYPES}')
  for name, low in {'content': 1, 'motion': 1, 'noise': 0}.items():
    if m[name] < low:
      raise UserError(f'config.model.{name}={m[name]}: at least {low}')
  levels = len(m.channels)
  if levels < 1 or data.size != 4 * 2**levels:
    raise UserError(
      f'config.model.channels has {levels} levels, which draw '
      f'{4 * 2**levels} px, but config.data.size={data.size}: change one (a '
      'level more doubles the size)'
    )
  least = frames_taken(levels) + 1
  if not least <= m.window <= data.clip_frames:
    raise UserError(
      f'config.model.window={m.window}: {levels} levels of '
      f'config.model.channels need windows of at least {least} frames, and '
      f'config.data.clip_frames={data.clip_frames} holds no longer ones'
    )
