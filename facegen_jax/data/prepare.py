"""Prepares a dataset: python -m facegen_jax.data.prepare --dataset=folder ...

The dataset is written once, as TFDS array_record files under --data_dir; a
second call finds it. What was skipped, and why, is listed by --report.
"""

import sys
import time

from absl import app, flags, logging

from facegen_jax.core.errors import UserError
from facegen_jax.data.landmarker_flag import FACE_LANDMARKER

DATASETS = ('folder',)

_DATASET = flags.DEFINE_string(
  'dataset', None, f'Which dataset: {", ".join(DATASETS)}.'
)
_MANUAL_DIR = flags.DEFINE_string(
  'manual_dir', None, 'Folder of the footage: a sub-folder or a file a person.'
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir', None, "Where datasets are kept; default: the user's cache."
)
_SIZE = flags.DEFINE_integer('size', 64, 'Side of the stored frames, pixels.')
_STRIDE = flags.DEFINE_integer('stride', 1, 'Take every how many-th frame.')
_MAX_FRAMES = flags.DEFINE_integer(
  'max_frames', 256, 'Longer videos are cut into clips of this many frames.'
)
_LABELS = flags.DEFINE_string(
  'labels', None, 'Table of labels; default: labels.csv in --manual_dir.'
)
_REPORT = flags.DEFINE_bool(
  'report', False, 'List each file that is skipped or changed, and why.'
)


class Progress:
  """Files done, rate and time left, on stderr: a bar's line or a log's."""

  def __init__(self) -> None:
    self._start = time.monotonic()
    self._shown = -float('inf')

  def __call__(self, done: int, total: int) -> None:
    """Shows that `done` of `total` files are done."""
    now = time.monotonic()
    live = sys.stderr.isatty()
    if done < total and now - self._shown < (0.2 if live else 10):
      return
    self._shown = now
    rate = done / max(now - self._start, 1e-9)
    left = round((total - done) / rate)
    line = (
      f'{done}/{total} files, {rate:.2f} a second, '
      f'{left // 60}:{left % 60:02d} left'
    )
    end = '\n' if not live or done == total else ''
    print(f'\r{line}' if live else line, end=end, file=sys.stderr, flush=True)


def prepare() -> None:
  """Prepares what the flags say and prints its coverage."""
  if _DATASET.value not in DATASETS:
    raise UserError(
      f'--dataset={_DATASET.value}: there is no such dataset; there is '
      f'{", ".join(DATASETS)}'
    )
  if not _MANUAL_DIR.value:
    raise UserError('--manual_dir is missing; name the folder of the footage')
  # TFDS and MediaPipe take seconds to load; --help does not wait for them.
  from facegen_jax.data.builders.folder import prepare as folder
  from facegen_jax.data.builders.folder import report

  builder = folder.prepare_folder(
    _MANUAL_DIR.value,
    size=_SIZE.value,
    data_dir=_DATA_DIR.value,
    labels=_LABELS.value,
    face_landmarker=FACE_LANDMARKER.value,
    stride=_STRIDE.value,
    max_frames=_MAX_FRAMES.value,
    on_file=Progress(),
  )
  made = report.read(builder.data_dir)
  print(made.text() if _REPORT.value else made.summary())
  print(builder.data_dir)


def main(argv: list[str]) -> None:
  """The command; a mistake of the user's ends it with 2 and one line."""
  if len(argv) > 1:
    raise app.UsageError(f'unexpected {argv[1]!r}; every argument is a flag')
  logging.set_verbosity(logging.ERROR)  # TFDS warns of every own setting
  try:
    prepare()
  except UserError as error:
    print(f'error: {error}', file=sys.stderr)
    sys.exit(2)


if __name__ == '__main__':
  app.run(main)
