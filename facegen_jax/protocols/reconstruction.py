"""FEV-GAN's reconstruction experiment on folders of clips (Tables 1 and 3).

What was generated from a clip's first frame against the clip: PSNR and SSIM,
and does it stay one person (ACD), the right one (ACD-I)? Two clips in memory.
"""

from collections.abc import Callable, Iterator, Mapping
import math
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.metrics import consistency
from facegen_jax.metrics.extractors import extractor as extractors
from facegen_jax.metrics.image import PSNR_CAP
from facegen_jax.protocols import folders, footage, frames


class Options(NamedTuple):
  """How clips are compared.

  Attributes:
    extractor: of identity, or None: no ACD.
    pooled: PSNR of a clip's mean squared error, not the mean over frames.
    resize, resample: see `folders.aligned`.
  """

  extractor: extractors.Extractor | None = None
  pooled: bool = False
  resize: bool = False
  resample: bool = False


class Own(NamedTuple):
  """Figures of a clip by itself, and its features t d where it has some."""

  flicker: float
  acd: consistency.Consistency | None
  acd_i: consistency.Consistency | None
  features: np.ndarray | None


class Real(NamedTuple):
  """A real clip t h w 3 uint8, its foreground, and its own figures."""

  clip: np.ndarray
  mask: np.ndarray | None
  own: Own


class Scores(NamedTuple):
  """A generated clip against its real one.

  Attributes:
    name: of the real clip.
    frames: how many, `identical` of which count 100 dB.
    psnr, ssim: means over frames; `masked_*` over the foreground of the real
      clip, NaN where it has no black background.
    moving_psnr: see `frames.moving_psnr`.
    own, truth: of the generated clip and of the real one.
    resized, resampled: whether it was.
  """

  name: str
  frames: int
  identical: int
  psnr: float
  ssim: float
  masked_psnr: float
  masked_ssim: float
  moving_psnr: float
  own: Own
  truth: Own
  resized: bool
  resampled: bool


class Scored(NamedTuple):
  """Scores by method, reasons of clips left out by method and name."""

  scores: dict[str, list[Scores]]
  left_out: dict[str, dict[str, str]]


Progress = Callable[[str, int, int], None]
_NONE = frames.Frames(np.full(1, math.nan), np.full(1, math.nan))


def score(
  truth: footage.Listing,
  methods: Mapping[str, footage.Listing],
  options: Options,
  progress: Progress = lambda *_: None,
) -> Scored:
  """Scores every pair of every method; clips that cannot be read are told.

  Raises:
    UserError: another size or length (see `folders.aligned`), no pair, or none
      of a method's clips can be read.
  """
  found = {name: folders.paired(truth, made) for name, made in methods.items()}
  pairs = {
    method: {p.truth.name: p for p in one.pairs}
    for method, one in found.items()
  }
  scored = Scored(
    {name: [] for name in methods},
    {name: _unpaired(found[name], truth, methods[name]) for name in methods},
  )
  for i, name in enumerate(truth.clips, 1):
    todo = {m: found[name] for m, found in pairs.items() if name in found}
    for method, one in _clip(truth.clips[name], todo, options, scored):
      scored.scores[method].append(one)
    progress('scored', i, len(truth.clips))
  _some(scored)
  return scored


def _unpaired(
  pairs: folders.Pairs, truth: footage.Listing, made: footage.Listing
) -> dict[str, str]:
  """Why clips of both folders take no part, by name."""
  out = {name: 'only the real clip' for name in pairs.only_truth}
  out |= {name: 'no real clip' for name in pairs.only_generated}
  out |= {f'{k} (real)': v for k, v in truth.skipped.items()}
  return out | made.skipped


def _some(scored: Scored) -> None:
  for method, scores in scored.scores.items():
    if not scores:
      reasons = scored.left_out[method]
      raise UserError(
        f'{method}: none of {len(reasons)} clips can be used; the last: '
        f'{list(reasons.values())[-1]}'
      )


def _clip(
  real: footage.Clip,
  todo: Mapping[str, folders.Pair],
  options: Options,
  scored: Scored,
) -> Iterator[tuple[str, Scores]]:
  """Scores by method of one real clip, which is read once."""
  if not todo:
    return
  try:
    truth = described(footage.read(real), options)
  except UserError as e:
    for method in todo:
      scored.left_out[method][real.name] = str(e)
    return
  for method, pair in todo.items():
    try:
      made = footage.read(pair.generated)
    except UserError as e:
      scored.left_out[method][real.name] = str(e)
      continue
    both = folders.aligned(
      pair,
      truth.clip,
      made,
      resize=options.resize,
      resample=options.resample,
    )
    one = scores(real.name, truth, both.generated, options)
    yield method, one._replace(resized=both.resized, resampled=both.resampled)


def described(clip: np.ndarray, options: Options) -> Real:
  """What every method's clip is compared with; t h w 3 uint8."""
  return Real(clip, frames.foreground(clip), _own(clip, options, None))


def scores(
  name: str, truth: Real, made: np.ndarray, options: Options
) -> Scores:
  """Of a generated clip, t h w 3 uint8 as the real one."""
  clips = truth.clip, made
  whole = frames.scores(*clips)
  masked = _NONE if truth.mask is None else frames.scores(*clips, truth.mask)
  known = truth.own.features
  own = _own(made, options, None if known is None else known[0])
  return Scores(
    name,
    len(made),
    int((whole.psnr >= PSNR_CAP).sum()),
    _decibel(whole.psnr, options),
    frames.mean(whole.ssim),
    _decibel(masked.psnr, options),
    frames.mean(masked.ssim),
    frames.moving_psnr(*clips),
    # Features are only needed to compare with, and would fill the memory.
    own._replace(features=None),
    truth.own._replace(features=None),
    False,
    False,
  )


def _decibel(psnr: np.ndarray, options: Options) -> float:
  return (frames.pooled if options.pooled else frames.mean)(psnr)


def _own(clip: np.ndarray, options: Options, first: np.ndarray | None) -> Own:
  """Figures of t h w 3; `first`: features d of the input, else frame 0's."""
  flicker = frames.flicker(clip)
  if options.extractor is None:
    return Own(flicker, None, None, None)
  rows = extractors.features(options.extractor, clip).rows
  first = rows[0] if first is None else first
  return Own(
    flicker, consistency.acd(rows), consistency.acd_i(rows, first), rows
  )
