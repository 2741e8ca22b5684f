"""Trains or evaluates a system: flags and start-up, nothing else.

python -m facegen_jax.main --config=configs/aipgan.py --workdir=runs/a
"""

from collections.abc import Sequence
import os
import pathlib

from absl import flags
import ml_collections
from ml_collections import config_flags

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.start import start

_CONFIG = config_flags.DEFINE_config_file(
  'config',
  None,
  'Experiment, as configs/aipgan.py or configs/aipgan.py:smoke.',
  lock_config=True,
)
_WORKDIR = flags.DEFINE_string(
  'workdir', None, 'Folder for checkpoints, metrics, sheets and results.'
)
_MODE = flags.DEFINE_enum('mode', 'train', ['train', 'evaluate'], 'What to do.')
flags.mark_flags_as_required(['config', 'workdir'])


def main(argv: Sequence[str]) -> None:
  """Runs the chosen mode."""
  del argv
  # After the flags: --help must not wait for compilers.
  import jax

  from facegen_jax import evaluate, train

  config, workdir = _config(), pathlib.Path(_WORKDIR.value)
  cache = expanded(config.compilation_cache)
  if 'JAX_COMPILATION_CACHE_DIR' not in os.environ:
    jax.config.update('jax_compilation_cache_dir', str(cache))
  if _MODE.value == 'train':
    train.train(config, workdir)
  else:
    evaluate.evaluate(config, workdir)


def _config() -> ml_collections.ConfigDict:
  config = _CONFIG.value
  try:
    _ = config.system  # a missing file is reported at the first use
  except OSError as e:
    raise UserError(
      f'{flags.FLAGS["config"].config_filename} does not exist: give a config '
      'as configs/aipgan.py, from the root of the project'
    ) from e
  return config


if __name__ == '__main__':
  start(main)
