"""The spontaneity experiment of a trained run, on held-out people.

Their clips go on from the first two frames, several times: are the next frames
right, does an expression come and go, does each future differ, does the face
stay who it was? The figures of `spontaneity`, and these.
"""

from collections.abc import Callable, Iterator
import contextlib
import pathlib
import shutil
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.data.progress import Counted
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.protocols import (
  drift,
  footage,
  next_frames,
  spontaneity,
  spontaneity_results,
  unfolded,
  unfolded_pictures,
)
from facegen_jax.protocols.fitting import Fitting
from facegen_jax.protocols.judge import Judge
from facegen_jax.protocols.phases import phases
from facegen_jax.protocols.unfolded import Future
from facegen_jax.systems.sslg.examples import Neutrals, shown

MADE = 'generated'

Generate = Callable[..., np.ndarray]


def evaluate(
  config: Any,
  clips: Clips,
  generate: Generate,
  folder: pathlib.Path,
  *,
  training: Clips,
  judge: Callable[[], Judge],
  beside: Callable[[], Generate | None],
  **_: Any,
) -> dict[str, Any]:
  """Futures of held-out people, scored; clips and sheets into `folder`.

  Args:
    config: the run's.
    clips: of held-out people.
    generate: see `unfolding.parts`.
    folder: for `clips/`, `sheet.png`, `futures.png`, `drift.png`, `clip.mp4`.
    training: clips that extractors may be fitted to.
    judge: tells people, where `evaluate.judge` names a run that can.
    beside: generates by the run that `evaluate.beside` names, if it does.
  """
  c, expression = config.evaluate, config.data.expression
  if not len(clips):
    raise UserError('no clip is held out: raise config.data.held_out')
  known = shown(clips, expression, 2 + next_frames.STEPS)
  held_out = HeldOut(config, known, Neutrals(clips))
  fitting = Fitting(shown(training, expression, 1), training)
  identity = judge().identity or fitting.identity()
  with contextlib.ExitStack() as stack:
    options = spontaneity.Options(
      fitting.measured(config, held_out.constants(), stack),
      fitting.niqe(c.niqe),
      fps=known[0].fps or 25.0,
    )
    near = next_frames.score(
      known,
      held_out.neutrals,
      generate,
      count=c.windows,
      batch_size=c.batch_size,
      swapped=c.swapped,
      seed=c.seed,
    )
    curves = {MADE: held_out.written(generate, folder, identity)}
    results = {'next_frames': near}
    results |= _scored(folder / 'clips', options, c.seed)
  charts = [*results.get('au_curves', []), *results.pop('one_curve', [])]
  if identity is not None:
    if (other := beside()) is not None:
      curves[str(c.beside)] = held_out.drifted(other, identity)
    charts.append(drift.chart(curves))
    results['identity_drift'] = drift.told(curves, identity)
  one = held_out.futures(generate, Clips(known[:1]), c.futures)
  unfolded_pictures.save_futures(folder, list(one), options.fps)
  results['columns'] = ['real above generated, from the second frame on']
  return results | {'au_curves': charts}


def _scored(
  place: pathlib.Path, options: spontaneity.Options, seed: int
) -> dict[str, Any]:
  """The figures of `spontaneity` on clips in folders, and phases."""
  listings = [footage.listed(place / name) for name in ('real', MADE)]
  scored = spontaneity.score(
    listings[0], {MADE: listings[1]}, options, Counted('clips')
  )
  results = spontaneity_results.results(scored, options, seed=seed)
  if options.measured is not None:
    results |= phases(scored, options.measured, seed)
  return results


class HeldOut:
  """Held-out clips and what is made of them, a batch in memory.

  Args:
    config: the run's.
    clips: that go on.
    neutrals: F_c of each.
  """

  def __init__(self, config: Any, clips: Clips, neutrals: Neutrals):
    self._config, self._clips, self.neutrals = config, clips, neutrals

  def constants(self) -> dict[str, np.ndarray]:
    """F_c by the names of the clips."""
    return {unfolded.named(x): self.neutrals.of(x) for x in self._clips}

  def futures(
    self, generate: Generate, clips: Clips, seeds: int, frames: int = 0
  ) -> Iterator[Future]:
    """Of `n_pred` frames unless it is said."""
    c = self._config.evaluate
    return unfolded.futures(
      clips,
      self.neutrals,
      generate,
      seeds=seeds,
      frames=frames or self._config.recursion.n_pred,
      batch_size=c.batch_size,
      swapped=c.swapped,
    )

  def _long(self, generate: Generate) -> Iterator[Future]:
    """All futures, as long as identity is followed."""
    c, progress = self._config.evaluate, Counted('futures')
    frames = max(c.drift, self._config.recursion.n_pred)
    found = self.futures(generate, self._clips, c.seeds, frames)
    for i, one in enumerate(found, 1):
      yield one
      progress('made', i, len(self._clips) * c.seeds)

  def written(
    self,
    generate: Generate,
    folder: pathlib.Path,
    identity: Extractor | None,
  ) -> np.ndarray:
    """Writes clips and sheets; the curve of identity, if it is measured."""
    place, length = folder / 'clips', self._config.recursion.n_pred + 1
    shutil.rmtree(place, ignore_errors=True)
    unfolded_pictures.write_real(place / 'real', self._clips)
    sheets = unfolded_pictures.Sheets(
      self._clips, self._config.evaluate.rows, length
    )
    rows = []
    for one in self._long(generate):
      unfolded_pictures.write(place / MADE, one, length)
      sheets.add(one)
      if identity is not None:
        rows.append(self._distances(one, identity))
    sheets.save(folder)
    return drift.mean(rows)

  def _distances(self, one: Future, identity: Extractor) -> np.ndarray:
    most = self._config.evaluate.drift
    return drift.distances(one.frames[1 : most + 1], one.constant, identity)

  def drifted(self, generate: Generate, identity: Extractor) -> np.ndarray:
    """The curve of identity of another run."""
    made = self._long(generate)
    return drift.mean([self._distances(x, identity) for x in made])


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them."""
  n, d = results['next_frames'], results.get('identity_drift', {})
  lines = [
    f'futures of held-out people, step {results["step"]}, of '
    + ', '.join(filter(None, results['data'].values())),
    f'next three frames, {n["windows"]} windows: '
    f'mean squared error {n["generated"]["mse"]:.3e}, last frame repeated '
    f'{n["last frame repeated"]["mse"]:.3e}, ratio {n["ratio"]:.3f}',
  ]
  for name, row in results.get('phases', {}).items():
    lines.append(
      f'onset, apex and offset of an action unit, {name}: '
      f'{row["complete_share"]:.1%} of {row["clips"]}'
    )
  for name, row in d.items():
    if isinstance(row, dict):
      lines.append(
        f'identity drift, {name}: {row["first_ten"]:.3f} in the first ten '
        f'frames, {row["last_quarter"]:.3f} in the last quarter of '
        f'{row["frames"]}'
      )
  lines += [f'  by {d["extractor"]}'] if d else []
  return '\n'.join([*lines, spontaneity_results.text(results)])
