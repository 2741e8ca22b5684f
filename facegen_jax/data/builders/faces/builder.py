"""The TFDS builder of a prepared dataset's faces."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
import dataclasses
import functools
import itertools
import pathlib
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.data import align, pictures
from facegen_jax.data.builders import features
from facegen_jax.data.builders.faces import tracks
from facegen_jax.data.builders.prepare import OnFrames
from facegen_jax.data.builders.report import Report
from facegen_jax.data.crops import cut, kinds, tempo
from facegen_jax.data.crops.contact_sheet import MOST, contact_sheet

SHEET = 'contact_sheet.png'
_SHARD_BYTES = 64 << 20  # of raw pictures; TFDS holds a shard in memory
_CHUNK = 32  # pictures that are cut at a time


@dataclasses.dataclass(kw_only=True)
class FacesConfig(tfds.core.BuilderConfig):
  """One crop of one prepared dataset; `name` is unique to both."""

  kind: kinds.Kind
  size: int
  fingerprint: str


class Placed(NamedTuple):
  """A clip with its one crop."""

  index: int  # of the record in the source
  crop: align.Crop
  landmarks: np.ndarray  # t 68 2 source pixels; 0 68 2 where none are wanted


class Faces(tfds.core.ShardBasedBuilder):
  """Clips of faces, one fixed crop a clip, with 68 landmarks a frame.

  Attributes:
    source: records of the prepared dataset.
    placed: the clips of it that are cut.
    report: what is laid beside them.
    on_clips: told (what is done, clips, of how many).
  """

  VERSION = tfds.core.Version('1.0.0')
  RELEASE_NOTES: ClassVar = {'1.0.0': 'First.'}
  BUILDER_CONFIGS: ClassVar = []
  source: Sequence[Mapping[str, Any]]
  placed: Sequence[Placed]
  report: Report
  on_clips: OnFrames | None = None

  def _info(self) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
      builder=self,
      description='Faces cut out of a prepared dataset.',
      features=features.clip_features(),
    )

  def _shard_iterators_per_split(self, dl_manager: Any) -> dict[str, list]:
    del dl_manager  # the source is prepared
    shown: list[tuple[str, np.ndarray, np.ndarray]] = []
    done = itertools.count(1)
    run = functools.partial(self._examples, shown=shown, done=done)
    return {'full': [functools.partial(run, shard) for shard in self._shards()]}

  def _shards(self) -> Iterator[list[Placed]]:
    config = self.builder_config
    frame_bytes, shard, size = config.size**2 * 3, [], 0
    for placed in self.placed:
      count = config.kind.frames or len(self.source[placed.index]['frames'])
      if shard and size + count * frame_bytes > _SHARD_BYTES:
        yield shard
        shard, size = [], 0
      shard.append(placed)
      size += count * frame_bytes
    yield shard

  def _examples(
    self,
    shard: Sequence[Placed],
    shown: list[tuple[str, np.ndarray, np.ndarray]],
    done: Iterator[int],
  ) -> Iterator[tuple[str, dict[str, Any]]]:
    kind, total = self.builder_config.kind, len(self.placed)
    wanted = np.linspace(0, total - 1, min(total, MOST)).round()
    for placed in shard:
      record = plain(self.source[placed.index])
      with futures.ThreadPoolExecutor() as pool:
        record |= _cut(record, placed, kind, pool)
      number = next(done)
      if number - 1 in wanted:
        first = tracks.onset(record)
        picture = pictures.decode(record['frames'][first])
        points = record['landmarks'][first : first + 1]
        shown.append((tracks.name(record), picture, points))
      self.report.count(record)
      yield tracks.name(record), record
      if self.on_clips:
        self.on_clips('cut', number, total)
      if number == total:
        self.report.write(self.data_dir)
        sheet = pathlib.Path(self.data_dir, SHEET)
        pictures.write(sheet, contact_sheet(shown))


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
  """A record as it was written: text is text again, and a list of dicts."""
  made = dict(record)
  for name in ('subject', 'clip', 'emotion', 'camera'):
    made[name] = record[name].decode()
  aus = record['aus']
  made['aus'] = [
    {'au': int(au), 'side': side.decode(), 'intensity': float(intensity)}
    for au, side, intensity in zip(
      aus['au'], aus['side'], aus['intensity'], strict=True
    )
  ]
  return made


def _cut(
  record: Mapping[str, Any],
  placed: Placed,
  kind: kinds.Kind,
  pool: futures.Executor,
) -> dict[str, Any]:
  """What of a record is another one in the crop."""
  count, frames, landmarks = len(record['frames']), [], []
  # A clip that is resampled in time is short; another one may be long.
  chunk = count if kind.frames else _CHUNK
  for start in range(0, count, chunk):
    part = slice(start, start + chunk)
    shots = pool.map(pictures.decode, record['frames'][part])
    made = cut.cut(kind, placed.crop, shots, placed.landmarks[part])
    # Of three equal channels one is stored; a reader repeats it.
    stored = [p[..., 0] if kind.gray else p for p in made.pictures]
    frames += pool.map(pictures.encode, stored)
    landmarks.append(made.landmarks)
  changed = {'frames': frames, 'landmarks': np.concatenate(landmarks)}
  return changed | (_timed(record, kind.frames) if kind.frames else {})


def _timed(record: Mapping[str, Any], count: int) -> dict[str, Any]:
  """Numbers and labels of a clip that now has `count` frames."""
  length = len(record['frames'])
  index = functools.partial(tempo.resampled_index, t=length, count=count)
  numbers = np.array(record['frame_numbers'], np.float32)
  graded = np.asarray(record['au_intensities'], np.float32)
  stretch = (count - 1) / max(length - 1, 1)
  return {
    'frame_numbers': np.rint(tempo.resampled(numbers, count)).astype(np.int32),
    **{name: index(int(record[name])) for name in ('onset', 'apex', 'offset')},
    'au_intensities': tempo.resampled(graded, count) if len(graded) else graded,
    'fps': float(record['fps']) * stretch,
  }
