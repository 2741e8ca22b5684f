"""What an edit of one action unit does to the others: 12 x 12, measured.

A row is the unit that is pushed, a column one that the judge measures; with
and without the projection that is to part them (the paper's section 1).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.protocols.intervals import described, interval
from facegen_jax.protocols.units_model import NAMES, Model
from facegen_jax.systems.au_transfer.edits import MODES


class Operator(NamedTuple):
  """A way to edit a code.

  Attributes:
    mode: 'add' a multiple of a normal, 'set' the distance to its boundary, or
      'shift' it.
    projected: whether the normal is freed of those of all units that are not
      asked for, so that these hold.
  """

  mode: str
  projected: bool

  @property
  def name(self) -> str:
    """As in tables."""
    return self.mode + ', projected' * self.projected


OPERATORS = tuple(Operator(m, p) for m in MODES for p in (False, True))

# codes n L w, strengths (12,), operator -> codes n L w
Edit = Callable[[np.ndarray, np.ndarray, Operator], np.ndarray]


class Response(NamedTuple):
  """How n faces answer k pushed units.

  Attributes:
    pushed: (k,) places of the units in `vocabulary.AUS`.
    changes: n k 12, of measured intensities.
    likeness: n k, cosine of whom the face shows before and after.
  """

  pushed: tuple[int, ...]
  changes: np.ndarray
  likeness: np.ndarray

  def own(self, changes: np.ndarray) -> np.ndarray:
    """... k bool: does a unit rise, by more than any other rises or falls?"""
    others = np.abs(changes)
    rows = np.arange(len(self.pushed))
    others[..., rows, self.pushed] = 0
    return self.of_own(changes) > others.max(-1)

  def of_own(self, changes: np.ndarray) -> np.ndarray:
    """... k, of the pushed units themselves, from ... k 12."""
    return changes[..., np.arange(len(self.pushed)), self.pushed]


def respond(
  model: Model,
  edit: Edit,
  codes: np.ndarray,
  operator: Operator,
  strength: float,
  pushed: Sequence[int],
) -> Response:
  """Pushes each of some units of codes n L w by itself and measures all."""
  before = model.render(codes)
  level = model.judged(before)
  changes, likeness = [], []
  for row in strength * np.eye(len(NAMES), dtype=np.float32)[list(pushed)]:
    after = model.render(edit(codes, row, operator))
    changes.append(model.judged(after) - level)
    likeness.append(model.likeness(before, after))
  return Response(tuple(pushed), np.stack(changes, 1), np.stack(likeness, 1))


def told(
  found: Response, noise: np.ndarray, *, subjects: Sequence[str], seed: int
) -> dict[str, Any]:
  """A row of figures.

  Args:
    found: of one operator.
    noise: mean absolute error (12) of the judge on held-out pictures.
    subjects: who the n faces are, for the interval of `own_change`.
    seed: of that interval's draws.
  """
  mean, each = found.changes.mean(0), found.of_own(found.changes)
  count = len(NAMES) - 1
  others = np.abs(mean).sum(1) - np.abs(found.of_own(mean))
  return {
    'own_rows': int(found.own(mean).sum()),
    'own_rows_by_noise': int(found.own(mean / noise).sum()),
    'rows': len(found.pushed),
    'face_own_share': float(found.own(found.changes).mean()),
    **described(
      'own_change', interval(each.mean(1), seed=seed, groups=subjects)
    ),
    'other_change': float((others / count).mean()),
    'same_person_cosine': float(found.likeness.mean()),
    'faces': len(found.changes),
  }


def matrices(found: Mapping[str, Response]) -> dict[str, Any]:
  """Mean change by operator, rows pushed and columns measured."""
  return {
    name: {
      'pushed': [NAMES[i] for i in one.pushed],
      'measured': list(NAMES),
      'change': one.changes.mean(0).round(4).tolist(),
      'person_cosine': one.likeness.mean(0).round(4).tolist(),
    }
    for name, one in found.items()
  }
