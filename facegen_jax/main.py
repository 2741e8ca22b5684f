"""Trains or evaluates a system: flags and start-up, nothing else.

python -m facegen_jax.main --config=configs/aipgan.py --workdir=runs/a
"""

from collections.abc import Sequence
import pathlib

from absl import flags
from ml_collections import config_flags

from facegen_jax.config_flag import keep_compiled, opened
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
  config, workdir = opened(_CONFIG), pathlib.Path(_WORKDIR.value)
  keep_compiled(config)
  # After the flags: --help must not wait for compilers.
  from facegen_jax import evaluation, train

  if _MODE.value == 'train':
    train.train(config, workdir)
  else:
    evaluation.evaluate(config, workdir)


if __name__ == '__main__':
  start(main)
