"""What `configs/au_transfer.py` may say: errors in the user's words."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer import curriculum
from facegen_jax.systems.au_transfer.encoding_config import how_of

_GROUP = 4  # pictures whose spread the discriminator sees


def check(config: Any) -> None:
  """Checks all that can be told without data.

  Raises:
    UserError: names the field and what it may be.
  """
  _check_model(config)
  _check_features(config)
  _check_resolutions(config)
  _check_kimg(config)
  how_of(config.encode)
  loss = config.loss
  if loss.r1_every < 1 or loss.r1_gamma < 0:
    raise UserError(
      f'config.loss.r1_every={loss.r1_every}, r1_gamma={loss.r1_gamma}: the '
      'penalty comes at each n-th step, n from 1, and its strength is not '
      'negative'
    )


def _check_model(config: Any) -> None:
  model = config.model
  for name in ('z', 'w', 'most', 'mapping_layers'):
    if model[name] < 1:
      raise UserError(f'config.model.{name}={model[name]}: at least 1')
  if model.base < config.data.size:
    raise UserError(
      f'config.model.base={model.base} leaves no channel at '
      f'{config.data.size} px: at least {config.data.size}'
    )
  if not 0 <= model.mixing <= 1:
    raise UserError(
      f'config.model.mixing={model.mixing}: a probability, 0 to 1'
    )
  choices = ('float32', 'bfloat16')
  if model.dtype not in choices:
    raise UserError(
      f'config.model.dtype={model.dtype!r}: choose one of {choices}'
    )


def _check_features(config: Any) -> None:
  blocks, side = config.features.blocks, config.features.input_size
  if not 1 <= blocks <= 5 or side < 2**blocks:
    raise UserError(
      f'config.features.blocks={blocks}, input_size={side}: 1 to 5 blocks, '
      'each of which halves the picture, which must leave a pixel'
    )
  stages = config.stages
  if stages.regressor and not (stages.features or config.features.vgg16):
    raise UserError(
      'config.stages.features=0 learns no network to encode by, and '
      'config.features.vgg16 names none: set one, or stages.regressor=0'
    )


def _check_resolutions(config: Any) -> None:
  size, start = config.data.size, config.stages.start
  for name, value in (('data.size', size), ('stages.start', start)):
    if value < 8 or value > 1024 or value & (value - 1):
      raise UserError(f'config.{name}={value}: a power of 2, 8 to 1024')
  if start > size:
    raise UserError(
      f'config.stages.start={start} is above config.data.size={size}: training '
      'grows from the one to the other'
    )
  for side in curriculum.sizes(config):
    batch = config.stages.batch.get(f'px{side}', 0)
    if batch < 1 or batch % min(_GROUP, batch):
      raise UserError(
        f'config.stages.batch.px{side}={batch}: pictures a step at {side} px, '
        f'up to {_GROUP} or a multiple of {_GROUP}'
      )


def _check_kimg(config: Any) -> None:
  stages = config.stages
  least = curriculum.least_kimg(config)
  if stages.total_kimg <= least:
    raise UserError(
      f'config.stages.total_kimg={stages.total_kimg:g}: growing to '
      f'{config.data.size} px takes {least:g} and the last resolution needs '
      'some alone; raise it, or lower stable_kimg and fade_kimg'
    )
  if stages.fade_kimg <= 0:
    raise UserError(
      f'config.stages.fade_kimg={stages.fade_kimg:g}: above 0, a resolution '
      'cannot come in within no picture'
    )
