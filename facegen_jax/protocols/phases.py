"""Onset, apex and offset: which clips' action units rise and come back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facegen_jax.metrics import rise
from facegen_jax.protocols import intervals
from facegen_jax.protocols.spontaneity import Figures, Method
from facegen_jax.protocols.trajectories import Measured


def phases(
  scored: Mapping[str, Method], measured: Measured, seed: int
) -> dict[str, Any]:
  """Shares by method, and one clip's curves, real and generated (Fig. 7).

  A clip counts with one unit that does it; heights are those of real clips.
  """
  real = scored['real'].figures
  heights = rise.height(np.stack([_peaks(f.shape.rows) for f in real]))
  units = {
    f'AU{au}': float(x)
    for au, x in zip(measured.aus, heights, strict=True)
    if not np.isnan(x)
  }
  return {
    'phases': {
      name: _row(method.figures, heights, seed)
      for name, method in scored.items()
    },
    'heights': units,
    'one_curve': _curves(scored, measured, heights),
  }


def _row(
  figures: list[Figures], heights: np.ndarray, seed: int
) -> dict[str, Any]:
  done = [rise.completes(f.shape.rows, heights).any() for f in figures]
  shares = [_peaks(f.shape.rows) / heights for f in figures]
  high = [bool((share >= rise.HALF).any()) for share in shares]
  sources = [f.source for f in figures]
  found = intervals.interval(np.float64(done), seed=seed, groups=sources)
  return {
    'clips': len(figures),
    **intervals.described('complete_share', found),
    'reach_half_share': float(np.mean(high)),
  }


def _peaks(rows: np.ndarray) -> np.ndarray:
  """Greatest values of t a, frames without a face left out."""
  return np.where(np.isnan(rows), 0.0, rows).max(0)


def _curves(
  scored: Mapping[str, Method], measured: Measured, heights: np.ndarray
) -> list[dict[str, Any]]:
  """Of the first source: the real clip and all of its repeats, by frame."""
  first = scored['real'].figures[0].source
  charts = []
  for i, au in enumerate(measured.aus):
    if np.isnan(heights[i]):
      continue
    rows = {
      f.name if name == 'real' else f'{name} {f.name.rpartition("__")[2]}': (
        f.shape.rows[:, i]
      )
      for name, method in scored.items()
      for f in method.figures
      if f.source == first
    }
    length = max(map(len, rows.values()))
    charts.append(
      {
        'name': f'AU{au}, one person',
        'x_name': 'frame',
        'series': {k: _padded(x, length) for k, x in rows.items()},
      }
    )
  return charts


def _padded(x: np.ndarray, length: int) -> list[float | None]:
  known = [intervals.finite(v) for v in x.astype(float).round(5)]
  return known + [None] * (length - len(known))
