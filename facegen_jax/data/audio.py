"""Copies the sound of one video into another, packet by packet."""

from collections.abc import Iterator
import contextlib
from fractions import Fraction
import os

import av

from facegen_jax.core.errors import UserError


class AudioCopy:
  """The audio packets of a file, unchanged, no further than the video has come.

  Muxing them in step keeps the container from queueing a whole track.
  """

  def __init__(
    self,
    path: str | os.PathLike | None,
    output: av.container.OutputContainer,
    stack: contextlib.ExitStack,
  ) -> None:
    """Adds a stream to `output` for each audio stream of `path`.

    Args:
      path: a video with or without sound, None for no sound.
      output: a container that has not begun to write.
      stack: closes `path` in the end.

    Raises:
      UserError: `path` is unreadable, or its sound does not fit into `output`.
    """
    self._path = path
    self._output = output
    self._packets: Iterator[av.Packet] = iter(())
    self._next: av.Packet | None = None
    if path is None:
      return
    with self._explained():
      source = av.open(
        f'file:{os.fspath(path)}',
        container_options={'protocol_whitelist': 'file'},
        metadata_errors='replace',
      )
    stack.enter_context(source)
    self._streams = {
      stream.index: self._add(stream) for stream in source.streams.audio
    }
    if self._streams:
      self._packets = source.demux(*source.streams.audio)
      self._advance()

  def copy_until(self, seconds: Fraction | None) -> None:
    """Copies up to a time, all that is left for None.

    Raises:
      UserError: the source is damaged.
    """
    while self._next is not None:
      packet = self._next
      if seconds is not None and packet.dts * packet.time_base > seconds:
        return
      packet.stream = self._streams[packet.stream.index]
      self._output.mux(packet)
      self._advance()

  def _advance(self) -> None:
    # The demuxer ends with an empty packet without time.
    with self._explained():
      self._next = next((p for p in self._packets if p.dts is not None), None)

  def _add(self, stream: av.AudioStream) -> av.AudioStream:
    try:
      return self._output.add_stream_from_template(stream)
    except ValueError as error:
      codec = stream.codec_context.name if stream.codec_context else 'unknown'
      raise UserError(
        f'{self._path}: its {codec} sound does not fit into '
        f'{self._output.format.name}; write to .mkv or leave the sound out'
      ) from error

  @contextlib.contextmanager
  def _explained(self) -> Iterator[None]:
    try:
      yield
    except (av.error.FFmpegError, OSError) as error:
      reason = getattr(error, 'strerror', None) or str(error)
      raise UserError(
        f'{self._path}: its sound cannot be read ({reason}); copy or export '
        'the file again'
      ) from error
