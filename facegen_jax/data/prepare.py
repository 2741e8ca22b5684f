"""Prepares a dataset: python -m facegen_jax.data.prepare --dataset=mug ...

Every frame is opened first; what is damaged is left out and told. The dataset
is written once, as TFDS array_record files under --data_dir; a second call
finds it, and a call that was interrupted is gone on with. With --crop a second
dataset is made from it, whose faces are cut out.
"""

import os
import sys

from absl import app, flags, logging

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.cache import cache_dir
from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.data.progress import Counted

DATASETS = ('folder', *vocabulary.LICENSED)

_DATASET = flags.DEFINE_string(
  'dataset', None, f'Which dataset: {", ".join(DATASETS)}.'
)
_MANUAL_DIR = flags.DEFINE_string(
  'manual_dir',
  None,
  'Folder of the unpacked download; of a folder: of the footage, a sub-folder '
  'or a file a person.',
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir', None, "Where datasets are kept; default: the user's cache."
)
_REPORT = flags.DEFINE_bool(
  'report', False, 'Read and judge alone: list what is wrong, write nothing.'
)
_VARIANT = flags.DEFINE_string(
  'variant', None, 'Which part of a licensed dataset; default: its first.'
)
_CROP = flags.DEFINE_string(
  'crop', None, 'Cut faces out too: aligned, black, micro, ffhq, whole.'
)
_LANDMARKS = flags.DEFINE_string(
  'landmarks', None, 'CSV of landmarks in place of the detector, for --crop.'
)
_SIZE = flags.DEFINE_integer(
  'size', None, "Side of the cut-out, pixels; default: the crop's, or 64."
)
_STRIDE = flags.DEFINE_integer(
  'stride', 1, 'Folder: take every how many-th frame.'
)
_MAX_FRAMES = flags.DEFINE_integer(
  'max_frames', 256, 'Folder: cut longer videos into clips of so many frames.'
)
_LABELS = flags.DEFINE_string(
  'labels', None, 'Folder: table of labels; default: labels.csv in it.'
)


def prepare() -> None:
  """Prepares what the flags say and prints its coverage."""
  if _DATASET.value not in DATASETS:
    raise UserError(
      f'--dataset={_DATASET.value}: there is no such dataset; there is '
      f'{", ".join(DATASETS)}'
    )
  if not _MANUAL_DIR.value:
    raise UserError('--manual_dir is missing; name the folder of the footage')
  if _DATASET.value == 'folder':
    _folder()
  else:
    _licensed(_DATA_DIR.value or os.fspath(cache_dir() / 'datasets'))


# TFDS and MediaPipe take seconds to load; --help does not wait for them.


def _folder() -> None:
  from facegen_jax.data.builders import report
  from facegen_jax.data.builders.folder import prepare as folder

  progress = Counted('files')
  config = folder.configured(
    _MANUAL_DIR.value,
    size=_SIZE.value or 64,
    labels=_LABELS.value,
    face_landmarker=FACE_LANDMARKER.value,
    stride=_STRIDE.value,
    max_frames=_MAX_FRAMES.value,
  )
  if _REPORT.value:
    print(folder.judge(config, progress).text())
    return
  builder = folder.prepare(config, _DATA_DIR.value, progress)
  _tell(report.read(builder.data_dir), builder.data_dir)


def _licensed(data_dir: str) -> None:
  from facegen_jax.data.builders import prepare as licensed
  from facegen_jax.data.builders import report

  source = licensed.find(_DATASET.value, _MANUAL_DIR.value, _VARIANT.value)
  progress = Counted('frames')
  if _REPORT.value:
    print(licensed.judge(source, progress).text())
    return
  for path in licensed.earlier(source, data_dir):
    print(f'the source has changed since {path} was prepared', file=sys.stderr)
  builder = licensed.prepare(source, data_dir, progress)
  _tell(report.read(builder.data_dir), builder.data_dir)
  if _CROP.value:
    _crop(builder, data_dir)


def _crop(builder: object, data_dir: str) -> None:
  from facegen_jax.data.builders import report
  from facegen_jax.data.builders.faces import prepare as faces

  cut = faces.prepare(
    builder,
    _CROP.value,
    data_dir=data_dir,
    size=_SIZE.value,
    face_landmarker=FACE_LANDMARKER.value,
    landmarks=_LANDMARKS.value,
    on_clips=Counted('clips'),
  )
  _tell(report.read(cut.data_dir), cut.data_dir)


def _tell(made: object, folder: object) -> None:
  """The figures, the differences to the published ones, and the place."""
  print(made.summary())
  for line in made.differences():
    print(f'warning: {line}', file=sys.stderr)
  print(folder)


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
