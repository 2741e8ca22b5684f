"""Values of config fields, as words of a command."""

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

from absl import flags
import ml_collections

from facegen_jax.core.errors import UserError

_OPEN, _SHUT = '([{', ')]}'


class Field(NamedTuple):
  """A field of the config, 'optimizer.learning_rate', and its values."""

  name: str
  values: tuple[Any, ...]


def grid(
  config: ml_collections.ConfigDict, words: Sequence[str]
) -> list[Field]:
  """`['seed=0,1', ...]`: values of the types that the config has there.

  Raises:
    UserError: no such field, a value of another type, none, or one twice.
  """
  fields = [_field(config, word) for word in words]
  _once([field.name for field in fields], '--grid')
  return fields


def points(
  config: ml_collections.ConfigDict, words: Sequence[str]
) -> list[dict[str, Any]]:
  """`['seed=0 batch_size=4', ...]`: the fields of a run each.

  Raises:
    UserError: as for `grid`.
  """
  found = []
  for word in words:
    pairs = [_assigned(part, '--run') for part in word.split()]
    _once([name for name, _ in pairs], f"--run='{word}'")
    found.append({n: value(config, n, t) for n, t in pairs})
    if not pairs:
      raise UserError("--run='' sets no field: give --run='seed=0 ...'")
  return found


def value(config: ml_collections.ConfigDict, name: str, text: str) -> Any:
  """What the command's own flag `--config.name=text` would set."""
  old = _value_now(config, name)
  try:
    return _parsed(text, old)
  except (SyntaxError, TypeError, ValueError) as e:
    raise UserError(
      f'config.{name}={text}: not {_kind(old)}, as {_written(old)} is'
    ) from e


def word(name: str, value: Any) -> str:
  """`--config.name=value` for the command that trains."""
  return f'--config.{name}={_written(value)}'


def _field(config: ml_collections.ConfigDict, word: str) -> Field:
  name, text = _assigned(word, '--grid')
  _value_now(config, name)
  parts = _split(text)
  if not all(parts):
    raise UserError(
      f'--grid={word}: an empty value; separate values by single commas'
    )
  values = [value(config, name, part) for part in parts]
  twice = [v for i, v in enumerate(values) if v in values[:i]]
  if twice:
    raise UserError(f'--grid={word}: {_written(twice[0])} is there twice')
  return Field(name, tuple(values))


def _assigned(word: str, flag: str) -> tuple[str, str]:
  name, sign, text = word.partition('=')
  name = name.strip().removeprefix('config.')
  if not (name and sign):
    raise UserError(f'{flag}={word}: written FIELD=VALUE, as seed=0')
  return name, text.strip()


def _once(names: list[str], where: str) -> None:
  twice = [n for n in dict.fromkeys(names) if names.count(n) > 1]
  if twice:
    raise UserError(f'{where} sets config.{twice[0]} twice: give it once')


def _value_now(config: ml_collections.ConfigDict, name: str) -> Any:
  room: Any = config
  for part in name.split('.'):
    if not isinstance(room, ml_collections.ConfigDict) or part not in room:
      there = ', '.join(room) if hasattr(room, 'keys') else 'no field within'
      raise UserError(f'unknown config field {name}: there is {there}')
    room = room[part]
  if isinstance(room, ml_collections.ConfigDict):
    raise UserError(
      f'config.{name} is a section: name one of {", ".join(room)}'
    )
  return room


def _parsed(text: str, old: Any) -> Any:
  if isinstance(old, bool):
    return flags.BooleanParser().parse(text)
  if isinstance(old, int):
    return flags.IntegerParser().parse(text)
  if isinstance(old, float):
    return flags.FloatParser().parse(text)
  if isinstance(old, str):
    return text
  found = ast.literal_eval(text)
  if isinstance(old, tuple) and not isinstance(found, tuple):
    raise TypeError(text)
  return found


def _kind(old: Any) -> str:
  names = {bool: 'true or false', int: 'a whole number', float: 'a number'}
  return names.get(type(old), f'a {type(old).__name__}')


def _written(value: Any) -> str:
  return value if isinstance(value, str) else repr(value)


def _split(text: str) -> list[str]:
  """At commas, but for those within brackets."""
  parts, depth = [''], 0
  for c in text:
    depth += (c in _OPEN) - (c in _SHUT)
    if c == ',' and not depth:
      parts.append('')
    else:
      parts[-1] += c
  return [part.strip() for part in parts]
