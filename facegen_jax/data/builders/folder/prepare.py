"""Prepares a folder once; a changed folder or setting is another dataset."""

from collections.abc import Callable
import contextlib
import hashlib
import io
import json
import os
import pathlib
import re

from absl import logging
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.data import align
from facegen_jax.data.builders.folder import labels as labels_table
from facegen_jax.data.builders.folder import report, scan
from facegen_jax.data.builders.folder.builder import Folder, FolderConfig
from facegen_jax.data.cache import cache_dir

_LISTED = 20  # skipped files that are logged one by one


def prepare_folder(
  root: str | os.PathLike,
  *,
  size: int,
  data_dir: str | os.PathLike | None = None,
  labels: str | os.PathLike | None = None,
  face_landmarker: str | os.PathLike | None = None,
  stride: int = 1,
  max_frames: int = 256,
  zoom: float = 1.0,
  on_file: Callable[[int, int], None] | None = None,
) -> Folder:
  """Writes the dataset of a folder, or finds it whole and reuses it.

  An interrupted run leaves nothing that counts; the next one starts afresh.

  Args:
    root: the folder; see `scan.scan` for its form.
    size: side of the stored frames, pixels.
    data_dir: where datasets are kept, by default in the user's cache.
    labels: a table, by default labels.csv in `root` if there is one.
    face_landmarker: MediaPipe's model, see `landmarker_file.find`.
    stride: takes every how many-th frame.
    max_frames: longer videos are cut into clips of this many frames.
    zoom: above 1 the face is larger in the frame.
    on_file: told (files done, of how many) after each file.

  Returns:
    The builder: `.as_data_source('full')`; its report is
    `report.read(builder.data_dir)`.

  Raises:
    UserError: no folder, bad labels, nothing usable, no model, full disk.
  """
  config = _config(
    pathlib.Path(root).expanduser(),
    labels,
    size=size,
    stride=stride,
    max_frames=max_frames,
    zoom=zoom,
    face_landmarker=os.fspath(face_landmarker) if face_landmarker else None,
  )
  data_dir = pathlib.Path(data_dir or cache_dir() / 'datasets').expanduser()
  builder = _make(config, data_dir)
  if not builder.data_path.exists():
    _write(builder, data_dir, on_file)
    builder = _make(config, data_dir)
    _tell(report.read(builder.data_dir))
  return builder


def _config(
  root: pathlib.Path, labels: str | os.PathLike | None, **settings: object
) -> FolderConfig:
  for name in ('size', 'stride', 'max_frames', 'zoom'):
    if settings[name] <= 0:
      raise UserError(f'{name} is {settings[name]}; it must be above 0')
  listing = scan.scan(root)
  table = labels_table.find(root, labels)
  if table:
    labels_table.read(table)  # errors show before any work
  mark = _fingerprint(root, listing, table, settings)
  stem = re.sub(r'[^A-Za-z0-9_-]+', '_', root.resolve().name) or 'root'
  return FolderConfig(
    name=f'{stem[:40]}-{settings["size"]}px-{mark}',
    root=os.fspath(root),
    labels=os.fspath(table) if table else None,
    fingerprint=mark,
    **settings,
  )


def _fingerprint(
  root: pathlib.Path,
  listing: scan.Listing,
  table: pathlib.Path | None,
  settings: dict[str, object],
) -> str:
  """Hash of all that the dataset is made from, contents by size and time."""
  stats = [(root / item.path).stat() for item in listing.items]
  files = [
    (item.path, stat.st_size, stat.st_mtime_ns)
    for item, stat in zip(listing.items, stats, strict=True)
  ]
  parts = [
    str(Folder.VERSION),
    align.VERSION,
    {k: v for k, v in settings.items() if k != 'face_landmarker'},
    files,
    hashlib.sha256(table.read_bytes()).hexdigest() if table else None,
  ]
  return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _make(config: FolderConfig, data_dir: pathlib.Path) -> Folder:
  return Folder(
    data_dir=os.fspath(data_dir), config=config, file_format='array_record'
  )


def _write(
  builder: Folder,
  data_dir: pathlib.Path,
  on_file: Callable[[int, int], None] | None,
) -> None:
  builder.on_file = on_file
  tfds.disable_progress_bar()  # ours counts files, not records
  try:
    with contextlib.redirect_stdout(io.StringIO()):  # TFDS's chatter
      builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
          manual_dir=builder.builder_config.root
        )
      )
  except OSError as error:
    if builder.data_path.exists():
      return  # another process was quicker with the same dataset
    raise UserError(
      f'{data_dir}: the dataset cannot be written ({error}); free some space '
      'or pick another --data_dir'
    ) from error


def _tell(made: report.Report) -> None:
  """Logs the coverage, and what is skipped while that is a readable list."""
  logging.info('%s', made.summary())
  for name, reason in made.skipped[:_LISTED]:
    logging.warning('skipped %s: %s', name, reason)
  if len(made.skipped) > _LISTED:
    logging.warning(
      'skipped %d more, see %s', len(made.skipped) - _LISTED, report.FILE
    )
