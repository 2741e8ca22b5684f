"""Trains or evaluates a system: flags and start-up, nothing else.

python -m facegen_jax.main --config=configs/aipgan.py --workdir=runs/a

On many hosts the same with --multihost, see docs/laptop_to_pod.md.
"""

from collections.abc import Sequence
import pathlib

from absl import flags
from ml_collections import config_flags

from facegen_jax.config_flag import keep_compiled, opened
from facegen_jax.core import cluster
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
_MULTIHOST = flags.DEFINE_bool(
  'multihost',
  None,
  'One run of many processes, as the cluster tells (SLURM, Open MPI, TPU, GKE) '
  'or the three flags below.',
)
_COORDINATOR = flags.DEFINE_string(
  'coordinator', None, 'HOST:PORT of the first process.'
)
_PROCESSES = flags.DEFINE_integer('processes', None, 'How many there are.', 1)
_PROCESS = flags.DEFINE_integer('process', None, 'Which is this, from 0.', 0)
_JOIN_SECONDS = flags.DEFINE_integer(
  'join_seconds', 300, 'How long to wait for the other processes.', 1
)
flags.mark_flags_as_required(['config', 'workdir'])


def main(argv: Sequence[str]) -> None:
  """Runs the chosen mode."""
  del argv
  config, workdir = opened(_CONFIG), pathlib.Path(_WORKDIR.value)
  cluster.join(
    _MULTIHOST.value,
    _COORDINATOR.value,
    _PROCESSES.value,
    _PROCESS.value,
    seconds=_JOIN_SECONDS.value,
  )
  keep_compiled(config)
  # After the flags: --help must not wait for compilers.
  from facegen_jax import evaluation, train
  from facegen_jax.core import stopping

  if _MODE.value == 'train':
    train.train(config, workdir)
  else:
    stopping.at_once()
    evaluation.evaluate(config, workdir)


if __name__ == '__main__':
  start(main)
