"""The action-unit experiments of a trained run, on held-out people.

Are samples faces, are held-out faces drawn again from their codes, does an
edit change the unit it should and nothing else, and is the edited face nearer
to how that person truly looks?
"""

from collections.abc import Callable
import pathlib
from typing import Any

import numpy as np

from facegen_jax.core.state import State
from facegen_jax.data.clips import Clips
from facegen_jax.protocols import (
  encoding_curves,
  units_edits,
  units_faces,
  units_judge,
  units_model,
  units_pictures,
  units_quality,
  units_reconstruction,
  units_results,
)
from facegen_jax.protocols.units_definitions import definitions
from facegen_jax.protocols.units_model import Model, Painter
from facegen_jax.systems.base import System

Generate = Callable[..., np.ndarray]
_UNGRADED = (
  'judge, response, nearer: the clips have no intensities of action units'
)


def evaluate(
  config: Any,
  clips: Clips,
  generate: Generate,
  folder: pathlib.Path,
  *,
  system: System,
  state: State,
  training: Clips,
  start: Callable[[], Any],
  encoder: Callable[[], Any],
  units: Callable[[], Any],
  **_: Any,
) -> dict[str, Any]:
  """All experiments; sheets and a clip into `folder`.

  Args:
    config: the run's.
    clips: of held-out people.
    generate: draws `seeds`, truncated.
    folder: for the pictures.
    system: of the run.
    state: of the run.
    training: clips of the people it was trained on.
    start: networks of the run before its first step.
    encoder: opens the `Encoder` of the run.
    units: opens the boundaries of the run.
  """
  c = config.evaluate
  painter = Painter(system, c.batch_size)
  model = units_model.model(system, state.nets, painter, c.batch_size)
  sampled = painter.sampled(state.nets, c.samples, c.seed)
  real = {
    'training': units_faces.graded(training, c.samples),
    'held_out': units_faces.graded(clips, c.samples),
  }
  shown = {
    'start': _untrained(painter, start(), c),
    'now': model.render(sampled),
    'truncated': _truncated(generate, c.samples, c.batch_size),
    'held_out': real['held_out'].pictures,
  }
  results = {'protocol': 'units', 'definitions': definitions(config)}
  results |= _samples(config, model, shown, real['training'], folder)
  results['people'] = units_judge.people(model, real['held_out'])
  people = units_faces.faces(clips, c.people)
  codes, found = _encoded(config, model, people, encoder(), folder)
  results['pictures'] += found.pop('pictures')
  results |= found
  if not _graded(training, clips):
    return results | {'left_out': [_UNGRADED]}
  results['judge'] = units_judge.errors(model, **real)
  noise = np.float32(results['judge']['mae'])
  neutral = codes[: len(people.subjects)]
  edited = units_edits.Edited(config, model, units(), people, neutral)
  results |= edited.response(sampled[: c.pushed], noise)
  truths = edited.truths()
  results |= edited.nearer(truths)
  results['pictures'] += edited.pictures(folder, truths)
  return results | {'left_out': edited.left_out}


def _graded(*every: Clips) -> bool:
  return all(len(clip.au_intensities) for clips in every for clip in clips)


def _untrained(painter: Painter, nets: Any, c: Any) -> np.ndarray:
  """Samples of the run as it began."""
  return painter.render(nets, painter.sampled(nets, c.samples, c.seed))


def _truncated(generate: Generate, count: int, size: int) -> np.ndarray:
  """Samples with `config.model.psi`, n h w 3 uint8."""
  draw = units_model.batched(
    lambda seeds: units_model.to_uint8(generate(seeds=seeds)), size
  )
  return draw(np.arange(count, dtype=np.int32))


def _samples(
  config: Any,
  model: Model,
  shown: dict[str, np.ndarray],
  training: units_faces.Graded,
  folder: pathlib.Path,
) -> dict[str, Any]:
  """Quality of samples, and a sheet of them."""
  c = config.evaluate
  units_pictures.samples(folder / 'samples.png', shown['truncated'], c.rows)
  return {
    'frechet': {
      name: units_quality.distances(training.pictures, shown, space)
      for name, space in model.spaces.items()
    },
    'seen': units_quality.found_faces(
      {name: x[: c.detected] for name, x in shown.items()},
      config.data.face_landmarker,
    ),
    'pictures': [
      {'name': 'samples, truncated', 'picture': 'samples.png'},
    ],
  }


def _encoded(
  config: Any,
  model: Model,
  people: units_faces.Faces,
  encoder: Any,
  folder: pathlib.Path,
) -> tuple[np.ndarray, dict[str, Any]]:
  """Codes 2 n L w of all at rest, then at an apex; how they were found."""
  c, whole = config.evaluate, np.concatenate([people.neutral, people.apex])
  codes = encoder(whole).codes
  found = {
    'reconstructed': units_reconstruction.told(
      model, whole, codes, 2 * people.subjects
    )
  }
  # Faces at rest and expressive ones in turn.
  mixed = np.stack([people.neutral, people.apex], 1).reshape(whole.shape)
  found |= encoding_curves.evaluate(
    encoder,
    model.render,
    encoder.how,
    mixed[: c.curves],
    folder,
    seed=c.seed,
  )
  name = 'pictures and their codes after 0, 1, 2, 4 ... updates: '
  name += ', '.join(encoding_curves.WAYS)
  shown = {'name': name, 'picture': encoding_curves.PICTURE}
  return codes, found | {'pictures': [shown]}


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them."""
  told = ', '.join(filter(None, results['data'].values()))
  return f'step {results["step"]}, of {told}\n' + units_results.text(results)
