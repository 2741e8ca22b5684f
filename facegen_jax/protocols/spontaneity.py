"""Latent-sequence generation's experiments on folders of clips.

Does an expression move as a real one does (Fig. 7: action units), differently
each time, and is the picture good (Fig. 11: SSIM, NIQE)? One clip in memory.
"""

from collections.abc import Callable, Mapping
import math
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.metrics import action_units, temporal
from facegen_jax.protocols import (
  folders,
  footage,
  frames,
  quality,
  repeats,
  trajectories,
)

STEPS = (3, 10)  # of the real continuation that SSIM is measured on


class Options(NamedTuple):
  """What is measured, and how.

  Attributes:
    measured: how action units are, or None: not at all.
    niqe: likewise.
    fps: of folders of pictures, which do not say; None: no jerk of theirs.
    resize: whether clips may be scaled to compare them with real ones.
  """

  measured: trajectories.Measured | None = None
  niqe: quality.Niqe | None = None
  fps: float | None = None
  resize: bool = False


class Figures(NamedTuple):
  """One clip.

  Attributes:
    name: of the clip; `source` of what it is a repeat of.
    frames: how many.
    ssim_first: of the second frame on, against the first; NaN of one frame.
    ssim_steps: against the real clip's frames 1 to each of `STEPS`; NaN
      without a real clip of that length.
    flicker: see `frames.flicker`.
    niqe: see `quality.quality`.
    shape: of the action units, or None.
    jerk: of these, mean |third derivative|, per cubic second.
    against: the real clip's trajectories, or None.
    resized: whether it was scaled to compare it.
  """

  name: str
  source: str
  frames: int
  ssim_first: float
  ssim_steps: tuple[float, ...]
  flicker: float
  niqe: quality.Quality
  shape: trajectories.Shape | None
  jerk: float
  against: action_units.Comparison | None = None
  resized: bool = False


class Method(NamedTuple):
  """A folder's clips, and how its repeats differ, by source."""

  figures: list[Figures]
  pixel_spread: dict[str, float]
  curve_spread: dict[str, float]
  left_out: dict[str, str]


Progress = Callable[[str, int, int], None]
_UNKNOWN = tuple(math.nan for _ in STEPS)


def score(
  truth: footage.Listing | None,
  methods: Mapping[str, footage.Listing],
  options: Options,
  progress: Progress = lambda *_: None,
) -> dict[str, Method]:
  """Figures of each folder, the real one's under 'real' and first.

  Raises:
    UserError: no clip of a folder can be used, or sizes differ where they are
      compared.
  """
  found: dict[str, Method] = {}
  if truth is not None:
    found['real'] = _folder('real', truth, None, {}, options, progress)
  real = {f.name: f for f in found['real'].figures} if truth else {}
  for name, made in methods.items():
    found[name] = _folder(name, made, truth, real, options, progress)
  return found


def _folder(
  name: str,
  made: footage.Listing,
  truth: footage.Listing | None,
  real: Mapping[str, Figures],
  options: Options,
  progress: Progress,
) -> Method:
  method = Method([], {}, {}, dict(made.skipped))
  groups: dict[str, list[footage.Clip]] = {}
  for clip in made.clips.values():
    groups.setdefault(_source(clip.name, truth), []).append(clip)
  done = 0
  for source, clips in groups.items():
    spread, curves = repeats.Spread(), []
    for clip in clips:
      one = _clip(clip, source, spread, options, method)
      if one is not None:
        if truth is not None and source in real:
          one = _beside(one, clip, truth.clips[source], real[source], options)
        method.figures.append(one)
        curves += [one.shape.curve] if one.shape else []
      done += 1
      progress(f'of {name} scored', done, len(made.clips))
    method.pixel_spread[source] = spread.rms()
    method.curve_spread[source] = repeats.curve_rms(curves)
  if not method.figures:
    raise UserError(
      f'{made.root}: none of {len(made.clips)} clips can be used; the last: '
      f'{list(method.left_out.values())[-1]}'
    )
  return method


def _source(name: str, truth: footage.Listing | None) -> str:
  """A real clip may be called `x__1` itself."""
  return name if truth and name in truth.clips else folders.source(name)


def _clip(
  clip: footage.Clip,
  source: str,
  spread: repeats.Spread,
  options: Options,
  method: Method,
) -> Figures | None:
  """Figures of a clip by itself; None, and the reason kept, if there is one."""
  try:
    shown = footage.read(clip)
    fps = footage.rate(clip, options.fps)
    how = options.measured
    shape = trajectories.shape(how.of(clip, shown)) if how else None
  except UserError as e:
    method.left_out[clip.name] = str(e)
    return None
  spread.add(shown, str(clip.path))
  still = np.broadcast_to(shown[:1], shown[1:].shape)
  moving = len(shown) > 1
  return Figures(
    clip.name,
    source,
    len(shown),
    frames.mean(frames.scores(still, shown[1:]).ssim) if moving else math.nan,
    _UNKNOWN,
    frames.flicker(shown),
    quality.quality(shown, options.niqe) if options.niqe else quality.NONE,
    shape,
    temporal.motion(shape.rows, fps).jerk if shape and fps else math.nan,
  )


def _beside(
  one: Figures,
  clip: footage.Clip,
  true: footage.Clip,
  real: Figures,
  options: Options,
) -> Figures:
  """The same, with what needs the real clip of its name."""
  most = max(STEPS) + 1
  a, b = footage.read(true, most), footage.read(clip, most)
  length = min(len(a), len(b))
  both = folders.aligned(
    folders.Pair(true, clip), a[:length], b[:length], resize=options.resize
  )
  if length > min(STEPS):
    ssim = frames.scores(both.truth[1:], both.generated[1:]).ssim
    steps = tuple(ssim[:n].mean() if n < length else math.nan for n in STEPS)
    one = one._replace(ssim_steps=steps, resized=both.resized)
  if one.shape and real.shape:
    against = trajectories.agreement(real.shape, one.shape)
    one = one._replace(against=against)
  return one
