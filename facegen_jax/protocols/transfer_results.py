"""AIP-GAN's table for a trained run: figures, a sheet and a clip.

It serves every system that brings one person's expression to another.
"""

from collections.abc import Callable
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from facegen_jax.core.levels import to_unit
from facegen_jax.core.state import State
from facegen_jax.core.writer import sheet
from facegen_jax.data import datasets, encode
from facegen_jax.data.clips import Clips
from facegen_jax.metrics.extractors.network import network
from facegen_jax.protocols import transfer, transfer_given
from facegen_jax.protocols.transfer import Pair
from facegen_jax.protocols.transfer_given import Further
from facegen_jax.systems.base import System

_WORST = 6  # results that are shown on their own

Generate = Callable[..., np.ndarray]


def evaluate(
  config: Any,
  clips: Clips,
  generate: Generate,
  folder: pathlib.Path,
  *,
  system: System,
  state: State,
  **_: Any,
) -> dict[str, Any]:
  """Transfer between held-out people; sheet and clip into `folder`.

  Args:
    config: the run's.
    clips: of held-out people.
    generate: `System.generate` of the run, compiled.
    folder: for the sheet and the clip.
    system: of the run, for its extractors.
    state: of the run.
  """
  c = config.evaluate
  chosen = transfer.pairs(
    clips,
    count=c.pairs,
    per_source=c.targets_per_source,
    seed=c.seed,
    neutral=c.get('neutral_targets', False),
  )
  # A system that adds a driver's movement adds that of its head too.
  truth = datasets.truth(config.data, head='first' in system.TAKES)
  generate, further = transfer_given.adapted(system, clips, generate)
  shown = transfer.pictures(
    clips, chosen, generate, truth, c.batch_size, further
  )
  identity, expression = (
    network(name, embed, batch_size=c.batch_size)
    for name, embed in system.extractors(state.nets)
  )
  figures = transfer.paper_figures(
    shown,
    transfer.labels(clips, chosen),
    identity,
    expression,
    c.false_accept_rate,
  )
  figures['truth'] = transfer.truth_figures(shown)
  _pictures(folder, shown, c.rows)
  _clip(folder / 'clip.mp4', generate, further, clips)
  figures['worst'] = _worst(folder, shown)
  return {'pairs': len(chosen), 'columns': _columns(shown), **figures}


def _worst(folder: pathlib.Path, shown: transfer.Pictures) -> list[dict]:
  """The results furthest from their truth, each with a strip of pictures."""
  found = []
  for number, (i, value) in enumerate(transfer.worst(shown, _WORST), 1):
    path = folder / f'worst_{number}.png'
    row = [column[i] for column in shown if column is not None]
    Image.fromarray(sheet([row])).save(path)
    found.append(
      {
        'name': f'pair {i}',
        'metric': 'changed_psnr',
        'value': value,
        'picture': path.name,
      }
    )
  return found


def _columns(shown: transfer.Pictures) -> list[str]:
  """What the sheet shows, from left to right."""
  return [name for name, x in shown._asdict().items() if x is not None]


def _pictures(folder: pathlib.Path, shown: transfer.Pictures, n: int) -> None:
  columns = [x for x in shown if x is not None]
  # One pair of each source, not n targets of the first.
  picks = np.linspace(0, len(shown.source) - 1, n).round().astype(int)
  rows = [[column[i] for column in columns] for i in picks]
  Image.fromarray(sheet(rows)).save(folder / 'sheet.png')


def _clip(
  path: pathlib.Path, generate: Generate, further: Further, clips: Clips
) -> None:
  """Source | target | result over time, a row a pair of people."""
  rng = np.random.default_rng(0)
  subjects = clips.subjects
  rows = []
  for source in rng.permutation(len(clips))[:3]:
    clip = clips[source]
    other = next(s for s in subjects if s != clip.subject)
    at, still = next((i, c) for i, c in enumerate(clips) if c.subject == other)
    rest = still.neutral()
    target = np.stack([still.picture(rest)] * len(clip))
    moving = np.stack([clip.picture(i) for i in range(len(clip))])
    moving, target = (to_unit(x) for x in (moving, target))
    pairs = [Pair((int(source), t), (at, rest)) for t in range(len(clip))]
    made = generate(source=moving, target=target, **further(pairs))
    rows.append((moving, target, made))
  length = min(len(row[0]) for row in rows)
  rate = clips[0].fps or 25
  frames = [
    sheet([[column[t] for column in row] for row in rows])
    for t in range(length)
  ]
  height, width, _ = frames[0].shape
  with encode.Writer(path, rate=rate, width=width, height=height) as writer:
    for frame in frames:
      writer.write(frame)


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them."""
  f, e = results['face_verification'], results['expression_similarity']
  c, rate = f['calibration'], f['result']
  lines = [
    f'{results["pairs"]} pairs of held-out people, step {results["step"]}',
    '  of ' + ', '.join(filter(None, results['data'].values())),
    f'face verification      {rate["rate"]:.3f} [{rate["low"]:.3f}, '
    f'{rate["high"]:.3f}]  source unchanged '
    f'{f["source_unchanged"]["rate"]:.3f}',
    f'  by {f["extractor"]}, threshold {c["threshold"]:.3f}: accepts '
    f'{c["true_accept_rate"]:.3f} of genuine and '
    f'{c["false_accept_rate"]:.3f} of impostor pairs',
    f'expression similarity  {e["result"]["mean"]:.3f}  target unchanged '
    f'{e["target_unchanged"]["mean"]:.3f}, unrelated '
    f'{e["result"]["floor"]:.3f}',
    f'  by {e["extractor"]}',
  ]
  if results['truth']:
    lines.append(f'{"against the truth":<20}changed-PSNR dB   PSNR dB     SSIM')
    for name in ('result', 'target_unchanged', 'source_unchanged'):
      row = results['truth'][name]
      lines.append(
        f'  {name:<18}{row["changed_psnr"]:>15.2f}{row["psnr"]:>10.2f}'
        f'{row["ssim"]:>9.4f}'
      )
  return '\n'.join(lines)
