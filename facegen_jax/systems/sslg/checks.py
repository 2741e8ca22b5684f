"""What `configs/sslg.py` may say: errors in the user's words."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.sslg import networks

_CHOICES = {
  'up': networks.UPS,
  'noise_site': networks.SITES,
  'norm': networks.NORMS,
  'residual': networks.RESIDUALS,
  'encoder_kernel': (4, 5),
  'dtype': ('float32', 'bfloat16'),
}


def check(config: Any) -> None:
  """Checks all that can be told without weights.

  Raises:
    UserError: names the field and what it may be.
  """
  model, size = config.model, config.data.size
  for name, choices in _CHOICES.items():
    if (value := model[name]) not in choices:
      raise UserError(f'config.model.{name}={value!r}: choose one of {choices}')
  levels = len(model.encoder)
  if not levels or len(model.decoder) != levels:
    raise UserError(
      f'config.model.encoder names {levels} widths and decoder '
      f'{len(model.decoder)}: name as many of both, one a level'
    )
  if size % 2**levels:
    raise UserError(
      f'config.model.encoder halves {levels} times, which config.data.size='
      f'{size} does not allow: name fewer widths, or take a multiple of '
      f'{2**levels}'
    )
  if model.residual in ('constant', 'mean') and not model.constant:
    raise UserError(
      f'config.model.residual={model.residual!r} adds to the constant frame, '
      'which config.model.constant=False takes away: turn one of them'
    )
  _check_numbers(config)


def _check_numbers(config: Any) -> None:
  for name in ('n', 'n_pred'):
    if config.recursion[name] < 1:
      raise UserError(
        f'config.recursion.{name}={config.recursion[name]}: at least 1'
      )
  if config.model.sigma < 0:
    raise UserError(f'config.model.sigma={config.model.sigma}: at least 0')
  if not 0 <= config.model.dropout < 1:
    raise UserError(
      f'config.model.dropout={config.model.dropout}: at least 0, below 1'
    )
