"""A portrait goes on by itself: frames of its future, by chance."""

from collections.abc import Callable, Iterator
import contextlib
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from facegen_jax import runs
from facegen_jax.animation import portrait, wanted
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import align, encode, faces, pictures
from facegen_jax.data.progress import Counted
from facegen_jax.systems import unfolding

_SHEET_COLUMNS = 8


def animate(
  workdir: pathlib.Path,
  source: pathlib.Path,
  out: pathlib.Path,
  *,
  second: pathlib.Path | None = None,
  frames: int = 50,
  samples: int = 1,
  face_landmarker: str | None = None,
  view: str = 'crop',
  fps: float = 25.0,
  batch: int = 16,
  seed: int = 0,
) -> int:
  """Writes one future of a portrait, or several.

  Futures are generated in batches of one size and in parts of one length, so
  that one compilation does for any number of both, and memory does not grow
  with the length. A future is the same whatever is generated beside it.

  Args:
    workdir: of a trained run whose system takes a constant, a previous and a
      current frame.
    source: the portrait, neutral; all three of them.
    out: an mp4, of which several are `<out>_<number>.mp4`; the sheet is
      `<out>.png`: a row a future, the portrait at the left, time on.
    second: the current frame, of the source's size; the source is then the
      previous one.
    frames: of a future.
    samples: how many futures.
    face_landmarker: MediaPipe's model file.
    view: 'crop' or 'paste'.
    fps: frames a second.
    batch: futures generated at once, at most.
    seed: of the noise.

  Returns:
    The number of frames of a future.

  Raises:
    UserError: no picture, no face, pictures of two sizes, another run.
  """
  picture = pictures.read(source)
  system, state, config = runs.open_generator(workdir)
  wanted.check(system, '--spontaneous', workdir, config.system)
  still = _still(picture, source, config.data, face_landmarker)
  given = {'constant': still.face, 'previous': still.face}
  given['current'] = still.face if second is None else _second(still, second)
  generate = runs.generator(system, state, seed)
  paths, rows = _paths(out, samples), []
  shown, size = portrait.shown(still, view), min(batch, samples)
  moments, progress = _moments(frames), Counted('futures')
  given = {k: np.stack([to_unit(x)] * size) for k, x in given.items()}
  for first in range(0, samples, size):
    numbers = np.arange(first, first + size)
    parts = unfolding.parts(generate, **given, samples=numbers, frames=frames)
    part = paths[first : first + size]
    rows += _write(part, parts, shown, fps, moments)
    progress('written', len(rows), samples)
  sheet_path = out.with_suffix('.png')
  left = to_unit(still.face)
  Image.fromarray(sheet([[left, *row] for row in rows])).save(sheet_path)
  each = ' each' if samples > 1 else ''
  told = ', '.join(map(str, paths[:3])) + ', ...' * (samples > 3)
  print(f'{frames} frames{each}: {told}, sheet {sheet_path}')
  return frames


def _still(
  picture: np.ndarray,
  path: pathlib.Path,
  data: Any,
  face_landmarker: str | None,
) -> portrait.Portrait:
  """The face, cut as the faces were that the run has seen."""
  kind = portrait.trained_kind(data)
  # Without a face in the crop's definition no detector is needed.
  found = (
    contextlib.nullcontext()
    if kind.place == 'centre'
    else faces.Landmarker(face_landmarker)
  )
  with found as landmarker:
    return portrait.cut_out(landmarker, picture, path, kind, data.size)


def _second(still: portrait.Portrait, path: pathlib.Path) -> np.ndarray:
  """The second frame, cut at the place of the first."""
  picture = pictures.read(path)
  if picture.shape != still.picture.shape:
    (h, w, _), (height, width, _) = picture.shape, still.picture.shape
    raise UserError(
      f'--second={path}: {w}x{h} pixels, the source has {width}x{height}; give '
      'the frame that follows it in one clip'
    )
  return align.warp(picture, still.crop)


def _moments(frames: int) -> set[int]:
  """Which frames a sheet shows."""
  times = np.linspace(0, frames - 1, min(_SHEET_COLUMNS, frames))
  return set(times.round().astype(int).tolist())


def _paths(out: pathlib.Path, samples: int) -> list[pathlib.Path]:
  if samples == 1:
    return [out]
  digits = len(str(samples))
  return [
    out.with_stem(f'{out.stem}_{i:0{digits}}') for i in range(1, samples + 1)
  ]


def _write(
  paths: list[pathlib.Path],
  parts: Iterator[np.ndarray],
  shown: Callable[[np.ndarray], np.ndarray],
  fps: float,
  moments: set[int],
) -> list[list[np.ndarray]]:
  """A video a path; of each, the pictures of its moments."""
  rows, done, writers = [[] for _ in paths], 0, []
  with contextlib.ExitStack() as stack:
    for part in parts:
      if not writers:
        height, width, _ = shown(to_uint8(part[0, 0])).shape
        size = {'width': width, 'height': height}
        writers = [encode.Writer(path, rate=fps, **size) for path in paths]
        writers = [stack.enter_context(writer) for writer in writers]
      for t in range(part.shape[1]):
        for i, writer in enumerate(writers):
          writer.write(shown(to_uint8(part[i, t])))
          rows[i] += [part[i, t]] if done in moments else []
        done += 1
  return rows
