"""Is an edited face nearer to how that person truly looks than an unedited?

Held-out people's neutral pictures are encoded and edited to an action unit or
an expression; the truth is the person drawn with it, in the same scene.
"""

from typing import Any, NamedTuple

import numpy as np

from facegen_jax.data.synthface.action_units import EXPRESSIONS
from facegen_jax.protocols.intervals import described, interval
from facegen_jax.protocols.transfer import CHANGED
from facegen_jax.protocols.units_model import NAMES, Model
from facegen_jax.protocols.units_response import Edit, Operator


class Case(NamedTuple):
  """A name and its descriptor, 12 strengths in [0, 1]."""

  name: str
  strengths: np.ndarray


def cases(strength: float) -> list[Case]:
  """Each unit by itself at `strength`, then the six expressions."""
  alone = strength * np.eye(len(NAMES), dtype=np.float32)
  return [
    *(Case(n, row) for n, row in zip(NAMES, alone, strict=True)),
    *(Case(n, row) for n, row in EXPRESSIONS.items()),
  ]


class Compared(NamedTuple):
  """k cases of n people; distances are mean squared, of [0, 1].

  Attributes:
    made: edited pictures, k n h w 3 uint8.
    whole: distance of edited less that of unedited to the truth, k n.
    moved: the same over the pixels that the truth changes; NaN = none.
    psnr: of edited and of unedited pictures over these, dB, 2 k n.
  """

  made: np.ndarray
  whole: np.ndarray
  moved: np.ndarray
  psnr: np.ndarray


def compare(
  model: Model,
  edit: Edit,
  codes: np.ndarray,
  truths: np.ndarray,
  neutral: np.ndarray,
  chosen: list[Case],
  operator: Operator,
) -> Compared:
  """Edited and unedited pictures of n people against the truth.

  Unedited is the picture of the code itself: what the code does not hold of
  the person is missing in both.

  Args:
    model: draws.
    edit: edits.
    codes: of the neutral pictures, n L w.
    truths: k n h w 3 uint8.
    neutral: the pictures that were encoded, n h w 3 uint8.
    chosen: k cases.
    operator: how.
  """
  before, rows = model.render(codes), []
  for case, truth in zip(chosen, truths, strict=True):
    made = model.render(edit(codes, case.strengths, operator))
    gaps = [_squared(x, truth) for x in (made, before)]
    mask = np.abs(np.float32(truth) - neutral).max(-1) / 255 > CHANGED
    inside = [_within(gap, mask) for gap in gaps]
    rows.append(
      (
        made,
        gaps[0].mean((1, 2)) - gaps[1].mean((1, 2)),
        inside[0] - inside[1],
        -10 * np.log10(np.maximum(inside, 1e-10)),
      )
    )
  made, whole, moved, psnr = zip(*rows, strict=True)
  return Compared(
    np.stack(made), np.stack(whole), np.stack(moved), np.stack(psnr, 1)
  )


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  """n h w, mean over channels."""
  return np.square((np.float32(a) - b) / 255).mean(-1)


def _within(gap: np.ndarray, mask: np.ndarray) -> np.ndarray:
  """Mean of n h w where a mask holds; NaN where it is empty."""
  count = mask.sum((1, 2))
  total = np.where(mask, gap, 0).sum((1, 2))
  return np.where(count, total / np.maximum(count, 1), np.nan)


def told(
  found: Compared, chosen: list[Case], subjects: list[str], seed: int
) -> dict[str, Any]:
  """Shares of cases in which the edit is nearer, 95 % intervals over people.

  `share` is over whole pictures, `moved_share` over the pixels that the truth
  changes; then the same of single units and of expressions alone.
  """
  single = np.array([case.name in NAMES for case in chosen])
  names = np.array(subjects)

  def share(name: str, gaps: np.ndarray) -> dict[str, Any]:
    nearer = np.where(np.isnan(gaps), np.nan, gaps < 0)
    groups = np.broadcast_to(names, gaps.shape).ravel()
    one = interval(nearer.ravel(), seed=seed, groups=groups)
    return described(name, one)

  return {
    **share('share', found.whole),
    **share('moved_share', found.moved),
    **share('units_share', found.whole[single]),
    **share('expressions_share', found.whole[~single]),
    'moved_psnr': _mean(found.psnr[0]),
    'unedited_moved_psnr': _mean(found.psnr[1]),
    'cases': found.whole.size,
  }


def _mean(x: np.ndarray) -> float | None:
  return float(np.nanmean(x)) if np.isfinite(x).any() else None


def by_case(found: Compared, chosen: list[Case]) -> dict[str, Any]:
  """Shares of people, a row a unit or expression."""
  return {
    case.name: {
      'share': float((gap < 0).mean()),
      'moved_share': _mean(np.where(np.isnan(part), np.nan, part < 0)),
      'people': len(gap),
    }
    for case, gap, part in zip(chosen, found.whole, found.moved, strict=True)
  }
