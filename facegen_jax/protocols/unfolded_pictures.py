"""Futures as clips in folders, and as sheets."""

import pathlib

import numpy as np
from PIL import Image

from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode, pictures
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.protocols import unfolded
from facegen_jax.protocols.unfolded import Future

_COLUMNS = 10  # moments of a clip on a sheet


def write_real(place: pathlib.Path, clips: Clips) -> None:
  """Real clips, from their second frame on, as folders of PNGs."""
  for clip in clips:
    _series(place / unfolded.named(clip), unfolded.real(clip))


def write(place: pathlib.Path, one: Future, length: int) -> None:
  """The first `length` frames of a future, as a folder of PNGs."""
  _series(place / one.name, one.frames[:length])


def _series(folder: pathlib.Path, frames: np.ndarray) -> None:
  folder.mkdir(parents=True)
  for t, frame in enumerate(frames):
    (folder / f'{t:04}.png').write_bytes(pictures.encode(frame))


class Sheets:
  """Rows of `sheet.png`, real above made, and of `drift.png`.

  Args:
    clips: real ones, of which `rows` are shown.
    rows: see there.
    length: frames that the first shows; the second shows all.
  """

  def __init__(self, clips: Clips, rows: int, length: int):
    picks = np.linspace(0, len(clips) - 1, min(rows, len(clips)))
    chosen = {int(i) for i in picks.round()}
    self._names = {unfolded.named(clips[i]) for i in chosen}
    self._length, self._rows, self._drift = length, [], []

  def add(self, one: Future) -> None:
    """Takes in the first future of a clip, if it is shown."""
    if one.number or unfolded.named(one.clip) not in self._names:
      return
    self._rows.append(_real(one.clip, self._length))
    self._rows.append(_strip(one.frames[: self._length]))
    self._drift.append(_strip(one.frames))

  def save(self, folder: pathlib.Path) -> None:
    """Writes both."""
    _picture(folder / 'sheet.png', self._rows)
    _picture(folder / 'drift.png', self._drift)


def save_futures(folder: pathlib.Path, made: list[Future], rate: float) -> None:
  """`futures.png` and `clip.mp4`: futures of one face."""
  _picture(folder / 'futures.png', [_strip(x.frames) for x in made])
  _clip(folder / 'clip.mp4', made, rate)


def _strip(frames: np.ndarray) -> list[np.ndarray]:
  """Moments of t h w 3 uint8, in [-1, 1]."""
  return list(to_unit(frames[_moments(len(frames))]))


def _moments(length: int) -> np.ndarray:
  return np.linspace(0, length - 1, _COLUMNS).round().astype(int)


def _real(clip: Clip, length: int) -> list[np.ndarray]:
  """The same moments of a real clip, white where it has ended."""
  frames = to_unit(unfolded.real(clip))
  white = np.ones_like(frames[0])
  return [frames[t] if t < len(frames) else white for t in _moments(length)]


def _picture(path: pathlib.Path, rows: list[list[np.ndarray]]) -> None:
  Image.fromarray(sheet(rows)).save(path)


def _clip(path: pathlib.Path, made: list[Future], rate: float) -> None:
  """All futures at once, five in a row."""
  clips = [to_unit(x.frames) for x in made]
  white = np.ones_like(clips[0][0])
  frames = []
  for t in range(len(clips[0])):
    now = [clip[t] for clip in clips]
    now += [white] * (-len(now) % 5)
    frames.append(sheet([now[i : i + 5] for i in range(0, len(now), 5)]))
  height, width, _ = frames[0].shape
  with encode.Writer(path, rate=rate, width=width, height=height) as writer:
    for frame in frames:
      writer.write(frame)
