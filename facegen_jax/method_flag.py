"""Methods whose folders of clips a command is given."""

from collections.abc import Sequence
import pathlib

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded


def named(words: Sequence[str]) -> dict[str, pathlib.Path]:
  """Folders by method of NAME=FOLDER words; UserError for anything else."""
  found: dict[str, pathlib.Path] = {}
  for word in words:
    name, equals, folder = word.partition('=')
    if not (name and equals and folder):
      raise UserError(f'--generated={word}: write NAME=FOLDER')
    if name in found or name in ('real', 'truth'):
      raise UserError(f'--generated={word}: {name} is taken; rename the method')
    found[name] = expanded(folder)
  if not found:
    raise UserError('--generated is missing; write NAME=FOLDER')
  return found
