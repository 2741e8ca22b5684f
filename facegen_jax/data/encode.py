"""Writes a video frame by frame: H.264, source timing, source audio."""

from collections.abc import Iterator
import contextlib
from fractions import Fraction
import os
import pathlib
import tempfile
from typing import Self

import av
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.audio import AudioCopy

SUFFIXES = ('.mp4', '.mov', '.mkv')
_FORMATS = {'.mp4': 'mp4', '.mov': 'mov', '.mkv': 'matroska'}
_BT709 = 1  # AVCOL_SPC_BT709, AVCOL_PRI_BT709 and AVCOL_TRC_BT709 alike
_LIMITED = 1  # AVCOL_RANGE_MPEG
_MPEG4_TICKS = 65535  # the finest clock that MPEG-4 part 2 allows


class Writer:
  """Encodes RGB pictures; a context manager.

  yuv420p wants even sizes: an odd picture gets its last row or column twice,
  so that nothing is lost. The video grows beside `path` under a temporary
  name and takes its own name only when it is whole; after an error nothing is
  left. Colours are tagged BT.709, limited range.
  """

  def __init__(
    self,
    path: str | os.PathLike,
    *,
    rate: Fraction | float,
    width: int,
    height: int,
    audio_from: str | os.PathLike | None = None,
    time_base: Fraction | None = None,
    crf: int = 18,
    threads: int = 0,
  ) -> None:
    """Opens the file and writes its header.

    Args:
      path: .mp4, .mov or .mkv (whose clock is only 1 ms fine).
      rate: nominal frames a second; frames written without time use it.
      width: pixels of the pictures to come, even or odd.
      height: likewise.
      audio_from: a video whose audio packets are copied unchanged.
      time_base: clock of the timestamps to come, a source frame's
        `time_base`; by default fine enough for `rate`.
      crf: x264's quality, lower is better; 18 looks lossless.
      threads: of x264, whose bits depend on it; 0 = by the machine's cores.

    Raises:
      UserError: a bad suffix, folder, size or codec, or a full disk.
    """
    self.path = pathlib.Path(path)
    self._size = (int(height), int(width))
    self._rate = Fraction(rate).limit_denominator(100_000)
    self._last: int | None = None
    self._written = 0
    _check_target(self.path, self._rate, self._size)
    self._stack = contextlib.ExitStack()
    try:
      self._open(audio_from, time_base, crf, threads)
    except BaseException:
      self._abandon()
      raise

  def _open(
    self,
    audio_from: str | os.PathLike | None,
    time_base: Fraction | None,
    crf: int,
    threads: int,
  ) -> None:
    with _explained(self.path):
      handle, name = tempfile.mkstemp(
        prefix=f'.{self.path.stem}.', suffix='.part', dir=self.path.parent
      )
      self._part = pathlib.Path(name)
      # A Python file raises on every failed write; FFmpeg's own loses the last.
      self._file = self._stack.enter_context(os.fdopen(handle, 'w+b'))
      self._container = av.open(
        self._file, 'w', format=_FORMATS[self.path.suffix.lower()]
      )
      self._video = self._add_video(time_base, crf, threads)
      self._audio = AudioCopy(audio_from, self._container, self._stack)
      self._container.start_encoding()

  def _add_video(
    self, time_base: Fraction | None, crf: int, threads: int
  ) -> object:
    codec = 'libx264' if _has_encoder('libx264') else 'mpeg4'
    stream = self._container.add_stream(codec, rate=self._rate)
    context = stream.codec_context
    context.height, context.width = (side + side % 2 for side in self._size)
    context.pix_fmt = 'yuv420p'
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    if threads:
      context.thread_count = threads
    clock = Fraction(time_base or 1 / (self._rate * 256))
    if codec == 'libx264':
      # Without B frames a track lasts as long as its pictures do, also when
      # their spacing varies.
      context.options = {'crf': str(crf), 'preset': 'fast', 'bf': '0'}
    else:
      context.options = {'q:v': '2'}
      if max(clock.denominator, clock.numerator) > _MPEG4_TICKS:
        clock = Fraction(1, 60_000)
    context.time_base = self._clock = clock
    stream.time_base = clock
    return stream

  def write(
    self,
    picture: np.ndarray,
    pts: int | None = None,
    time_base: Fraction | None = None,
  ) -> None:
    """Adds a picture, h w 3 uint8 RGB.

    Args:
      picture: of the size given at the start.
      pts: its time in ticks of `time_base`; by default 1 / rate after the last.
      time_base: seconds a tick; by default the clock given at the start.
    """
    if picture.dtype != np.uint8 or picture.shape != (*self._size, 3):
      raise ValueError(
        f'{self.path}: wants uint8 {(*self._size, 3)}, '
        f'got {picture.dtype} {picture.shape}'
      )
    height, width = self._size
    if height % 2 or width % 2:
      pad = ((0, height % 2), (0, width % 2), (0, 0))
      picture = np.pad(picture, pad, mode='edge')
    frame = av.VideoFrame.from_ndarray(
      np.ascontiguousarray(picture), format='rgb24'
    ).reformat(
      format='yuv420p', dst_colorspace='ITU709', dst_color_range='MPEG'
    )
    frame.pts = self._ticks(pts, time_base)
    frame.time_base = self._clock
    with _explained(self.path):
      self._mux(self._video.encode(frame))
    self._written += 1

  def _ticks(self, pts: int | None, time_base: Fraction | None) -> int:
    """Time on our clock, later than the last one, which encoders insist on."""
    if pts is not None:
      ticks = round(pts * (time_base or self._clock) / self._clock)
    elif self._last is None:
      ticks = 0
    else:
      ticks = self._last + round(1 / self._rate / self._clock)
    if self._last is not None:
      ticks = max(ticks, self._last + 1)
    self._last = ticks
    return ticks

  def _mux(self, packets: list) -> None:
    for packet in packets:
      self._audio.copy_until(packet.dts * packet.time_base)
      self._container.mux(packet)

  def close(self) -> None:
    """Finishes the file and gives it its name.

    Raises:
      UserError: nothing was written, or the disk is full.
    """
    try:
      if not self._written:
        raise UserError(f'{self.path}: no frame was written; nothing is saved')
      with _explained(self.path):
        self._mux(self._video.encode())
        self._audio.copy_until(None)
        self._container.close()
        self._stack.close()
        _set_usual_mode(self._part)
        os.replace(self._part, self.path)
    except BaseException:
      self._abandon()
      raise

  def _abandon(self) -> None:
    """Drops the unfinished file; a second error would only hide the first."""
    with contextlib.suppress(Exception):
      if hasattr(self, '_container'):
        self._container.close()
    with contextlib.suppress(Exception):
      self._stack.close()
    if hasattr(self, '_part'):
      self._part.unlink(missing_ok=True)

  def __enter__(self) -> Self:
    return self

  def __exit__(self, kind: object, *_: object) -> None:
    if kind is None:
      self.close()
    else:
      self._abandon()


def _check_target(
  path: pathlib.Path, rate: Fraction, size: tuple[int, int]
) -> None:
  if path.suffix.lower() not in _FORMATS:
    raise UserError(
      f'{path}: a video is written as {", ".join(SUFFIXES)}; change the suffix'
    )
  if not path.parent.is_dir():
    raise UserError(f'{path}: no such folder {path.parent}; make it first')
  if path.is_dir():
    raise UserError(f'{path}: is a folder; name a file')
  if rate <= 0:
    raise ValueError(f'rate must be positive, not {rate}')
  if min(size) < 1:
    raise ValueError(f'size must be positive, not {size}')


@contextlib.contextmanager
def _explained(path: pathlib.Path) -> Iterator[None]:
  """Turns a failed write into one line that names the file."""
  try:
    yield
  except (av.error.FFmpegError, OSError) as error:
    reason = getattr(error, 'strerror', None) or str(error)
    raise UserError(
      f'{path}: cannot be written ({reason}); free some space or pick another '
      'place'
    ) from error


def _has_encoder(name: str) -> bool:
  try:
    av.codec.Codec(name, 'w')
  except ValueError:  # av.codec.codec.UnknownCodecError
    return False
  return True


def _set_usual_mode(path: pathlib.Path) -> None:
  """Temporary files are private; the result is not."""
  mask = os.umask(0)
  os.umask(mask)
  path.chmod(0o666 & ~mask)
