"""The TFDS builder of a user's own folder."""

import collections
from collections.abc import Callable, Iterator, Sequence
import dataclasses
import functools
import itertools
import pathlib
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.data import align, faces, video, vocabulary
from facegen_jax.data.builders import features
from facegen_jax.data.builders.folder import cut, scan
from facegen_jax.data.builders.folder.label import Label
from facegen_jax.data.builders.folder.plan import Owner, Plan, planned
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.report import Report

# TFDS holds a shard's examples in memory while it writes the shard.
_SHARD_PICTURES, _SHARD_VIDEOS = 1024, 8


@dataclasses.dataclass(kw_only=True)
class FolderConfig(tfds.core.BuilderConfig):
  """Settings of one prepared folder; `name` is unique to them and the files.

  Attributes:
    root: the folder with the clips.
    size: side of the stored frames, pixels.
    stride: every how many-th frame is taken.
    max_frames: a longer video is cut into several clips.
    zoom: see `align.crop_from_landmarks`.
    labels: path of the labels' table, None without one.
    face_landmarker: path of MediaPipe's model, None to look for it.
    fingerprint: hash of the above and the list of files.
  """

  root: str = ''
  size: int = 64
  stride: int = 1
  max_frames: int = 256
  zoom: float = 1.0
  labels: str | None = None
  face_landmarker: str | None = None
  fingerprint: str = ''


class Folder(tfds.core.ShardBasedBuilder):
  """Clips and pictures of faces, aligned, with 68 landmarks a frame.

  Attributes:
    journal: of the faces that an interrupted run has found.
    on_files: told (files done, of how many).
  """

  VERSION = tfds.core.Version('1.0.0')
  RELEASE_NOTES = {'1.0.0': 'First.'}
  BUILDER_CONFIGS = []
  journal = Journal(None)
  on_files: Callable[[int, int], None] | None = None

  def _info(self) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
      builder=self,
      description='A folder of faces; one aligned crop a clip.',
      features=features.clip_features(),
    )

  def _shard_iterators_per_split(self, dl_manager: Any) -> dict[str, list]:
    del dl_manager  # the folder is the user's own
    plan = planned(self.builder_config.root, self.builder_config.labels)
    made, done = new_report(self.builder_config, plan), itertools.count(1)

    def examples(items: list[scan.Item]) -> Iterator[tuple[str, dict]]:
      yield from self.examples(items, plan, made, done)
      if items[-1] is plan.items[-1]:
        check(made).write(self.data_dir)

    return {
      'full': [
        functools.partial(examples, items) for items in _shards(plan.items)
      ]
    }

  def examples(
    self,
    items: Sequence[scan.Item],
    plan: Plan,
    made: Report,
    done: Iterator[int],
  ) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records of some of a plan's files; what is found goes into `made`."""
    config = self.builder_config
    with faces.Landmarker(config.face_landmarker) as landmarker:
      for item in items:
        owner = plan.owners[item.path]
        label = plan.labels.get(item.path, Label())
        track = functools.partial(self._track, item, landmarker)
        for clip, fps, piece in _clips(config, item, owner, track, made):
          record = _example(owner.subject, clip, label, fps, piece)
          made.count(record)
          yield f'{owner.subject}/{clip}', record
        if self.on_files:
          self.on_files(next(done), len(plan.items))

  def _track(self, item: scan.Item, landmarker: faces.Landmarker) -> cut.Track:
    """Where the face is, as the journal has it if the file is the same."""
    config = self.builder_config
    path = pathlib.Path(config.root, item.path)
    stat = path.stat()
    key = f'{path} {stat.st_size} {stat.st_mtime_ns} {config.stride}'
    known = self.journal.get(key)
    if known is None:
      shots = cut.opened(path, item.kind)
      found = cut.track(shots, landmarker, config.stride)
      points = [face.tolist() for face in found.landmarks]
      self.journal.put(key, found._replace(landmarks=points))
      return found
    found = cut.Track(*known)
    points = [np.array(face, np.float32) for face in found.landmarks]
    return found._replace(landmarks=points)


def _shards(items: Sequence[scan.Item]) -> Iterator[list[scan.Item]]:
  shard, room = [], 1.0
  for item in items:
    share = 1 / (_SHARD_VIDEOS if item.kind == 'video' else _SHARD_PICTURES)
    if shard and room < share:
      yield shard
      shard, room = [], 1.0
    shard.append(item)
    room -= share
  yield shard


def _clips(
  config: FolderConfig,
  item: scan.Item,
  owner: Owner,
  track: Callable[[], cut.Track],
  made: Report,
) -> Iterator[tuple[str, float, cut.Piece]]:
  """Name, rate and frames of each clip of a file; notes what is left out."""
  path = pathlib.Path(config.root, item.path)
  written = frames = 0
  try:
    found = track()
    fps = video.probe(path).fps / config.stride if item.kind == 'video' else 0
    several = len(found.numbers) > config.max_frames
    for number, piece in enumerate(
      cut.pieces(
        path,
        item.kind,
        found,
        size=config.size,
        max_frames=config.max_frames,
        zoom=config.zoom,
      )
    ):
      name = f'{owner.clip}@{number:04d}' if several else owner.clip
      yield name, float(fps), piece
      written, frames = written + 1, frames + len(piece.frames)
    if not written:
      raise UserError('the face leaves its place in every frame')
  except UserError as error:
    reason = str(error).removeprefix(f'{path}: ')
    made.skipped.append((item.path, reason))
    return
  made.used += 1
  made.notes += [(item.path, note) for note in _remarks(found, frames)]


def _remarks(found: cut.Track, frames: int) -> Iterator[str]:
  if found.most > 1:
    yield f'{found.most} faces: the largest is taken'
  absent = found.looked - len(found.numbers)
  if absent:
    yield f'{absent} of {found.looked} frames have no face: left out'
  gone = len(found.numbers) - frames
  if gone:
    yield f'{gone} of {found.looked} frames have the face elsewhere: left out'


def _example(
  subject: str, clip: str, label: Label, fps: float, piece: cut.Piece
) -> dict[str, Any]:
  numbers = np.array(piece.frame_numbers)
  return {
    'frames': piece.frames,
    'frame_numbers': piece.frame_numbers,
    'subject': subject,
    'clip': clip,
    'emotion': label.emotion,
    'emotion_id': vocabulary.emotion_id(label.emotion),
    'onset': _index(numbers, label.onset),
    'apex': _index(numbers, label.apex),
    'offset': _index(numbers, label.offset),
    'aus': [],
    'au_intensities': np.zeros((0, len(vocabulary.AUS)), np.float32),
    'landmarks': piece.landmarks,
    'fps': fps,
    # Two videos of a person need share neither light nor place.
    'camera': clip.partition('@')[0],
  }


def _index(numbers: np.ndarray, number: int) -> int:
  """The stored frame nearest to one of the footage, -1 if outside."""
  if not numbers[0] <= number <= numbers[-1]:
    return -1
  return int(np.abs(numbers - number).argmin())


def new_report(config: FolderConfig, plan: Plan) -> Report:
  """What is known before any file is opened."""
  return Report(
    dataset='folder',
    source=config.root,
    fingerprint=config.fingerprint,
    unit='files',
    found=plan.found,
    skipped=list(plan.skipped),
    crop=f'align{align.VERSION}',
  )


def check(made: Report) -> Report:
  """A finished report; raises UserError where nothing could be used."""
  if made.clips:
    return made
  reasons = collections.Counter(reason for _, reason in made.skipped)
  most = '; '.join(f'{n} x {why}' for why, n in reasons.most_common(3))
  raise UserError(
    f'{made.source}: none of its {made.found} videos and pictures can be used '
    f'({most}); see that each shows a face of at least {faces.MIN_FACE} px'
  )
