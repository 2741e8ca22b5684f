"""What a boundary is fitted to, and the ways of fitting it."""

from typing import NamedTuple

import numpy as np

from facegen_jax.systems.au_transfer import boundaries
from facegen_jax.systems.au_transfer.boundaries import Plane
from facegen_jax.systems.au_transfer.unit_faces import neutral


class How(NamedTuple):
  """What a boundary is.

  Attributes:
    space: of `boundaries.SPACES`; 'wplus' is the paper's.
    normal: of `boundaries.NORMALS`; 'svm' is the paper's; 'walked' is
      'regressed' of codes that a walk made, see `walk`.
    c: penalty of the SVM, of codes in units of their own deviation; 0 = the
      one of `unit_fit.PENALTIES` that is right most often of people left out.
    least: intensity in [0, 1] from which a face shows a unit; DISFA's grades 4
      and 5 are 0.8 and more.
    fewest: people that must show a unit, else it is left out.
    rows: only the first so many rows of W+; 0 = all.
  """

  space: str = 'w'
  normal: str = 'svm'
  c: float = 1.0
  least: float = 0.8
  fewest: int = 3
  rows: int = 0


class Faces(NamedTuple):
  """Encoded faces: where they are, what they show and whose they are."""

  codes: np.ndarray  # n d
  intensities: np.ndarray  # n 12 in [0, 1]
  people: np.ndarray  # n

  def part(self, chosen: np.ndarray) -> 'Faces':
    """Those of a mask."""
    return Faces(*(array[chosen] for array in self))

  @property
  def neutral(self) -> np.ndarray:
    """N bool: all twelve units are 0."""
    return neutral(self.intensities)


def planes(faces: Faces, shown: list[int], how: How) -> list[Plane | None]:
  """Planes with unit normals; None where one of the classes is missing.

  And, of 'regressed' and 'walked', where nobody's unit changes.

  Args:
    faces: neutral ones and others.
    shown: indices of the units by `AUS`.
    how: see there.
  """
  parts = [
    faces.neutral | (faces.intensities[:, i] >= how.least) for i in shown
  ]
  if how.normal in ('regressed', 'walked'):
    normals = boundaries.regressed(
      faces.codes, faces.intensities[:, shown], faces.people
    )
  made = []
  for k, (i, part) in enumerate(zip(shown, parts, strict=True)):
    x, values, people = faces.part(part)
    positive = values[:, i] >= how.least
    if positive.all() or not positive.any():
      made.append(None)
    elif how.normal == 'svm':
      made.append(_svm(x, positive, faces.codes, how.c))
    elif how.normal == 'paired':
      made.append(boundaries.paired(x, positive, people).unit())
    elif normals[k].any():
      made.append(boundaries.halving(normals[k], x, positive).unit())
    else:
      made.append(None)
  return made


def _svm(
  codes: np.ndarray, positive: np.ndarray, whole: np.ndarray, c: float
) -> Plane:
  """The SVM of codes about their mean, in units of their mean deviation.

  So that `c` means the same to every generator.

  Args:
    codes: n d, of two classes.
    positive: n bool.
    whole: all codes, that mean and deviation are taken of.
    c: penalty.
  """
  middle, unit = whole.mean(0), whole.std(0).mean() or 1.0
  plane = boundaries.svm((codes - middle) / unit, positive, c=c)
  coef = plane.coef / unit
  return Plane(coef, plane.intercept - float(coef @ middle)).unit()
