"""What the builders of the licensed datasets have in common."""

from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
import dataclasses
import functools
import itertools
import pathlib
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, video, vocabulary
from facegen_jax.data.builders import features
from facegen_jax.data.builders.found import Found, FoundClip
from facegen_jax.data.builders.report import Report
from facegen_jax.data.builders.verify import Verified

# TFDS holds a shard's examples in memory while it writes the shard.
_SHARD_BYTES = 64 << 20
_VIDEO_FRAME_BYTES = 200_000  # of a re-encoded frame of a video, at most
_AHEAD = 16  # pictures of a video that are encoded at a time


class Variant(NamedTuple):
  """One of the forms in which a dataset is read."""

  settings: dict[str, Any]  # of the parser
  published: dict[str, Any]  # see `Report.published`


@dataclasses.dataclass(kw_only=True)
class DownloadConfig(tfds.core.BuilderConfig):
  """One state of one download; `name` is `variant` and `fingerprint`."""

  variant: str
  fingerprint: str


class Download(tfds.core.ShardBasedBuilder, skip_registration=True):
  """A licensed dataset as its owner unpacked it; `builders.prepare` runs it.

  Frames are the files' own bytes; those of a video become JPEG.

  Attributes:
    PARSE: of the dataset: folder and a variant's settings to `Found`.
    VARIANTS: by name; the first is the default.
    verified: what is written.
    report: what is laid beside it.
    on_frames: told (frames written, of how many).
  """

  VERSION = tfds.core.Version('1.0.0')  # of how a download becomes records
  RELEASE_NOTES: ClassVar = {'1.0.0': 'First.'}
  BUILDER_CONFIGS: ClassVar = []
  PARSE: ClassVar[Callable[..., Found]]
  VARIANTS: ClassVar[dict[str, Variant]]
  verified: Verified
  report: Report
  on_frames: Callable[[int, int], None] | None = None

  def _info(self) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
      builder=self,
      description=self.MANUAL_DOWNLOAD_INSTRUCTIONS,
      features=features.clip_features(),
    )

  def _shard_iterators_per_split(self, dl_manager: Any) -> dict[str, list]:
    del dl_manager  # the clips are known
    self.report.write(self.data_dir)
    films, done = Films(), itertools.count(1)
    return {
      'full': [
        functools.partial(self._examples, clips, films, done)
        for clips in _shards(self.verified)
      ]
    }

  def _examples(
    self, clips: Sequence[FoundClip], films: 'Films', done: Iterator[int]
  ) -> Iterator[tuple[str, dict[str, Any]]]:
    with futures.ThreadPoolExecutor() as pool:
      for clip in clips:
        frames = []
        for frame in _encoded(clip, films, pool):
          frames.append(frame)
          if self.on_frames:
            self.on_frames(next(done), self.report.frames)
        yield f'{clip.subject}/{clip.clip}', example(clip, frames)


def example(clip: FoundClip, frames: Sequence[bytes]) -> dict[str, Any]:
  """A record of `features.clip_features`; landmarks have not been looked for.

  Args:
    clip: of verified frames.
    frames: the encoded pictures, one a number of the clip.
  """
  graded = clip.au_intensities
  if graded is None:
    graded = np.zeros((0, len(vocabulary.AUS)))
  return {
    'frames': list(frames),
    'frame_numbers': list(clip.numbers),
    'subject': clip.subject,
    'clip': clip.clip,
    'emotion': clip.emotion,
    'emotion_id': vocabulary.emotion_id(clip.emotion),
    **{
      name: -1 if number is None else clip.numbers.index(number)
      for name, number in (
        ('onset', clip.onset),
        ('apex', clip.apex),
        ('offset', clip.offset),
      )
    },
    'aus': [unit._asdict() for unit in clip.aus],
    'au_intensities': np.asarray(graded, np.float32),
    'landmarks': np.zeros((0, vocabulary.NUM_LANDMARKS, 2), np.float32),
    'fps': clip.fps,
    'camera': clip.camera,
  }


def _shards(verified: Verified) -> Iterator[list[FoundClip]]:
  shard, size = [], 0
  for clip, more in zip(verified.clips, verified.sizes, strict=True):
    if not clip.frames:
      more = len(clip.numbers) * _VIDEO_FRAME_BYTES
    if shard and size + more > _SHARD_BYTES:
      yield shard
      shard, size = [], 0
    shard.append(clip)
    size += more
  if shard:
    yield shard


def _encoded(
  clip: FoundClip, films: 'Films', pool: futures.Executor
) -> Iterator[bytes]:
  if not clip.frames:
    shots = films.pictures(clip.path, clip.numbers)
    for part in video.batched(shots, _AHEAD):
      yield from pool.map(_jpeg, part)
  for path in clip.frames:
    try:
      yield path.read_bytes()
    except OSError as error:
      raise UserError(
        f'{path}: cannot be read any more ({error.strerror}); prepare again'
      ) from error


def _jpeg(picture: np.ndarray) -> bytes:
  return pictures.encode(picture, 'JPEG')


class Films:
  """Pictures of videos by number, decoded once where the numbers rise."""

  def __init__(self) -> None:
    self._path: pathlib.Path | None = None
    self._next = 0
    self._shots: Iterator[np.ndarray] = iter(())

  def pictures(
    self, path: pathlib.Path, numbers: Sequence[int]
  ) -> Iterator[np.ndarray]:
    """H w 3 uint8 RGB of each number, which rise."""
    for number in numbers:
      if path != self._path or number < self._next:
        self._path, self._next, self._shots = path, 0, video.read(path)
      ahead = number - self._next
      picture = next(itertools.islice(self._shots, ahead, None), None)
      if picture is None:
        raise UserError(f'{path}: frame {number} is gone; prepare again')
      self._next = number + 1
      yield picture
