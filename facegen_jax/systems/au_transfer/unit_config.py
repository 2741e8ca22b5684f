"""What `config.units` may say: errors in the user's words."""

from collections.abc import Mapping
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer.boundaries import NORMALS, SPACES
from facegen_jax.systems.au_transfer.edits import MODES
from facegen_jax.systems.au_transfer.unit_planes import How
from facegen_jax.systems.au_transfer.walk import How as Walk

_CHOICES = (('space', SPACES), ('normal', NORMALS), ('mode', MODES))
_LEAST = (
  *(('most', 1), ('fewest', 1)),
  *(('layers', 0), ('people', 0), ('iterations', 0), ('c', 0)),
)


def how_of(units: Mapping[str, Any]) -> How:
  """`config.units` as the fit wants it.

  Raises:
    UserError: names the field and what it may be.
  """
  for name, choices in _CHOICES:
    if units[name] not in choices:
      raise UserError(
        f'config.units.{name}={units[name]!r}: choose one of {choices}'
      )
  for name, least in _LEAST:
    if units[name] < least:
      raise UserError(f'config.units.{name}={units[name]}: at least {least}')
  if not 0 < units['least'] <= 1:
    raise UserError(
      f'config.units.least={units["least"]}: an intensity above 0, up to 1'
    )
  fields = {k: units[k] for k in How._fields if k in units}
  return How(**fields, rows=units['layers'])


def walk_of(units: Mapping[str, Any]) -> Walk:
  """`config.units.walk` as the walk wants it.

  Raises:
    UserError: names the field and what it may be.
  """
  how = Walk(**units['walk'])
  for name in ('steps', 'batch'):
    if (value := getattr(how, name)) < 1:
      raise UserError(f'config.units.walk.{name}={value}: at least 1')
  if not 0 < how.rate < float('inf'):
    raise UserError(f'config.units.walk.rate={how.rate}: a number above 0')
  if not 0 <= how.feature < float('inf'):
    raise UserError(
      f'config.units.walk.feature={how.feature}: 0, or a weight above'
    )
  return how
