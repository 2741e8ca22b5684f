"""One self-contained page about a run, and its tables.

python -m facegen_jax.report.make --workdir=runs/demo

Writes report/index.html, which opens from disk and asks the network for
nothing, with report/tables.md and report/tables.tex beside it.
"""

from collections.abc import Sequence
import os
import pathlib

from absl import flags

from facegen_jax import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a run.')
flags.mark_flag_as_required('workdir')


def main(argv: Sequence[str]) -> None:
  """Writes the report and says where it lies."""
  del argv
  # A report must not take the accelerator away from the training it is about.
  os.environ.setdefault('JAX_PLATFORMS', 'cpu')
  from facegen_jax.report.write import write

  path = write(pathlib.Path(_WORKDIR.value))
  print(f'{path} ({path.stat().st_size / 1e6:.1f} MB)')


if __name__ == '__main__':
  start.start(main)
