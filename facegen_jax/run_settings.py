"""What a run in a folder is: the values it depends on, and its results."""

import json
import pathlib
from typing import Any

import ml_collections

from facegen_jax.core.claim import flat

# What may change between two starts of a run.
_FREE = ('compilation_cache', 'devices', 'keep', 'shard_state')
_FREE_OF = {'data': ('dir', 'threads'), 'evaluate': ('batch_size',)}


def changed(config: Any, **values: Any) -> ml_collections.ConfigDict:
  """A copy with `data__seed=1` for `config.data.seed`."""
  config = config.copy_and_resolve_references()
  for name, value in values.items():
    *path, last = name.split('__')
    room = config
    for part in path:
      room = room[part]
    room[last] = value
  return config


def settings(config: Any) -> dict[str, Any]:
  """The values that a result depends on, as 'data.seed' -> value."""
  return flat(config, _FREE, _FREE_OF)


def results(folder: pathlib.Path) -> dict[str, Any] | None:
  """What the evaluation of a finished run found; None where it has not ended.

  Args:
    folder: the run's workdir.
  """
  try:
    found = json.loads((folder / 'evaluation' / 'results.json').read_text())
    return found if 'step' in found else None
  except (OSError, TypeError, ValueError):  # not yet, or cut short by a kill
    return None
