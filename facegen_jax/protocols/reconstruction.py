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


class Scores(NamedTuple):
  """A generated clip against its real one.

  Attributes:
    name: of the real clip.
    frames: how many, `identical` of which count 100 dB.
    psnr, ssim: means over frames; `masked_*` over the foreground of the real
      clip, NaN where it has no black background.
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
    truth = footage.read(real)
    own = _own(truth, options, None)
  except UserError as e:
    for method in todo:
      scored.left_out[method][real.name] = str(e)
    return
  mask = frames.foreground(truth)
  for method, pair in todo.items():
    try:
      made = footage.read(pair.generated)
    except UserError as e:
      scored.left_out[method][real.name] = str(e)
      continue
    both = folders.aligned(
      pair, truth, made, resize=options.resize, resample=options.resample
    )
    yield method, _scores(real.name, both, mask, own, options)


def _scores(
  name: str,
  both: folders.Aligned,
  mask: np.ndarray | None,
  truth: Own,
  options: Options,
) -> Scores:
  clips = both.truth, both.generated
  whole = frames.scores(*clips)
  masked = _NONE if mask is None else frames.scores(*clips, mask)
  first = truth.features[0] if truth.features is not None else None
  return Scores(
    name,
    len(both.truth),
    int((whole.psnr >= PSNR_CAP).sum()),
    _decibel(whole.psnr, options),
    frames.mean(whole.ssim),
    _decibel(masked.psnr, options),
    frames.mean(masked.ssim),
    # Features are only needed to compare with, and would fill the memory.
    _own(both.generated, options, first)._replace(features=None),
    truth._replace(features=None),
    both.resized,
    both.resampled,
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
