"""Clips that were generated whole, as files, and a sheet of them."""

import pathlib

import numpy as np
from PIL import Image

from facegen_jax.animation import portrait
from facegen_jax.animation.portrait import Portrait
from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode

_SHEET_COLUMNS = 8


def write(
  out: pathlib.Path,
  clips: dict[str, np.ndarray],
  still: Portrait,
  *,
  view: str,
  fps: float,
  several: bool,
) -> int:
  """Writes the clips, and `<out>.png`: a row a clip, the portrait at the left.

  Args:
    out: an mp4; of `several` each is `<out>_<name>.mp4`.
    clips: t size size 3 uint8 by name, all of one length.
    still: whose face it is.
    view: 'crop' or 'paste'.
    fps: frames a second.
    several: whether names are told.

  Returns:
    The number of frames of a clip, which is printed with the files.
  """
  paths = {
    name: out.with_stem(f'{out.stem}_{name}') if several else out
    for name in clips
  }
  for name, clip in clips.items():
    _write(paths[name], clip, still, view, fps)
  sheet_path = out.with_suffix('.png')
  _sheet(sheet_path, still.face, list(clips.values()))
  count = len(next(iter(clips.values())))
  each = ' each' if len(clips) > 1 else ''
  files = ', '.join(map(str, paths.values()))
  print(f'{count} frames{each}: {files}, sheet {sheet_path}')
  return count


def _write(
  path: pathlib.Path,
  clip: np.ndarray,
  still: Portrait,
  view: str,
  fps: float,
) -> None:
  shown = portrait.shown(still, view)
  height, width, _ = shown(clip[0]).shape
  with encode.Writer(path, rate=fps, width=width, height=height) as writer:
    for patch in clip:
      writer.write(shown(patch))


def _sheet(path: pathlib.Path, face: np.ndarray, clips: list) -> None:
  """A row a clip: the portrait, then moments of it."""
  moments = np.linspace(0, len(clips[0]) - 1, _SHEET_COLUMNS)
  rows = [
    [to_unit(x) for x in (face, *clip[moments.round().astype(int)])]
    for clip in clips
  ]
  Image.fromarray(sheet(rows)).save(path)
