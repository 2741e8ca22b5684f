"""The spontaneity experiments' figures: for JSON, and as tables."""

from collections.abc import Callable, Mapping, Sequence
import math
from typing import Any

import numpy as np

from facegen_jax.protocols import intervals
from facegen_jax.protocols.reconstruction_results import left_out
from facegen_jax.protocols.rows import Column, table
from facegen_jax.protocols.spontaneity import STEPS, Figures, Method, Options
from facegen_jax.protocols.spontaneity_definitions import definitions
from facegen_jax.protocols.trajectories import smoothness

COLUMNS = (
  Column('clips', 'clips', 'd'),
  Column('ssim_first', 'SSIM to first', '.4f'),
  *(Column(f'ssim_{n}', f'SSIM to real, {n}', '.4f') for n in STEPS),
  Column('niqe', 'NIQE', '.2f'),
  Column('flicker', 'flicker', '.2f'),
  Column('jerk', 'AU jerk', '.3g'),
  Column('repeated', 'repeated', 'd'),
  Column('spread', 'spread', '.2f'),
  Column('au_spread', 'AU spread', '.3f'),
)
AU_COLUMNS = (
  Column('moving', 'moving clips', 'd'),
  Column('non_linearity', 'non-linearity', '.3f'),
  Column('smoothness', 'smoothness', '.2f'),
  Column('mae', 'MAE', '.3f'),
  Column('pearson', 'Pearson', '.3f'),
  Column('ccc', 'CCC', '.3f'),
)

Mean = Callable[[str, Sequence[float]], dict[str, Any]]


def results(
  scored: Mapping[str, Method], options: Options, *, seed: int
) -> dict[str, Any]:
  """All figures, means with their 95 % interval, for `results.json`.

  Intervals draw sources, so that repeats of one stay together.
  """
  found: dict[str, Any] = {
    'protocol': 'spontaneity',
    'definitions': definitions(options, seed),
    'methods': {k: _row(m, options, seed) for k, m in scored.items()},
  }
  if options.measured:
    aus = [f'AU{au}' for au in options.measured.aus]
    found['action_units'] = {
      au: {k: _unit(m, i, seed) for k, m in scored.items()}
      for i, au in enumerate(aus)
    }
    found['au_curves'] = [
      {'name': au, 'x_name': '% of the clip', 'series': _curves(scored, i)}
      for i, au in enumerate(aus)
    ]
  found['without_real'] = _without_real(scored)
  return found | {'left_out': {k: m.left_out for k, m in scored.items()}}


def _without_real(scored: Mapping[str, Method]) -> dict[str, list[str]]:
  """Generated clips whose real one is missing, where real ones are given."""
  if 'real' not in scored:
    return {}
  real = {f.name for f in scored['real'].figures}
  alone = {
    k: [f.name for f in m.figures if f.source not in real]
    for k, m in scored.items()
  }
  return {k: names for k, names in alone.items() if names}


def text(found: Mapping[str, Any]) -> str:
  """The tables, the definitions and what was left out."""
  lines = table(found['methods'], COLUMNS)
  for au, rows in found.get('action_units', {}).items():
    lines += ['', au, *table(rows, AU_COLUMNS)]
  lines += ['', *(f'{k}: {v}' for k, v in found['definitions'].items())]
  blocks = {r['niqe_blocks'] for r in found['methods'].values() if 'niqe' in r}
  for n in sorted(blocks):
    lines.append(f'NIQE of {n} blocks a frame' + _few(n))
  for method, names in found['without_real'].items():
    shown = ', '.join(names[:5]) + ', ...' * (len(names) > 5)
    lines.append(f'{method}: {len(names)} without a real clip ({shown})')
  return '\n'.join([*lines, *left_out(found['left_out'])])


def _few(blocks: int) -> str:
  return ': few, so noisy; raise --niqe_size' if blocks < 16 else ''


def _mean(figures: Sequence[Figures], seed: int) -> Mean:
  sources = [f.source for f in figures]

  def mean(name: str, values: Sequence[float]) -> dict[str, Any]:
    found = intervals.interval(values, seed=seed, groups=sources)
    return intervals.described(name, found)

  return mean


def _row(method: Method, options: Options, seed: int) -> dict[str, Any]:
  figures = method.figures
  mean = _mean(figures, seed)
  row = {
    'clips': len(figures),
    'frames': sum(f.frames for f in figures),
    'resized': sum(f.resized for f in figures),
    **mean('ssim_first', [f.ssim_first for f in figures]),
    **mean('flicker', [f.flicker for f in figures]),
  }
  for i, n in enumerate(STEPS):
    steps = [f.ssim_steps[i] for f in figures]
    row |= {} if all(map(math.isnan, steps)) else mean(f'ssim_{n}', steps)
  if options.niqe:
    row |= mean('niqe', [f.niqe.value for f in figures])
    row |= _niqe_counts(figures)
  if options.measured:
    row |= mean('jerk', [f.jerk for f in figures])
    row['without_face'] = sum(f.shape.missing for f in figures)
  return row | _spread(method, seed)


def _niqe_counts(figures: Sequence[Figures]) -> dict[str, int]:
  return {
    'niqe_blocks': figures[0].niqe.blocks,
    'niqe_frames': sum(f.niqe.frames for f in figures),
    'niqe_undefined': sum(f.niqe.undefined for f in figures),
    'niqe_enlarged_clips': sum(f.niqe.enlarged for f in figures),
  }


def _spread(method: Method, seed: int) -> dict[str, Any]:
  """How repeats differ, if any source has some."""
  pixels = list(method.pixel_spread.values())
  repeated = sum(not math.isnan(x) for x in pixels)
  if not repeated:
    return {}
  row = {'repeated': repeated}
  row |= intervals.described('spread', intervals.interval(pixels, seed=seed))
  curves = list(method.curve_spread.values())
  if all(map(math.isnan, curves)):
    return row
  found = intervals.interval(curves, seed=seed)
  return row | intervals.described('au_spread', found)


def _unit(method: Method, i: int, seed: int) -> dict[str, Any]:
  """One action unit of a method; agreement only beside real clips."""
  figures = method.figures
  mean = _mean(figures, seed)
  row = {
    'moving': sum(bool(f.shape.moves[i]) for f in figures),
    **mean('non_linearity', [f.shape.non_linearity[i] for f in figures]),
    **mean('smoothness', [smoothness(f.shape)[i] for f in figures]),
  }
  for key in ('mae', 'pearson', 'ccc'):
    values = [
      getattr(f.against, key)[i] if f.against else math.nan for f in figures
    ]
    if any(f.against for f in figures):
      row |= mean(key, values)
  return row


def _curves(scored: Mapping[str, Method], i: int) -> dict[str, list[float]]:
  """Mean trajectory over clips, by method; of methods that have one."""
  out = {}
  for name, method in scored.items():
    curves = [f.shape.curve[:, i] for f in method.figures]
    known = [c for c in curves if not np.isnan(c).any()]
    if known:
      out[name] = np.mean(known, 0).round(5).tolist()
  return out
