"""Recognition of held-out clips: predictions by clip, and their scores.

Scores are taken from predictions that are pooled first: over the clips of one
split, or over all folds of leave-one-subject-out.
"""

from collections.abc import Callable, Sequence
import pathlib
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.data.clips import Clips
from facegen_jax.data.folds import Fold, Person
from facegen_jax.data.three_classes import CLASSES
from facegen_jax.metrics import classification
from facegen_jax.systems.recognition import examples


class Prediction(NamedTuple):
  """One clip: whose, its class and the class and probabilities it was given."""

  subject: str
  session: str
  clip: str
  truth: int
  predicted: int
  probabilities: list[float]


def evaluate(
  config: Any,
  clips: Clips,
  generate: Callable[..., np.ndarray],
  folder: pathlib.Path,
  *,
  trained_on: Callable[[], list[Person]],
  **_: Any,
) -> dict[str, Any]:
  """Scores and every prediction; arguments as `predictions`.

  Raises:
    UserError: a person is tested whom the run was trained on.
  """
  del folder  # no pictures
  trained, name = trained_on(), config.data.name
  refuse_leak(trained, [Person(name, s) for s in clips.subjects])
  found = predictions(config, clips, generate)
  return figures(found) | {
    **described(config),
    'trained_on': ['/'.join(person) for person in trained],
    'tested': sorted({f'{name}/{p.subject}' for p in found}),
    'predictions': [p._asdict() for p in found],
  }


def refuse_leak(trained: Sequence[Person], tested: Sequence[Person]) -> None:
  """Raises UserError that names the people who are trained on and tested."""
  try:
    Fold(tuple(trained), tuple(tested))
  except ValueError as e:
    raise UserError(
      f'{e}. Evaluate with the config.data.split, seed and held_out of the '
      'training'
    ) from e


def predictions(
  config: Any, clips: Clips, generate: Callable[..., np.ndarray]
) -> list[Prediction]:
  """Predicts every clip that has a class.

  Args:
    config: the run's.
    clips: of people whom training did not see.
    generate: `(clip=b t h w 3 in [-1, 1]) -> probabilities b 3`.

  Raises:
    UserError: no clip has a class.
  """
  known = examples.labelled(clips, config.data.name)
  if not known.clips:
    raise UserError(
      f'none of the {len(clips)} clips to test shows one of '
      f'{", ".join(CLASSES)}: choose another config.data.split'
    )
  return of_labelled(config, known, generate)


def of_labelled(
  config: Any, known: examples.Labelled, generate: Callable[..., np.ndarray]
) -> list[Prediction]:
  """`predictions` of clips whose classes are known."""
  size, d = config.evaluate.batch_size, config.data
  out = []
  for start in range(0, len(known.clips), size):
    part = range(start, min(start + size, len(known.clips)))
    videos = [
      examples.frames(
        known.clips[i], d.clip_frames, config.model.size, config.model.gray
      )
      for i in part
    ]
    videos += videos[-1:] * (size - len(videos))  # one shape, one compile
    found = generate(clip=to_unit(np.stack(videos)))
    out += [_prediction(known, i, p) for i, p in zip(part, found, strict=False)]
  return out


def _prediction(
  known: examples.Labelled, i: int, probabilities: np.ndarray
) -> Prediction:
  clip = known.clips[i]
  return Prediction(
    clip.subject,
    clip.session,
    clip.name,
    int(known.labels[i]),
    int(probabilities.argmax()),
    [round(float(p), 6) for p in probabilities],
  )


def figures(found: Sequence[Prediction]) -> dict[str, Any]:
  """Scores of one split's predictions, for `results.json`."""
  truth, predicted = [p.truth for p in found], [p.predicted for p in found]
  whole = range(len(CLASSES))
  return _told(
    classification.scores(truth, predicted, whole),
    len({p.subject for p in found}),
  )


def pooled(
  known: examples.Labelled, folds: Sequence[Sequence[Prediction]]
) -> dict[str, Any]:
  """Scores over the predictions of all folds together, each at its clip.

  `macro_f1` is then MEGC 2019's UF1 and `uar` its UAR.

  Args:
    known: all clips that have a class.
    folds: the predictions of each fold, in any order.

  Raises:
    ValueError: a clip is in no fold or in two.
  """
  clips = [(c.subject, c.session, c.name) for c in known.clips]
  place = {key: i for i, key in enumerate(clips)}
  scattered = [
    classification.Fold(
      np.array([place[p.subject, p.session, p.clip] for p in fold]),
      np.array([p.predicted for p in fold]),
    )
    for fold in folds
  ]
  scores = classification.pooled(known.labels, scattered, range(len(CLASSES)))
  return _told(scores, len(known.clips.subjects))


def _told(s: classification.Scores, people: int) -> dict[str, Any]:
  """Figures of scores; `confusion` has the truth in rows."""
  names = [CLASSES[i] for i in s.untrue]
  return {
    'accuracy': s.accuracy,
    'macro_f1': s.macro_f1,
    'uar': s.uar,
    'clips': s.count,
    'people': people,
    'classes': {
      name: {
        'clips': int(s.confusion[i].sum()),
        'f1': float(s.f1[i]),
        'recall': float(s.recall[i]),
        'precision': float(s.precision[i]),
      }
      for i, name in enumerate(CLASSES)
    },
    'confusion': s.confusion.tolist(),
    'warnings': [f'no clip to test shows {n}: it counts 0' for n in names],
  }


def described(config: Any) -> dict[str, Any]:
  """What recognises, and how it was trained."""
  m, weights = config.model, config.model.weights
  return {
    'backbone': f'{m.kind} of width {m.width}, {config.data.clip_frames} '
    f'{"gray " if m.gray else ""}frames of {m.size} px'
    f'{" less their mean" if m.motion_only else ""}, {m.scaling} scaling',
    'weights': f'started from {weights}' if weights else 'trained from scratch',
    'labels': 'shuffled' if config.data.shuffle_labels else 'as given',
    'lambda': config.loss.generated if config.data.generated else 0.0,
  }


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them."""
  lines = [
    f'{results["clips"]} clips of {results["people"]} held-out people',
    f'  by {results["backbone"]}, {results["weights"]}',
    f'macro-F1 (UF1) {results["macro_f1"]:.3f}  UAR {results["uar"]:.3f}  '
    f'accuracy {results["accuracy"]:.3f}',
    f'{"":<12}{"clips":>6}{"F1":>7}{"recall":>8}   predicted '
    + ' '.join(f'{name:>9}' for name in CLASSES),
  ]
  for name, row in zip(CLASSES, results['confusion'], strict=True):
    c = results['classes'][name]
    lines.append(
      f'  {name:<10}{c["clips"]:>6}{c["f1"]:>7.3f}{c["recall"]:>8.3f}'
      f'{"":>13}' + ' '.join(f'{n:>9}' for n in row)
    )
  if results['labels'] == 'shuffled':
    lines.append('the training labels were shuffled: this is chance')
  return '\n'.join(lines + results['warnings'])
