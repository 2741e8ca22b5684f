"""A portrait makes an expression that is named."""

from collections.abc import Callable
import contextlib
import pathlib

import numpy as np
from PIL import Image

from facegen_jax import runs
from facegen_jax.animation import portrait, wanted
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode, faces, pictures
from facegen_jax.data.vocabulary import EMOTIONS

ALL = 'all'
_SHEET_COLUMNS = 8


def animate(
  workdir: pathlib.Path,
  source: pathlib.Path,
  expression: str,
  out: pathlib.Path,
  *,
  face_landmarker: str | None = None,
  view: str = 'crop',
  fps: float = 25.0,
  seed: int = 0,
) -> int:
  """Writes a clip of an expression, or one each of all six.

  The portrait is cut as the faces were that the run has seen. Each clip is
  generated alone by the same seed, so that one expression is the same clip
  beside others, and who is drawn at random is the same person in all.

  Args:
    workdir: of a trained run whose system takes a picture and a label.
    source: the portrait, neutral.
    expression: of `vocabulary.EMOTIONS`, or 'all'.
    out: an mp4, of which six are `<out>_<expression>.mp4`; the sheet is
      `<out>.png`: a row an expression, the portrait at the left, time on.
    face_landmarker: MediaPipe's model file.
    view: 'crop' or 'paste'.
    fps: frames a second.
    seed: of what the network draws at random.

  Returns:
    The number of frames of a clip.

  Raises:
    UserError: no such expression, no picture, no face, another run.
  """
  if expression not in (*EMOTIONS, ALL):
    raise UserError(
      f'--expression={expression}: there is {", ".join(EMOTIONS)}, or {ALL}'
    )
  picture = pictures.read(source)
  system, state, config = runs.open_generator(workdir)
  wanted.check(system, '--expression=NAME', workdir, config.system)
  kind = portrait.trained_kind(config.data)
  # Without a face in the crop's definition no detector is needed.
  found = (
    contextlib.nullcontext()
    if kind.place == 'centre'
    else faces.Landmarker(face_landmarker)
  )
  with found as landmarker:
    still = portrait.cut_out(
      landmarker, picture, source, kind, config.data.size
    )
  shown = portrait.shown(still, view)
  generate = runs.generator(system, state, seed)
  clips = {}
  for name in EMOTIONS if expression == ALL else (expression,):
    clips[name] = _made(generate, still.face, name)
    _write(_path(out, name, expression), clips[name], shown, fps)
  _sheet(out.with_suffix('.png'), still.face, list(clips.values()))
  return _told(out, clips, expression)


def _made(
  generate: Callable[..., np.ndarray], face: np.ndarray, name: str
) -> np.ndarray:
  """The clip, t size size 3 uint8."""
  label = np.array([EMOTIONS.index(name)], np.int32)
  return to_uint8(generate(picture=to_unit(face)[None], label=label)[0])


def _path(out: pathlib.Path, name: str, expression: str) -> pathlib.Path:
  return out.with_stem(f'{out.stem}_{name}') if expression == ALL else out


def _write(
  path: pathlib.Path,
  clip: np.ndarray,
  shown: Callable[[np.ndarray], np.ndarray],
  fps: float,
) -> None:
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


def _told(
  out: pathlib.Path, clips: dict[str, np.ndarray], expression: str
) -> int:
  """Says what was written; the number of frames of a clip."""
  paths = [str(_path(out, name, expression)) for name in clips]
  count = len(next(iter(clips.values())))
  each = ' each' if len(paths) > 1 else ''
  sheet_path = out.with_suffix('.png')
  print(f'{count} frames{each}: {", ".join(paths)}, sheet {sheet_path}')
  return count
