"""The TFDS builder of a user's own folder."""

import collections
from collections.abc import Callable, Iterator, Sequence
import dataclasses
import pathlib
from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, video, vocabulary
from facegen_jax.data.builders import features
from facegen_jax.data.builders.folder import cut, labels, report, scan


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


class Folder(tfds.core.GeneratorBasedBuilder):
  """Clips and pictures of faces, aligned, with 68 landmarks a frame."""

  VERSION = tfds.core.Version('1.0.0')
  RELEASE_NOTES = {'1.0.0': 'First.'}
  BUILDER_CONFIGS = []
  on_file: Callable[[int, int], None] | None = None  # (done, of how many)

  def _info(self) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
      builder=self,
      description='A folder of faces; one aligned crop a clip.',
      features=features.clip_features(),
    )

  def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
    del dl_manager  # the folder is the user's own
    return {'full': self._generate_examples()}

  def _generate_examples(self) -> Iterator[tuple[str, dict[str, Any]]]:
    config = self.builder_config
    listing = scan.scan(config.root)
    table = labels.read(config.labels) if config.labels else {}
    made = _new_report(config, listing, table)
    owned = owners(listing.items, table)
    with faces.Landmarker(config.face_landmarker) as landmarker:
      for done, (item, owner) in enumerate(
        zip(listing.items, owned, strict=True)
      ):
        label = table.get(item.path, labels.Label())
        for clip, fps, piece in _clips(config, item, owner, landmarker, made):
          _count(made, owner.subject, label, piece)
          yield (
            f'{owner.subject}/{clip}',
            _example(owner.subject, clip, label, fps, piece),
          )
        if self.on_file:
          self.on_file(done + 1, len(listing.items))
    if not made.clips:
      raise UserError(_nothing_usable(made))
    made.write(self.data_dir)


class Owner(NamedTuple):
  """Whose a file is and what its clip is called."""

  subject: str
  clip: str


def owners(
  items: Sequence[scan.Item], table: dict[str, labels.Label]
) -> list[Owner]:
  """Subject and clip name of each file; no two alike.

  A clip is named by its path below the subject's folder, without the suffix
  where that leaves no two of a subject alike, else by its whole path.
  """
  subjects, names = [], []
  for item in items:
    label = table.get(item.path)
    subjects.append(label.subject if label and label.subject else item.subject)
    path = pathlib.PurePosixPath(item.path)
    below = path.relative_to(path.parts[0]) if len(path.parts) > 1 else path
    names.append(below.with_suffix('').as_posix())
  count = collections.Counter(zip(subjects, names, strict=True))
  return [
    Owner(subject, name if count[subject, name] == 1 else item.path)
    for item, subject, name in zip(items, subjects, names, strict=True)
  ]


def _clips(
  config: FolderConfig,
  item: scan.Item,
  owner: Owner,
  landmarker: faces.Landmarker,
  made: report.Report,
) -> Iterator[tuple[str, float, cut.Piece]]:
  """Name, rate and frames of each clip of a file; notes what is left out."""
  path = pathlib.Path(config.root, item.path)
  written = frames = 0
  try:
    shots = cut.opened(path, item.kind)
    found = cut.track(shots, landmarker, config.stride)
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
    made.skipped.append([item.path, reason])
    return
  made.used += 1
  made.notes += [[item.path, note] for note in _remarks(found, frames)]


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
  subject: str, clip: str, label: labels.Label, fps: float, piece: cut.Piece
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


def _new_report(
  config: FolderConfig, listing: scan.Listing, table: dict[str, labels.Label]
) -> report.Report:
  paths = [item.path for item in listing.items]
  return report.Report(
    root=config.root,
    fingerprint=config.fingerprint,
    files=len(paths),
    skipped=[list(pair) for pair in listing.skipped],
    labels_without_file=list(labels.without_file(table, paths)),
  )


def _count(
  made: report.Report, subject: str, label: labels.Label, piece: cut.Piece
) -> None:
  made.clips += 1
  made.frames += len(piece.frames)
  made.labelled += bool(label.emotion)
  if subject not in made.subjects:
    made.subjects.append(subject)


def _nothing_usable(made: report.Report) -> str:
  reasons = collections.Counter(reason for _, reason in made.skipped)
  most = '; '.join(f'{n} x {why}' for why, n in reasons.most_common(3))
  return (
    f'{made.root}: none of its {made.files} videos and pictures can be used '
    f'({most}); see that each shows a face of at least {cut.MIN_FACE} px'
  )
