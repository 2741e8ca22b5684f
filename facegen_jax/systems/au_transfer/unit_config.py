"""What `config.units` may say: errors in the user's words."""

from collections.abc import Mapping
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer.boundaries import NORMALS, SPACES
from facegen_jax.systems.au_transfer.edits import MODES
from facegen_jax.systems.au_transfer.encoding import OPTIMIZERS
from facegen_jax.systems.au_transfer.encoding import How as Search
from facegen_jax.systems.au_transfer.unit_planes import How

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


def search_of(encode: Search, units: Mapping[str, Any]) -> Search | None:
  """`config.units.from_rest` as a search; None = there is none.

  Args:
    encode: of `config.encode`, for what else a search is.
    units: `config.units`.

  Raises:
    UserError: names the field and what it may be.
  """
  c = units['from_rest']
  if c['optimizer'] not in OPTIMIZERS:
    raise UserError(
      f'config.units.from_rest.optimizer={c["optimizer"]!r}: choose one of '
      f'{OPTIMIZERS}'
    )
  for name in ('iterations', 'pixels', 'feature'):
    if c[name] < 0:
      raise UserError(f'config.units.from_rest.{name}={c[name]}: at least 0')
  if not c['rate'] > 0:
    raise UserError(f'config.units.from_rest.rate={c["rate"]}: above 0')
  if not c['iterations']:
    return None
  return encode._replace(**c, decay='none', stop=False, conv=0.0, pull=0.0)
