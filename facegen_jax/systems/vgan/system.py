"""VGAN and C-VGAN as the trainer sees them.

Vondrick, Pirsiavash & Torralba, "Generating videos with scene dynamics", NIPS
2016; C-VGAN is the comparison of FEV-GAN (Bouzid & Ballihi 2022, section 5).
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
from facegen_jax.systems.vgan.losses import Losses, inputs
from facegen_jax.systems.vgan.networks import (
  GIVEN,
  Discriminator,
  Generator,
)


class System:
  """VGAN from noise or from a picture; with a label, C-VGAN.

  Args:
    config: `configs/vgan.py`.
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
    """First values of both networks; of the generator alone without clips."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """Nothing is imported."""
    return {}

  def averages(self) -> dict[str, float]:
    """The generator, at `optimizer.ema`."""
    return {'generator': self.config.optimizer.ema}

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam, the same for both."""
    c = self.config
    rule = videos.adam(c.optimizer, c.stages.adversarial)
    return dict.fromkeys(self._init, rule)

  def stages(self) -> tuple[Stage, ...]:
    """One stage; the discriminator sees the clips of the generator's update."""
    phases = (
      Phase('generator', ('generator',), self._losses.generator),
      Phase('discriminator', ('discriminator',), self._losses.discriminator),
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
    """See `videos.columns`; what the generator is not given it ignores."""
    return videos.columns(
      lambda given: self.generate(nets, frozen, given, key), batch
    )

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Clips b t h w 3 in [-1, 1].

    `given`: `picture` b h w 3 in [-1, 1] and `label` b, 0..5, of which the
    generator takes what `config.model.given` says. From noise it takes neither
    but their number; the noise is drawn from `key`.
    """
    del frozen
    x = inputs(self.config.model, given['picture'], given['label'], key)
    return self.apply['generator'](nets['generator'].averaged, *x)[0].video


def _networks(config: Any) -> dict[str, Any]:
  m = config.model
  channels, dtype = tuple(m.channels), jnp.dtype(m.dtype)
  return {
    'generator': lambda rngs: Generator(
      m.given,
      video=channels,
      # From noise it has a layer more, from one pixel to 4x4.
      background=channels if m.given == 'noise' else channels[1:],
      encoder=channels[::-1],
      noise=m.noise,
      dtype=dtype,
      rngs=rngs,
    ),
    'discriminator': lambda rngs: Discriminator(
      tuple(m.discriminator_channels),
      labelled=m.given == 'picture_and_label',
      dtype=dtype,
      rngs=rngs,
    ),
  }


_CHOICES = {'given': GIVEN, 'dtype': ('float32', 'bfloat16')}


def _check(config: Any) -> None:
  for name, choices in _CHOICES.items():
    if (value := config.model[name]) not in choices:
      raise UserError(f'config.model.{name}={value!r}: choose one of {choices}')
  levels, theirs = (
    len(config.model[name]) for name in ('channels', 'discriminator_channels')
  )
  videos.check_shape(config, levels)
  if theirs != levels:
    raise UserError(
      f'config.model.discriminator_channels has {theirs} levels, but '
      f'config.model.channels has {levels}: change one'
    )
