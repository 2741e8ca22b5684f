"""Finds and cuts the faces of a prepared dataset, once."""

from collections.abc import Callable, Iterator, Mapping
import contextlib
import functools
import hashlib
import json
import os
import pathlib
import re
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import faces as detector
from facegen_jax.data import pictures
from facegen_jax.data.builders import report
from facegen_jax.data.builders.faces import tracks
from facegen_jax.data.builders.faces.builder import (
  Faces,
  FacesConfig,
  Placed,
  plain,
)
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.prepare import OnFrames
from facegen_jax.data.builders.report import Report
from facegen_jax.data.builders.write import full, write
from facegen_jax.data.crops import cut, gaps, kinds, landmark_csv, statistics

Tracker = Callable[[Mapping[str, Any]], tracks.Track | None]


def prepare(
  source: tfds.core.DatasetBuilder,
  crop: str,
  *,
  data_dir: str | os.PathLike,
  size: int | None = None,
  face_landmarker: str | os.PathLike | None = None,
  landmarks: str | os.PathLike | None = None,
  on_clips: OnFrames | None = None,
) -> Faces:
  """Writes the crops of a prepared dataset, or finds them and reuses them.

  Faces that an interrupted run has found are not looked for again.

  Args:
    source: a builder from `builders.prepare.prepare`.
    crop: one of `kinds.KINDS`.
    data_dir: where datasets are kept.
    size: side of the pictures, by default the kind's.
    face_landmarker: MediaPipe's model, see `landmarker_file.find`.
    landmarks: the user's own in place of a detector, see `landmark_csv.read`.
    on_clips: told (what is done, clips, of how many).

  Returns:
    The builder; beside its records lie report.json and contact_sheet.png.

  Raises:
    UserError: no such crop, no face in any clip, bad landmarks, a full disk.
  """
  data_dir = expanded(data_dir)
  config, made = _described(source, kinds.kind(crop), size, landmarks)
  builder = _make(config, data_dir)
  if builder.data_path.exists():
    return builder
  journal = Journal(data_dir / 'unfinished' / f'faces-{config.name}')
  builder.source = source.as_data_source(split='full')
  try:
    with _tracker(config.kind, face_landmarker, landmarks, journal) as tracker:
      builder.placed = _placed(builder, tracker, made, on_clips)
  except OSError as error:
    raise full(data_dir, error) from error
  builder.report, builder.on_clips = made, on_clips
  write(builder, data_dir)
  journal.clear()
  return _make(config, data_dir)


def _make(config: FacesConfig, data_dir: pathlib.Path) -> Faces:
  return Faces(
    data_dir=os.fspath(data_dir), config=config, file_format='array_record'
  )


def _described(
  source: tfds.core.DatasetBuilder,
  kind: kinds.Kind,
  size: int | None,
  landmarks: str | os.PathLike | None,
) -> tuple[FacesConfig, Report]:
  size = kind.size if size is None else size
  if size < 8:
    raise UserError(f'size is {size}; a face needs at least 8 px')
  whole = report.read(source.data_dir)
  own = landmarks and hashlib.sha256(_bytes(landmarks)).hexdigest()
  parts = [
    str(Faces.VERSION),
    [whole.fingerprint, whole.clip_list, whole.content],
    [kind, size, kinds.version(), own],
  ]
  mark = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
  stem = re.sub(r'\W+', '_', whole.dataset)
  config = FacesConfig(
    name=f'{stem}-{kind.name}-{size}px-{mark}',
    kind=kind,
    size=size,
    fingerprint=mark,
  )
  version = f'{kind.name} {size} px {kinds.version()}'
  made = Report(
    dataset=whole.dataset,
    source=whole.source,
    fingerprint=mark,
    found=whole.clips,
    published=whole.published,
    content=whole.content,
    crop=version + (', own landmarks' if own else ''),
  )
  return config, made


def _bytes(path: str | os.PathLike) -> bytes:
  try:
    return expanded(path).read_bytes()
  except OSError as error:
    raise UserError(
      f'{path}: the landmarks cannot be read ({error.strerror}); check the path'
    ) from error


@contextlib.contextmanager
def _tracker(
  kind: kinds.Kind,
  face_landmarker: str | os.PathLike | None,
  landmarks: str | os.PathLike | None,
  journal: Journal,
) -> Iterator[Tracker]:
  """Gives a record's track, None where a kind wants no face and has none."""
  if landmarks:
    table = landmark_csv.read(expanded(landmarks))
    yield lambda r: tracks.given(r, table.get((r['subject'], r['clip'])))
  elif kind.place == 'centre':
    yield lambda record: None
  else:
    with contextlib.ExitStack() as stack:
      opened = functools.cache(
        lambda: stack.enter_context(detector.Landmarker(face_landmarker))
      )
      yield lambda r: tracks.detected(r, opened, journal, tracks.name(r))


def _placed(
  builder: Faces, tracker: Tracker, made: Report, on_clips: OnFrames | None
) -> list[Placed]:
  """Clips with a face and their crops; what is left out goes into `made`."""
  config, placed, figures = builder.builder_config, [], []
  for index in range(len(builder.source)):
    record = plain(builder.source[index])
    name = tracks.name(record)
    try:
      track = tracker(record)
    except UserError as error:
      made.skipped.append((name, str(error)))
    else:
      made.notes += [(name, remark) for remark in _remarks(record, track)]
      clip = _place(index, record, track, config)
      placed.append(clip)
      if track:
        figures.append(statistics.clip_figures(track.landmarks, clip.crop))
    if on_clips:
      on_clips('looked at', index + 1, len(builder.source))
  made.used, made.faces = len(placed), statistics.summary(figures)
  if not placed:
    reasons = '; '.join(f'{clip}: {why}' for clip, why in made.skipped[:3])
    raise UserError(
      f'{made.source}: no face to cut out in any of {made.found} clips '
      f'({reasons}); --crop=whole wants none, --landmarks takes your own'
    )
  return placed


def _place(
  index: int,
  record: Mapping[str, Any],
  track: tracks.Track | None,
  config: FacesConfig,
) -> Placed:
  first = pictures.decode(record['frames'][0])
  if track is None:
    crop = cut.place(config.kind, None, first.shape, config.size)
    return Placed(index, crop, np.zeros((0, 68, 2), np.float32))
  face = track.landmarks[track.first]
  crop = cut.place(config.kind, face, first.shape, config.size)
  return Placed(index, crop, gaps.filled(track.landmarks)[0])


def _remarks(
  record: Mapping[str, Any], track: tracks.Track | None
) -> Iterator[str]:
  if track is None:
    return
  if track.most > 1:
    yield f'{track.most} faces: the largest of the onset is followed'
  onset = tracks.onset(record)
  if track.first != onset:
    yield (
      f'no face in frame {onset}, the onset: the crop is that of frame '
      f'{track.first}'
    )
  gone = sum(face is None for face in track.landmarks)
  if gone:
    yield (
      f'{gone} of {len(track.landmarks)} frames have no face: their landmarks '
      'are interpolated'
    )
