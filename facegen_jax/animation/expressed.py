"""A portrait makes an expression that is named."""

from collections.abc import Callable
import pathlib

import numpy as np

from facegen_jax import runs
from facegen_jax.animation import portrait, wanted, written
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.data import pictures
from facegen_jax.data.vocabulary import EMOTIONS

ALL = 'all'


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
  still = portrait.of_picture(
    picture, source, kind, config.data.size, face_landmarker=face_landmarker
  )
  generate = runs.generator(system, state, seed)
  names = EMOTIONS if expression == ALL else (expression,)
  clips = {name: _made(generate, still.face, name) for name in names}
  return written.write(
    out, clips, still, view=view, fps=fps, several=expression == ALL
  )


def _made(
  generate: Callable[..., np.ndarray], face: np.ndarray, name: str
) -> np.ndarray:
  """The clip, t size size 3 uint8."""
  label = np.array([EMOTIONS.index(name)], np.int32)
  return to_uint8(generate(picture=to_unit(face)[None], label=label)[0])
