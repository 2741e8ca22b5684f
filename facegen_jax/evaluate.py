"""The paper's table for a trained run: figures, a sheet and a clip."""

from collections.abc import Callable
import json
import pathlib
from typing import Any

from absl import logging
import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from facegen_jax import runs
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.state import State
from facegen_jax.core.writer import sheet
from facegen_jax.data import datasets, encode
from facegen_jax.data.clips import Clips
from facegen_jax.protocols import transfer
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load


def evaluate(config: Any, workdir: pathlib.Path) -> dict[str, Any]:
  """Transfer between held-out people; results into `workdir/evaluation`."""
  saves = Checkpoints(workdir, create=False)
  clips = datasets.load(config.data)
  system = load(config, clips.train)
  state = runs.restored(system, saves, config)
  results, shown = _transfer(config, system, state, clips.held_out)
  results |= {'step': int(state.step), 'data': clips.described}
  folder = workdir / 'evaluation'
  folder.mkdir(parents=True, exist_ok=True)
  _pictures(folder, shown, config.evaluate.rows)
  _clip(folder / 'clip.mp4', config, system, state, clips.held_out)
  (folder / 'results.json').write_text(json.dumps(results, indent=2) + '\n')
  print(table(results))
  logging.info('results, sheet and clip: %s', folder)
  return results


def _transfer(
  config: Any, system: System, state: State, clips: Clips
) -> tuple[dict[str, Any], transfer.Pictures]:
  c = config.evaluate
  chosen = transfer.pairs(
    clips, count=c.pairs, per_source=c.targets_per_source, seed=c.seed
  )
  truth = datasets.truth(config.data)
  generate = runs.generator(system, state)
  shown = transfer.pictures(clips, chosen, generate, truth, c.batch_size)
  identity, expression = (
    transfer.Extractor(name, _in_batches(embed, c.batch_size))
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
  return {'pairs': len(chosen), **figures}, shown


def _in_batches(embed: Callable, size: int) -> Callable:
  embed = jax.jit(embed)

  def whole(x: np.ndarray) -> np.ndarray:
    short = -len(x) % size
    padded = np.concatenate([x, np.repeat(x[-1:], short, 0)])
    parts = np.split(padded, len(padded) // size)
    out = np.concatenate([np.asarray(embed(jnp.asarray(p))) for p in parts])
    return out[: len(x)]

  return whole


def _pictures(folder: pathlib.Path, shown: transfer.Pictures, n: int) -> None:
  columns = [x for x in shown if x is not None]
  # One pair of each source, not n targets of the first.
  picks = np.linspace(0, len(shown.source) - 1, n).round().astype(int)
  rows = [[column[i] for column in columns] for i in picks]
  Image.fromarray(sheet(rows)).save(folder / 'sheet.png')


def _clip(
  path: pathlib.Path, config: Any, system: System, state: State, clips: Clips
) -> None:
  """Source | target | result over time, a row a pair of people."""
  generate, rng = runs.generator(system, state), np.random.default_rng(0)
  subjects = clips.subjects
  rows = []
  for source in rng.permutation(len(clips))[:3]:
    clip = clips[source]
    other = next(s for s in subjects if s != clip.subject)
    still = next(c for c in clips if c.subject == other)
    target = np.stack([still.picture(still.neutral())] * len(clip))
    moving = np.stack([clip.picture(i) for i in range(len(clip))])
    moving, target = (np.float32(x) / 127.5 - 1 for x in (moving, target))
    rows.append((moving, target, generate(source=moving, target=target)))
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
