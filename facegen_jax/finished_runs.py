"""Runs in folders of their own, of which a finished one is not run again."""

import pathlib
from typing import Any

from absl import logging

from facegen_jax import evaluation, train
from facegen_jax.core.claim import claim
from facegen_jax.run_settings import results, settings


def run(config: Any, folder: pathlib.Path) -> dict[str, Any]:
  """Trains and evaluates in a folder, or reads the results of a finished run.

  Raises:
    UserError: the folder is that of a run with other settings.
  """
  claim(folder, settings(config), told='a run with config.', flag='--workdir')
  found = results(folder)
  if found is None:
    train.train(config, folder)
    return evaluation.evaluate(config, folder)
  logging.info('%s is finished: step %d', folder, found['step'])
  return found
