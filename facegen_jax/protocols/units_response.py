"""What an edit of one action unit does to the others: 12 x 12, measured.

The spec of the paper's claim that projection decouples units: a row is the
unit that is pushed, a column one that the judge measures.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.protocols.intervals import described, interval
from facegen_jax.protocols.units_model import NAMES, Model


class Operator(NamedTuple):
  """A way to edit a code.

  Attributes:
    mode: 'add' a multiple of a normal, or 'set' the distance to its boundary.
    projected: whether the normal is freed of those of all units that are not
      asked for, so that these hold.
  """

  mode: str
  projected: bool

  @property
  def name(self) -> str:
    """As in tables."""
    return self.mode + ', projected' * self.projected


OPERATORS = tuple(Operator(m, p) for m in ('add', 'set') for p in (False, True))

# codes n L w, strengths (12,), operator -> codes n L w
Edit = Callable[[np.ndarray, np.ndarray, Operator], np.ndarray]


class Response(NamedTuple):
  """How n faces answer each of k units.

  Attributes:
    changes: n k k, of measured intensities: face, pushed, measured.
    likeness: n k, cosine of whom the face shows before and after.
  """

  changes: np.ndarray
  likeness: np.ndarray


def respond(
  model: Model,
  edit: Edit,
  codes: np.ndarray,
  operator: Operator,
  strength: float,
) -> Response:
  """Pushes every unit of codes n L w by itself and measures all."""
  before = model.render(codes)
  level = model.judged(before)
  changes, likeness = [], []
  for row in np.eye(len(NAMES), dtype=np.float32):
    after = model.render(edit(codes, strength * row, operator))
    changes.append(model.judged(after) - level)
    likeness.append(model.likeness(before, after))
  return Response(np.stack(changes, 1), np.stack(likeness, 1))


def own(matrix: np.ndarray) -> np.ndarray:
  """k bool: does a unit rise, by more than any other rises or falls?"""
  value = matrix.diagonal()
  others = np.where(np.eye(len(matrix), dtype=bool), 0, np.abs(matrix)).max(1)
  return value > others


def told(
  found: Response, noise: np.ndarray, *, subjects: list[str], seed: int
) -> dict[str, Any]:
  """A row of figures.

  Args:
    found: of one operator.
    noise: mean absolute error (12) of the judge on held-out pictures.
    subjects: who the n faces are, for the interval of `own_change`.
    seed: of that interval's draws.
  """
  matrix = found.changes.mean(0)
  pushed = np.einsum('nii->ni', found.changes).mean(1)
  off = ~np.eye(len(matrix), dtype=bool)
  return {
    'own_rows': int(own(matrix).sum()),
    'own_rows_by_noise': int(own(matrix / noise).sum()),
    **described('own_change', interval(pushed, seed=seed, groups=subjects)),
    'other_change': float(np.abs(matrix[off]).mean()),
    'face_own_share': float(np.mean([own(x) for x in found.changes])),
    'same_person_cosine': float(found.likeness.mean()),
    'faces': len(found.changes),
  }


def matrices(found: dict[str, Response]) -> dict[str, Any]:
  """Mean change by operator, rows pushed and columns measured."""
  return {
    name: {
      'units': list(NAMES),
      'measured_change': one.changes.mean(0).round(4).tolist(),
      'likeness': one.likeness.mean(0).round(4).tolist(),
    }
    for name, one in found.items()
  }
