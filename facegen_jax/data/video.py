"""Video in and out as a stream.

`frames` decodes, `Writer` encodes with the source's timestamps and sound;
neither holds more than a few pictures.
"""

from collections.abc import Iterable, Iterator
import contextlib
from fractions import Fraction
import itertools
import pathlib
from typing import NamedTuple, TypeVar

import av
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.encode import Writer

__all__ = [
  'SUFFIXES',
  'Frame',
  'VideoInfo',
  'Writer',
  'batched',
  'check',
  'frames',
  'probe',
  'read',
]

SUFFIXES = frozenset(
  ('.mp4', '.m4v', '.mov', '.avi', '.mkv', '.webm', '.mpg', '.mpeg', '.gif')
)
_SLACK = 0.05  # share that may be missing without a video being cut short
_MAX_RATE = 1000  # frames a second; more is a container's mistake

Item = TypeVar('Item')
Path = str | pathlib.Path


class Frame(NamedTuple):
  """One decoded frame; `pts * time_base` is its time in seconds."""

  picture: np.ndarray  # h w 3 uint8 RGB, upright
  pts: int
  time_base: Fraction


class VideoInfo(NamedTuple):
  """What a video says of itself; sizes are those of the upright picture."""

  width: int
  height: int
  fps: Fraction
  frames: int  # estimated from the duration where the container has no count
  duration: float  # seconds, 0 when unknown
  has_audio: bool


def read(path: Path, *, partial: bool = False) -> Iterator[np.ndarray]:
  """Pictures of a video, h w 3 uint8 RGB; see `frames`."""
  for frame in frames(path, partial=partial):
    yield frame.picture


def frames(path: Path, *, partial: bool = False) -> Iterator[Frame]:
  """Decodes one frame at a time, turned upright; any pixel format.

  Frames without a timestamp get one from the average rate.

  Args:
    path: any file that FFmpeg reads.
    partial: keep what decodes of a damaged or cut file instead of raising.

  Raises:
    UserError: no such file, no video, no frame, or a damaged file.
  """
  with _opened(path) as (container, stream):
    seen = _Seen(path, stream)
    for frame in _decoded(path, container, stream, partial):
      pts, time_base = seen.add(frame)
      yield Frame(_upright(frame), pts, time_base)
    seen.check(partial)


def check(path: Path) -> int:
  """Decodes all of a video, drops the pictures and returns their number.

  Raises:
    UserError: as `frames` does.
  """
  with _opened(path) as (container, stream):
    seen = _Seen(path, stream)
    for frame in _decoded(path, container, stream, False):
      seen.add(frame)
    seen.check(False)
  return seen.count


def probe(path: Path) -> VideoInfo:
  """Size, rate, length and sound of a video; decodes its first frame only."""
  with _opened(path) as (container, stream):
    first = next(_decoded(path, container, stream, False), None)
    if first is None:
      raise UserError(f'{path}: holds no frame; export it again')
    width, height = _size(first)
    duration = _duration(container, stream)
    fps = _rate(stream)
    count = stream.frames or max(1, round(duration * fps))
    return VideoInfo(
      width, height, fps, count, duration, bool(container.streams.audio)
    )


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
  """Lists of `size` items in order, the last one perhaps shorter."""
  if size < 1:
    raise ValueError(f'size must be positive, not {size}')
  iterator = iter(items)
  while batch := list(itertools.islice(iterator, size)):
    yield batch


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple]:
  """The container and its first video stream."""
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such video file; check the path')
  if path.stat().st_size == 0:
    raise UserError(f'{path}: the file is empty; copy it again')
  try:
    # 'file:' and the list keep a playlist in disguise off the network.
    container = av.open(
      f'file:{path}',
      container_options={'protocol_whitelist': 'file'},
      metadata_errors='replace',
    )
  except (av.error.FFmpegError, OSError) as error:
    raise UserError(
      f'{path}: not a readable video ({_reason(error)}); it may be cut short, '
      'copy or export it again'
    ) from error
  with container:
    if not container.streams.video:
      raise UserError(f'{path}: has no video stream; pick another file')
    stream = container.streams.video[0]
    if stream.codec_context is None:
      raise UserError(f'{path}: unknown video codec; convert it to H.264')
    stream.thread_type = 'AUTO'
    yield container, stream


def _decoded(
  path: Path, container: object, stream: object, partial: bool
) -> Iterator[av.VideoFrame]:
  count = 0
  try:
    for frame in container.decode(stream):
      yield frame
      count += 1
  except (av.error.FFmpegError, ValueError) as error:
    if not partial or not count:
      raise UserError(
        f'{path}: cannot be decoded after frame {count} '
        f'({_reason(error)}); copy or export it again'
      ) from error


def _duration(container: object, stream: object) -> float:
  if stream.duration is not None:
    return float(stream.duration * stream.time_base)
  return (container.duration or 0) / av.time_base


def _rate(stream: object) -> Fraction:
  """Frames a second; some Matroska files claim one frame a tick."""
  for rate in (stream.average_rate, stream.guessed_rate):
    if rate and rate <= _MAX_RATE:
      return Fraction(rate)
  return Fraction(25)


def _tagged_end(stream: object) -> float:
  """When a stream ends by its tag, which FFmpeg writes to Matroska; or 0."""
  hours, _, rest = stream.metadata.get('DURATION', '').partition(':')
  minutes, _, seconds = rest.partition(':')
  try:
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
  except ValueError:
    return 0.0


class _Seen:
  """Counts and times frames, and tells whether that is all of the video."""

  def __init__(self, path: Path, stream: object) -> None:
    self.count = 0
    self._path, self._stream = path, stream
    self._size: tuple[int, int] | None = None
    self._step = 1 / _rate(stream)
    self._last: Fraction | None = None
    self._widest = self._step  # the longest that one frame has stood

  def add(self, frame: av.VideoFrame) -> tuple[int, Fraction]:
    """The frame's timestamp and clock, made from the rate if it has none.

    Raises UserError where the frame is of another size than the first one.
    """
    self._size = self._size or _size(frame)
    if _size(frame) != self._size:
      was, now = ('x'.join(map(str, s)) for s in (self._size, _size(frame)))
      raise UserError(
        f'{self._path}: the picture changes from {was} to {now} at frame '
        f'{self.count + 1}; re-encode it to one size'
      )
    pts, clock = frame.pts, frame.time_base
    if pts is None or not clock:
      pts, clock = self.count, self._step
    time = Fraction(pts * clock)
    if self._last is not None:
      self._widest = max(self._widest, time - self._last)
    self._last = time
    self.count += 1
    return pts, Fraction(clock)

  def check(self, partial: bool) -> None:
    """Raises UserError for no frame, or far fewer than the file promises."""
    path = self._path
    if not self.count:
      raise UserError(f'{path}: holds no frame; export it again')
    if partial:
      return
    promised = self._stream.frames
    if promised:
      short = self.count + max(2, _SLACK * promised) < promised
      wanted = f'{self.count} of {promised} frames decode'
    else:
      end = _tagged_end(self._stream)
      short = self._last + max(2 * self._widest, _SLACK * end) < end
      wanted = f'{float(self._last):.2f} of {end:.2f} seconds decode'
    if short:
      raise UserError(f'{path}: cut short, {wanted}; copy or export it again')


def _quarter_turns(frame: av.VideoFrame) -> int:
  """Counterclockwise quarter turns that put the picture upright."""
  return round(frame.rotation / 90) % 4


def _size(frame: av.VideoFrame) -> tuple[int, int]:
  """Width and height of the upright picture."""
  turned = _quarter_turns(frame) % 2
  size = frame.width, frame.height
  return size[::-1] if turned else size


def _upright(frame: av.VideoFrame) -> np.ndarray:
  picture = frame.to_ndarray(format='rgb24')
  turns = _quarter_turns(frame)
  return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def _reason(error: Exception) -> str:
  return getattr(error, 'strerror', None) or str(error)
