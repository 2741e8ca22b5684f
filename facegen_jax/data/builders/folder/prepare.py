"""Prepares a folder once; a changed folder or setting is another dataset."""

import collections
from collections.abc import Callable
import functools
import hashlib
import itertools
import json
import os
import pathlib
import re
import tempfile

from absl import logging

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import align
from facegen_jax.data.builders import report
from facegen_jax.data.builders.folder import labels as labels_table
from facegen_jax.data.builders.folder.builder import (
  Folder,
  FolderConfig,
  new_report,
)
from facegen_jax.data.builders.folder.plan import Plan, planned
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.write import write
from facegen_jax.data.cache import cache_dir

_LISTED = 20  # skipped files that are logged one by one


def configured(
  root: str | os.PathLike,
  *,
  size: int,
  labels: str | os.PathLike | None = None,
  face_landmarker: str | os.PathLike | None = None,
  stride: int = 1,
  max_frames: int = 256,
  zoom: float = 1.0,
) -> FolderConfig:
  """What is to be prepared from a folder as it is now.

  Args:
    root: the folder; see `scan.scan` for its form.
    size: side of the stored frames, pixels.
    labels: a table, see `labels.read`, by default labels.csv in `root` if
      there is one.
    face_landmarker: MediaPipe's model, see `landmarker_file.find`.
    stride: takes every how many-th frame.
    max_frames: longer videos are cut into clips of this many frames.
    zoom: above 1 the face is larger in the frame.

  Raises:
    UserError: no folder, nothing in it, or bad labels.
  """
  settings = {
    'size': size,
    'stride': stride,
    'max_frames': max_frames,
    'zoom': zoom,
  }
  for name, value in settings.items():
    if value <= 0:
      raise UserError(f'{name} is {value}; it must be above 0')
  root = expanded(root)
  table = labels_table.find(root, labels)
  plan = planned(root, table)  # errors show before any work
  mark = _fingerprint(root, plan, table, settings)
  stem = re.sub(r'[^A-Za-z0-9_-]+', '_', root.resolve().name) or 'root'
  return FolderConfig(
    name=f'{stem[:40]}-{size}px-{mark}',
    root=os.fspath(root),
    labels=os.fspath(table) if table else None,
    face_landmarker=os.fspath(face_landmarker) if face_landmarker else None,
    fingerprint=mark,
    **settings,
  )


def prepare(
  config: FolderConfig,
  data_dir: str | os.PathLike | None = None,
  on_files: Callable[[str, int, int], None] | None = None,
) -> Folder:
  """Writes the dataset of a folder, or finds it whole and reuses it.

  Faces that an interrupted run has found are not looked for again.

  Args:
    config: from `configured`.
    data_dir: where datasets are kept, by default in the user's cache.
    on_files: told (what is done, files, of how many) after each file.

  Returns:
    The builder: `.as_data_source('full')`; its report is
    `report.read(builder.data_dir)`.

  Raises:
    UserError: nothing usable, no model, full disk.
  """
  data_dir = expanded(data_dir or cache_dir() / 'datasets')
  builder = _make(config, data_dir)
  if builder.data_path.exists():
    return builder
  journal = Journal(data_dir / 'unfinished' / f'folder-{config.name}')
  builder.journal = journal
  builder.on_files = on_files and functools.partial(on_files, 'prepared')
  write(builder, data_dir)
  journal.clear()
  _tell(report.read(builder.data_dir))
  return _make(config, data_dir)


def judge(
  config: FolderConfig,
  on_files: Callable[[str, int, int], None] | None = None,
) -> report.Report:
  """Looks for the faces of a folder and reports; writes nothing."""
  plan = planned(config.root, config.labels)
  made = new_report(config, plan)
  with tempfile.TemporaryDirectory() as unused:
    builder = _make(config, pathlib.Path(unused))
    builder.on_files = on_files and functools.partial(on_files, 'judged')
    examples = builder.examples(plan.items, plan, made, itertools.count(1))
    collections.deque(examples, maxlen=0)
  return made


def _fingerprint(
  root: pathlib.Path,
  plan: Plan,
  table: pathlib.Path | None,
  settings: dict[str, object],
) -> str:
  """Hash of all that the dataset is made from, contents by size and time."""
  stats = [(root / item.path).stat() for item in plan.items]
  files = [
    (item.path, stat.st_size, stat.st_mtime_ns)
    for item, stat in zip(plan.items, stats, strict=True)
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


def _tell(made: report.Report) -> None:
  """Logs the coverage, and what is skipped while that is a readable list."""
  logging.info('%s', made.summary())
  for name, reason in made.skipped[:_LISTED]:
    logging.warning('skipped %s: %s', name, reason)
  if len(made.skipped) > _LISTED:
    logging.warning(
      'skipped %d more, see %s', len(made.skipped) - _LISTED, report.FILE
    )
