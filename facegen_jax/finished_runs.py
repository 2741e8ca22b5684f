"""Runs in folders of their own, of which a finished one is not run again."""

import json
import pathlib
from typing import Any

from absl import logging
import ml_collections

from facegen_jax import evaluation, train
from facegen_jax.core.claim import claim, flat

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


def run(config: Any, folder: pathlib.Path) -> dict[str, Any]:
  """Trains and evaluates in a folder, or reads the results of a finished run.

  Raises:
    UserError: the folder is that of a run with other settings.
  """
  claim(folder, settings(config), told='a run with config.', flag='--workdir')
  try:
    found = json.loads((folder / 'evaluation' / 'results.json').read_text())
    logging.info('%s is finished: step %d', folder, found['step'])
    return found
  except (OSError, ValueError, KeyError):  # not yet, or cut short by a kill
    train.train(config, folder)
    return evaluation.evaluate(config, folder)


def settings(config: Any) -> dict[str, Any]:
  """The values that a result depends on, as 'data.seed' -> value."""
  return flat(config, _FREE, _FREE_OF)
