"""Who says which person and which expression generated clips show."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.state import State
from facegen_jax.data.vocabulary import EMOTIONS
from facegen_jax.metrics import classification
from facegen_jax.metrics.extractors.extractor import Extractor, features
from facegen_jax.metrics.extractors.network import network
from facegen_jax.systems.base import System

LATE = 4  # one in so many frames of a clip, at its end, is near the apex


class Judge(NamedTuple):
  """Networks of a trained run; None for what it has not.

  Attributes:
    identity: rows are people.
    expression: rows are probabilities of `vocabulary.EMOTIONS`.
  """

  identity: Extractor | None = None
  expression: Extractor | None = None


def judge(system: System, state: State, batch_size: int) -> Judge:
  """The feature networks of a run, if its system has some.

  They are `system.extractors(nets)`, of which the first tells people, and
  `system.recogniser(nets)`: (name, pictures -> b 6).
  """
  if not hasattr(system, 'recogniser'):
    return Judge()

  def extractor(named: tuple[str, Callable], **how: Any) -> Extractor:
    return network(*named, batch_size=batch_size, **how)

  return Judge(
    extractor(system.extractors(state.nets)[0], normalise=True),
    extractor(system.recogniser(state.nets)),
  )


def named(expression: Extractor, clip: np.ndarray) -> int:
  """The expression of a clip t h w 3 uint8 from neutral to apex, 0..5.

  The largest mean log-probability over its last quarter.
  """
  late = clip[-max(len(clip) // LATE, 1) :]
  rows = features(expression, late).rows
  return int(np.log(np.maximum(rows, 1e-12)).mean(0).argmax())


def recognised(said: Sequence[int], labels: Sequence[int]) -> dict[str, Any]:
  """How far `said` (n) is what n clips should show: for `results.json`."""
  found = classification.scores(labels, said, range(len(EMOTIONS)))
  return {
    'accuracy': found.accuracy,
    'macro_f1': found.macro_f1,
    'clips': found.count,
    'recall': dict(zip(EMOTIONS, found.recall.tolist(), strict=True)),
    'confusion': found.confusion.tolist(),
  }
