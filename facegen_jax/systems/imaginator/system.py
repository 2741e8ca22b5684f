"""ImaGINator as the trainer sees it.

Wang, Bilinski, Bremond & Dantcheva, "ImaGINator: conditional spatio-temporal
GAN for video generation", WACV 2020.
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
from facegen_jax.systems.imaginator.losses import Losses
from facegen_jax.systems.imaginator.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
)


class System:
  """ImaGINator: picture, label and noise to a clip.

  Args:
    config: `configs/imaginator.py`.
    clips: of the people to train on.
  """

  TAKES = ('picture', 'label')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    _check(config)
    networks = _networks(config)
    if not clips:
      networks = {'generator': networks['generator']}
    self._init, self.apply = pure_each(networks)
    if clips:
      self._videos = videos.Videos(config, clips)
      self._losses = Losses(config, self.apply)

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of all three; of the generator alone without clips."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """Nothing is imported."""
    return {}

  def averages(self) -> dict[str, float]:
    """The generator, at `optimizer.ema`."""
    return {'generator': self.config.optimizer.ema}

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam, the same for all three."""
    c = self.config
    rule = videos.adam(c.optimizer, c.stages.adversarial)
    return dict.fromkeys(self._init, rule)

  def stages(self) -> tuple[Stage, ...]:
    """One stage; both discriminators see the clips of the generator's phase."""
    phases = tuple(
      Phase(name, (name,), getattr(self._losses, name)) for name in self._init
    )
    return (Stage('adversarial', self.config.stages.adversarial, phases),)

  def examples(self) -> int:
    """One a clip."""
    return len(self._videos)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Videos.example`."""
    return self._videos.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """See `videos.columns`."""
    return videos.columns(
      lambda given: self.generate(nets, frozen, given, key), batch
    )

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Clips b t h w 3 in [-1, 1].

    `given`: `picture` b h w 3 in [-1, 1] and `label` b, 0..5; the noise is
    drawn from `key`.
    """
    del frozen
    picture = given['picture']
    noise = jax.random.normal(key, (len(picture), self.config.model.noise))
    return self.apply['generator'](
      nets['generator'].averaged, picture, noise, given['label']
    )[0].video


def _networks(config: Any) -> dict[str, Any]:
  m = config.model
  dtype = jnp.dtype(m.dtype)
  channels = tuple(m.discriminator_channels)
  return {
    'generator': lambda rngs: Generator(
      tuple(m.channels),
      tuple(m.middle),
      appearance=m.appearance,
      noise=m.noise,
      dtype=dtype,
      rngs=rngs,
    ),
    'video_discriminator': lambda rngs: VideoDiscriminator(
      channels, dtype=dtype, rngs=rngs
    ),
    'image_discriminator': lambda rngs: ImageDiscriminator(
      channels, dtype=dtype, rngs=rngs
    ),
  }


def _check(config: Any) -> None:
  m = config.model
  dtypes = ('float32', 'bfloat16')
  if m.dtype not in dtypes:
    raise UserError(f'config.model.dtype={m.dtype!r}: choose one of {dtypes}')
  levels = len(m.channels)
  videos.check_shape(config, levels)
  wanted = {'middle': levels + 1, 'discriminator_channels': levels}
  for name, count in wanted.items():
    if len(m[name]) != count:
      raise UserError(
        f'config.model.{name} has {len(m[name])} widths, but '
        f'config.model.channels has {levels} levels: give it {count}'
      )
