"""A portrait's code is moved along action units (sections 3.1 to 3.4)."""

import pathlib
from typing import Any, NamedTuple

from absl import logging
import numpy as np

from facegen_jax import encoding, runs
from facegen_jax.animation import portrait, wanted, written
from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures
from facegen_jax.data.crops.kinds import KINDS
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import codes, edits, unit_file
from facegen_jax.systems.au_transfer.codes import Codes
from facegen_jax.systems.au_transfer.descriptors import (
  EXPRESSIONS,
  named,
  parse,
)
from facegen_jax.systems.au_transfer.unit_file import Units

ALL = 'all'


class How(NamedTuple):
  """How a code is edited; None = as `config.units` says.

  Attributes:
    mode: of `edits.MODES`.
    hold: whether units that are not asked for keep their distance.
    layers: rows that change, 0 = all that were fitted.
    easing: of `edits.EASINGS`.
    back: whether the clip returns to the portrait.
    align: whether the face is brought to where those were that the generator
      has learned; without, the picture's middle square is taken as it is.
    start: of the encoding, 'v', 'mean' or 'random'; None = the run's own.
  """

  mode: str | None = None
  hold: bool | None = None
  layers: int = 0
  easing: str = 'linear'
  back: bool = False
  align: bool = True
  start: str | None = None


DEFAULT = How()


def animate(
  workdir: pathlib.Path,
  source: pathlib.Path,
  out: pathlib.Path,
  *,
  aus: str | None = None,
  expression: str | None = None,
  how: How = DEFAULT,
  frames: int = 50,
  face_landmarker: str | None = None,
  view: str = 'crop',
  fps: float = 25.0,
  seed: int = 0,
) -> int:
  """Writes a clip from the face as it is to the face with an expression.

  Beside it go the sheet, `<out>.png`, and the code, `<out>.codes.npz`. What is
  pushed, and how far it was from its goal, is logged.

  Args:
    workdir: of a trained run of au_transfer, with units.npz.
    source: the portrait.
    out: an mp4; of 'all' six, `<out>_<expression>.mp4`.
    aus: 'AU6=1,AU12=1', see `descriptors.parse`; or
    expression: one of `descriptors.EXPRESSIONS`, or 'all'.
    how: see there.
    frames: of a clip, 2 or more.
    face_landmarker: MediaPipe's model file.
    view: 'crop' or 'paste'.
    fps: frames a second.
    seed: of a start at random.

  Returns:
    The number of frames of a clip.

  Raises:
    UserError: what is asked for does not exist, no picture, no face, another
      run, or boundaries of another generator.
  """
  wishes = _wishes(aus, expression)
  coefficients = _coefficients(frames, how)
  picture = pictures.read(source)
  system, state, config = runs.open_generator(workdir)
  flag = wanted.FLAGS[('codes',)][0 if aus else 1]
  wanted.check(system, flag, workdir, config.system)
  units = unit_file.of_run(workdir, config, system.layers, state)
  wishes = {k: _possible(units, e, aus) for k, e in wishes.items()}
  kind = portrait.trained_kind(config.data) if how.align else KINDS['whole']
  still = portrait.of_picture(
    picture, source, kind, config.data.size, face_landmarker=face_landmarker
  )
  encoder = encoding.Encoder(system, state, config)
  code = _coded(encoder, still.face, source, out, how.start, seed)
  clips = {}
  for name, strengths in wishes.items():
    goal = _edited(code, units, strengths, how, config.units, name)
    moving = edits.frames(code, goal, coefficients)[:, 0]
    clips[name] = encoder.render(moving)
  several = expression == ALL
  return written.write(out, clips, still, view=view, fps=fps, several=several)


def _wishes(aus: str | None, expression: str | None) -> dict[str, np.ndarray]:
  """Strengths (12,) by the clip's name."""
  if aus is not None:
    return {'aus': parse(aus)}
  if expression == ALL:
    return EXPRESSIONS
  if expression not in EXPRESSIONS:
    raise UserError(
      f'--expression={expression}: there is {", ".join(EXPRESSIONS)}, or {ALL}'
    )
  return {expression: EXPRESSIONS[expression]}


def _coefficients(frames: int, how: How) -> np.ndarray:
  if frames < 2:
    raise UserError(f'--frames={frames}: a change takes at least 2')
  if how.easing not in edits.EASINGS:
    raise UserError(
      f'--easing={how.easing}: there is {", ".join(edits.EASINGS)}'
    )
  return edits.schedule(frames, how.easing, back=how.back)


def _possible(
  units: Units, strengths: np.ndarray, aus: str | None
) -> np.ndarray:
  """An expression without the units that have no boundary; never `aus`."""
  lacking = edits.missing(units, strengths)
  if aus is not None or not lacking:
    return strengths
  logging.warning('without %s: no boundary was fitted', named(lacking))
  return np.where(np.isin(AUS, lacking), 0, strengths)


def _coded(
  encoder: encoding.Encoder,
  face: np.ndarray,
  source: pathlib.Path,
  out: pathlib.Path,
  start: str | None,
  seed: int,
) -> np.ndarray:
  """The face's code, 1 L w, which is also saved."""
  start = start or encoder.start
  found = encoder.encode(face[None], start, seed=seed)
  first, last = found.trace[0, 0], found.loss[0]
  logging.info('loss of the code %.4f, at the start %.4f', last, first)
  if found.reached[0] < 0:
    logging.warning(
      'the code did not reach config.encode.threshold: the clip may show '
      'another face; see its first picture, and give an upright, well lit '
      'portrait'
    )
  told = {k: getattr(found, k) for k in ('codes', 'loss', 'reached', 'trace')}
  about = {'size': encoder.size, 'step': encoder.step, 'start': start}
  names = np.array([source.name])
  path = out.with_suffix('.codes.npz')
  codes.write(path, Codes(names=names, seed=seed, **told, **about))
  return found.codes


def _edited(
  code: np.ndarray,
  units: Units,
  strengths: np.ndarray,
  how: How,
  config: Any,
  name: str,
) -> np.ndarray:
  """The code at the clip's height, 1 L w; tells the distances."""
  hold = config.get('hold', False) if how.hold is None else how.hold
  goal = edits.edit(
    code,
    units,
    strengths,
    mode=how.mode or config.get('mode', 'add'),
    hold=AUS if hold else (),
    layers=how.layers,
  )
  before, after = units.distances(code)[0], units.distances(goal)[0]
  for i, au in enumerate(units.numbers):
    if strengths[AUS.index(au)]:
      logging.info(
        '%s: %s from %+.2f to %+.2f; neutral faces %+.2f, with it %+.2f',
        *(name, units.names[i], before[i], after[i]),
        *(units.mean_neutral[i], units.mean_positive[i]),
      )
  return goal
