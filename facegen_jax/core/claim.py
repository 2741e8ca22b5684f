"""A folder says what it was made with, so that nothing else is mixed in."""

import json
import pathlib
from typing import Any

from facegen_jax.core.errors import UserError

NAME = 'settings.json'


def claim(
  folder: pathlib.Path, settings: dict[str, Any], *, told: str, flag: str
) -> None:
  """Writes what a folder is made with, or compares it with what it was.

  Args:
    folder: is made if it is not there.
    settings: values fit for JSON, by name.
    told: what the folder holds, 'a run with config.', before a name.
    flag: where the user names the folder, '--workdir'.

  Raises:
    UserError: the folder was made with another value.
  """
  now = json.loads(json.dumps(settings))
  path = folder / NAME
  folder.mkdir(parents=True, exist_ok=True)
  if not path.is_file():
    write(path, json.dumps(now, indent=2) + '\n')
    return
  was = _read(path, flag)
  for name in sorted(was.keys() | now.keys()):
    if was.get(name) != now.get(name):
      raise UserError(
        f'{folder} is {told}{name}={was.get(name)!r}, now it is '
        f'{now.get(name)!r}: give another {flag}, or that value'
      )


def _read(path: pathlib.Path, flag: str) -> dict[str, Any]:
  try:
    return dict(json.loads(path.read_text()))
  except (TypeError, ValueError) as e:
    raise UserError(
      f'{path} cannot be read ({e}), so that nobody knows what the folder '
      f'holds: give another {flag}'
    ) from e


def write(path: pathlib.Path, text: str) -> None:
  """Text under its name, whole or not at all."""
  part = path.with_name(f'.{path.name}.part')
  part.write_text(text)
  part.replace(path)


def flat(
  config: Any, free: tuple[str, ...], free_of: dict[str, tuple[str, ...]]
) -> dict[str, Any]:
  """The values of a config by name, 'data.seed' for `config.data.seed`.

  Args:
    config: a `ConfigDict`.
    free: names to leave out; so are all that say how often or how much of
      something is shown.
    free_of: names to leave out within a section.
  """
  out = {}
  for name, value in json.loads(config.to_json_best_effort()).items():
    if isinstance(value, dict):
      left = free_of.get(name, ())
      out |= {f'{name}.{k}': v for k, v in value.items() if k not in left}
    elif name not in free and not name.endswith(('_every', '_rows')):
      out[name] = value
  return out
