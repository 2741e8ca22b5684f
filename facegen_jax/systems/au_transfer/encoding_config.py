"""`config.encode`: how codes are looked for."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer.encoding import DECAYS, OPTIMIZERS, How

STARTS = ('v', 'mean', 'random')


def how_of(c: Any) -> How:
  """`config.encode` as the loop wants it.

  Raises:
    UserError: names the field and what it may be.
  """
  for name, choices in (
    ('optimizer', OPTIMIZERS),
    ('decay', DECAYS),
    ('start', STARTS),
  ):
    if c[name] not in choices:
      raise UserError(
        f'config.encode.{name}={c[name]!r}: choose one of {choices}'
      )
  if c.iterations < 1:
    raise UserError(f'config.encode.iterations={c.iterations}: at least 1')
  for name in ('rate', 'threshold'):
    if not 0 < c[name] < float('inf'):
      raise UserError(f'config.encode.{name}={c[name]}: a number above 0')
  for name in ('pixels', 'conv', 'pull'):
    if not 0 <= c[name] < float('inf'):
      raise UserError(f'config.encode.{name}={c[name]}: 0, or a weight above')
  return How(**{name: c[name] for name in How._fields if name in c})
