"""Is an edited face nearer to how that person truly looks than an unedited?

Held-out people's neutral pictures are encoded and edited to an action unit or
an expression; the truth is the person drawn with it, in the same scene.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.data.synthface.action_units import EXPRESSIONS
from facegen_jax.protocols.intervals import described, interval
from facegen_jax.protocols.transfer import CHANGED
from facegen_jax.protocols.units_model import NAMES


class Case(NamedTuple):
  """A name and its descriptor, 12 strengths in [0, 1]."""

  name: str
  strengths: np.ndarray


class Gaps(NamedTuple):
  """Mean squared differences to the truth, of [0, 1], k cases of n people.

  Attributes:
    edited: over whole pictures, k n.
    unedited: likewise.
    edited_moved: over the pixels that the truth changes, k n; NaN = none.
    unedited_moved: likewise.
  """

  edited: np.ndarray
  unedited: np.ndarray
  edited_moved: np.ndarray
  unedited_moved: np.ndarray


def cases(strength: float, known: Sequence[int]) -> list[Case]:
  """Each unit by itself at `strength`, then the six expressions.

  Without what needs other units than `known`, places in `vocabulary.AUS`.
  """
  alone = strength * np.eye(len(NAMES), dtype=np.float32)
  every = [
    *(Case(n, row) for n, row in zip(NAMES, alone, strict=True)),
    *(Case(n, row) for n, row in EXPRESSIONS.items()),
  ]
  return [x for x in every if {*np.flatnonzero(x.strengths)} <= {*known}]


def gaps(
  edited: np.ndarray,
  unedited: np.ndarray,
  truths: np.ndarray,
  neutral: np.ndarray,
) -> Gaps:
  """How far pictures are from the truth.

  Unedited is the picture of the code itself: what a code does not hold of a
  person is missing in both.

  Args:
    edited: k n h w 3 uint8.
    unedited: n h w 3 uint8.
    truths: k n h w 3 uint8.
    neutral: the pictures that were encoded, n h w 3 uint8.
  """
  rows = []
  for made, truth in zip(edited, truths, strict=True):
    both = [_squared(x, truth) for x in (made, unedited)]
    mask = np.abs(np.float32(truth) - neutral).max(-1) / 255 > CHANGED
    rows.append(
      [x.mean((1, 2)) for x in both] + [_within(x, mask) for x in both]
    )
  return Gaps(*map(np.stack, zip(*rows, strict=True)))


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  """Mean over channels, n h w."""
  return np.square((np.float32(a) - b) / 255).mean(-1)


def _within(gap: np.ndarray, mask: np.ndarray) -> np.ndarray:
  """Mean of n h w where a mask holds; NaN where it is empty."""
  count = mask.sum((1, 2))
  total = np.where(mask, gap, 0).sum((1, 2))
  return np.where(count, total / np.maximum(count, 1), np.nan)


def told(
  found: Gaps, chosen: Sequence[Case], subjects: Sequence[str], seed: int
) -> dict[str, Any]:
  """Shares of cases in which the edit is nearer, 95 % intervals over people.

  `share` is over whole pictures, `moved_share` over the pixels that the truth
  changes; then `share` of single units and of expressions alone.
  """
  single = np.array([case.name in NAMES for case in chosen])
  whole, moved = _nearer(found)

  def share(name: str, values: np.ndarray) -> dict[str, Any]:
    groups = np.broadcast_to(np.array(subjects), values.shape).ravel()
    return described(name, interval(values.ravel(), seed=seed, groups=groups))

  return {
    **share('share', whole),
    **share('moved_share', moved),
    **share('units_share', whole[single]),
    **(share('expressions_share', whole[~single]) if (~single).any() else {}),
    'moved_psnr': _decibel(found.edited_moved),
    'unedited_moved_psnr': _decibel(found.unedited_moved),
    'cases': whole.size,
  }


def by_case(found: Gaps, chosen: Sequence[Case]) -> dict[str, Any]:
  """Shares of people, a row a unit or expression."""
  whole, moved = _nearer(found)
  return {
    case.name: {
      'share': float(whole[i].mean()),
      'moved_share': _mean(moved[i]),
      'people': len(whole[i]),
    }
    for i, case in enumerate(chosen)
  }


def _nearer(found: Gaps) -> tuple[np.ndarray, np.ndarray]:
  """1 where the edit is nearer, else 0: k n of whole pictures, of what moves.

  NaN where nothing moves.
  """
  moved = np.where(
    np.isnan(found.edited_moved),
    np.nan,
    found.edited_moved < found.unedited_moved,
  )
  return np.float64(found.edited < found.unedited), moved


def _decibel(x: np.ndarray) -> float | None:
  """Mean PSNR of mean squared differences of [0, 1]."""
  return _mean(-10 * np.log10(np.maximum(x, 1e-10)))


def _mean(x: np.ndarray) -> float | None:
  return float(np.nanmean(x)) if np.isfinite(x).any() else None
