"""What `configs/fevgan.py` may say: errors in the user's words."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems import videos
from facegen_jax.systems.fevgan import identity

_CHOICES = {
  'model.id_feature': tuple(identity.TAPS),
  'model.decoder': ('bottleneck', 'grid14'),
  'model.dtype': ('float32', 'bfloat16'),
  'loss.id_target': identity.TARGETS,
  'loss.id_frames': identity.FRAMES,
}


def check(config: Any) -> None:
  """Checks all that can be told without weights.

  Raises:
    UserError: names the field and what it may be.
  """
  model, data = config.model, config.data
  for name, choices in _CHOICES.items():
    room, field = name.split('.')
    if (value := config[room][field]) not in choices:
      raise UserError(f'config.{name}={value!r}: choose one of {choices}')
  if not (model.use_id or model.use_s):
    raise UserError(
      'config.model.use_id and use_s are both off: the generator would not see '
      'the picture; turn one on'
    )
  if len(model.encoder_channels) != 4:
    raise UserError(
      f'config.model.encoder_channels has {len(model.encoder_channels)} '
      'layers: give 4, which make a grid of encoder_size / 16'
    )
  for name in ('channels', 'discriminator_channels'):
    if not model[name]:
      raise UserError(f'config.model.{name} is empty: name one width a level')
  _check_encoder(config)
  levels = len(model.discriminator_channels)
  if data.clip_frames % 2**levels or data.size % 2**levels:
    raise UserError(
      f'config.model.discriminator_channels halves {levels} times, which '
      f'config.data.clip_frames={data.clip_frames} and size={data.size} do not '
      'allow: name fewer widths'
    )


def _check_encoder(config: Any) -> None:
  model, data = config.model, config.data
  size, levels, grid = model.encoder_size, len(model.channels), None
  if model.decoder == 'bottleneck':
    videos.check_shape(config, levels)
    least = 64
  else:
    grid, least = data.size, 32
    if data.clip_frames != 2 * 2**levels:
      raise UserError(
        f'config.model.channels makes {2 * 2**levels} frames, but '
        f'config.data.clip_frames={data.clip_frames}: change one (a level more '
        'doubles them)'
      )
  if size % 16 or size < least or (grid and size // 16 > grid):
    most = f' and at most {16 * grid}' if grid else ''
    raise UserError(
      f'config.model.encoder_size={size}: the decoder {model.decoder!r} needs '
      f'a multiple of 16, at least {least}{most}'
    )


def check_grid(config: Any, grid: int) -> None:
  """Does F_id, `grid` x `grid`, lie on the map of E_s?

  Raises:
    UserError: it does not, as imported weights have a size of their own.
  """
  size = config.model.encoder_size
  if grid != size // 16:
    raise UserError(
      f'config.features.identity_weights={config.features.identity_weights} '
      f'reads pictures of about {16 * grid} px, but '
      f'config.model.encoder_size={size}: set it to {16 * grid}'
    )
