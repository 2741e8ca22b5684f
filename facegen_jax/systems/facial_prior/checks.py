"""What `configs/facial_prior.py` may say: errors in the user's words."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.facial_prior import (
  background,
  modes,
  networks,
  prior,
  prior_maps,
  prior_regions,
)

_CHOICES = {
  'motion': ('fomm', 'mraa'),
  'prior': ('none', 'ewp', 'awp'),
  'prior_variant': prior_regions.VARIANTS,
  'prior_rule': prior.RULES,
  'prior_reading': prior_maps.READINGS,
  'background': background.KINDS,
  'dtype': ('float32', 'bfloat16'),
}
_SMALLEST = 16  # px, of a picture that five blocks of a VGG halve four times
_LEARNT = 32  # px, of one that a VGG classifies


def check(config: Any) -> None:
  """Checks all that can be told without weights.

  Raises:
    UserError: names the field and what it may be.
  """
  model = config.model
  for name, choices in _CHOICES.items():
    if (value := model[name]) not in choices:
      raise UserError(f'config.model.{name}={value!r}: choose one of {choices}')
  if (model.motion, model.prior) == ('mraa', 'ewp'):
    raise UserError(
      "config.model.prior='ewp' is of fomm alone: for mraa choose 'awp' or "
      "'none'"
    )
  _check_transfer(config)
  _check_sizes(config)
  _check_pyramid(config)
  if networks.with_critic(config):
    _check_critics(config)
  if config.features.input_size < _LEARNT:
    raise UserError(
      f'config.features.input_size={config.features.input_size}: five halvings '
      f'need {_LEARNT} or more'
    )


def _check_transfer(config: Any) -> None:
  named, has = config.model.transfer, modes.available(config)
  if named not in has:
    raise UserError(
      f'config.model.transfer={named!r}: choose one of {has} (avd is of mraa '
      'without a prior, with config.stages.avd above 0)'
    )


def _check_sizes(config: Any) -> None:
  model, size = config.model, config.data.size
  hourglass = model.factor * 2**model.blocks
  parts = {
    'factor and blocks shrink it': hourglass,
    'down_blocks shrinks it': 2**model.down_blocks,
  }
  for told, part in parts.items():
    if size % part:
      raise UserError(
        f'config.data.size={size}: config.model.{told} {part} times, which '
        'does not divide it: change one'
      )


def _check_pyramid(config: Any) -> None:
  size, factors = config.data.size, tuple(config.loss.pyramid)
  if not factors:
    raise UserError('config.loss.pyramid is empty: name 1, and 2, 4, 8')
  small = [f for f in factors if -(-size // f) < _SMALLEST]
  if small:
    raise UserError(
      f'config.loss.pyramid={factors} shrinks {size} px to '
      f'{-(-size // small[-1])}, and the perceptual network needs {_SMALLEST}: '
      f'leave out {", ".join(map(str, small))}'
    )


def _check_critics(config: Any) -> None:
  blocks = config.model.discriminator_blocks
  for factor in config.loss.critic_pyramid:
    side = -(-config.data.size // factor)
    for i in range(blocks):
      side = (side - 3) // (2 if i < blocks - 1 else 1)
    if side < 1:
      raise UserError(
        f'config.model.discriminator_blocks={blocks} leaves nothing of '
        f'{-(-config.data.size // factor)} px: take fewer, or leave {factor} '
        'out of config.loss.critic_pyramid'
      )
