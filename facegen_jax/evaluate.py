"""The tables of a trained run on held-out people.

python -m facegen_jax.evaluate --workdir=runs/a

As `facegen_jax.main --mode=evaluate`, by the config that the run was trained
with; --config names another one.
"""

from collections.abc import Sequence
import pathlib

from absl import flags
from ml_collections import config_flags

from facegen_jax.config_flag import keep_compiled, opened
from facegen_jax.start import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_CONFIG = config_flags.DEFINE_config_file(
  'config', None, "In place of the run's own config.", lock_config=True
)
flags.mark_flag_as_required('workdir')


def main(argv: Sequence[str]) -> None:
  """Writes `workdir/evaluation` and prints its table."""
  del argv
  from facegen_jax import evaluation  # heavy: --help must not wait for it
  from facegen_jax.core.checkpoint import Checkpoints

  config, workdir = opened(_CONFIG), pathlib.Path(_WORKDIR.value)
  if config is None:
    config = Checkpoints(workdir, create=False).config().lock()
  keep_compiled(config)
  evaluation.evaluate(config, workdir)


if __name__ == '__main__':
  start(main)
