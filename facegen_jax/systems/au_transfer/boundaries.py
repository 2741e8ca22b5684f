"""Boundaries of action units in the latent space (section 3.3).

A boundary is a hyperplane with unit normal b; the distance d(b, z) of a code
is positive on the side of the unit. Codes are what `flat` makes of W+.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError

SPACES = ('w', 'wplus')
NORMALS = ('svm', 'paired', 'regressed', 'walked')
_NOTHING = 1e-6  # of intensity: rounding
_RIDGE = 1e-3  # of the mean diagonal: intensities that always come together


class Plane(NamedTuple):
  """The points with <coef, code> + intercept = 0."""

  coef: np.ndarray  # d
  intercept: float

  def unit(self) -> 'Plane':
    """The same plane by its unit normal: values become distances."""
    norm = float(np.linalg.norm(self.coef))
    return Plane(self.coef / norm, self.intercept / norm)


def flat(codes: np.ndarray, space: str, rows: int) -> np.ndarray:
  """Codes in the space of the boundaries, b d float64.

  Args:
    codes: b L w.
    space: 'wplus', the rows one after another (d = rows w, the paper's), or
      'w', their mean (d = w).
    rows: only the first so many of L.
  """
  codes = np.asarray(codes, np.float64)[:, :rows]
  return codes.mean(1) if space == 'w' else codes.reshape(len(codes), -1)


def distances(
  codes: np.ndarray, normals: np.ndarray, intercepts: np.ndarray
) -> np.ndarray:
  """Signed distances, b k, of codes b d to planes k d by their unit normals."""
  return np.asarray(codes, np.float64) @ np.transpose(normals) + intercepts


def svm(codes: np.ndarray, positive: np.ndarray, *, c: float = 1.0) -> Plane:
  """The linear SVM between codes with a unit and neutral ones.

  Both classes weigh the same, however many codes they have.

  Args:
    codes: n d.
    positive: n bool, both values present.
    c: penalty of codes within the margin; the smaller, the nearer the normal
      is to the difference of the classes' means.
  """
  from sklearn.svm import SVC  # slow to import

  fitted = SVC(kernel='linear', C=c, class_weight='balanced')
  fitted.fit(np.asarray(codes, np.float64), np.asarray(positive, int))
  return Plane(fitted.coef_[0], float(fitted.intercept_[0]))


def paired(
  codes: np.ndarray, positive: np.ndarray, people: Sequence[str]
) -> Plane:
  """Mean over people of (their mean with the unit - their neutral mean).

  What differs from person to person cancels. Only people with both count; the
  plane halves the way between the means of the classes.

  Raises:
    UserError: nobody has both.
  """
  codes, people = np.asarray(codes, np.float64), np.asarray(people)
  ways = [
    codes[positive & (people == who)].mean(0)
    - codes[~positive & (people == who)].mean(0)
    for who in sorted({*people[positive]} & {*people[~positive]})
  ]
  if not ways:
    raise UserError(
      'config.units.normal=paired: nobody shows both a neutral face and the '
      "unit; take 'svm'"
    )
  return halving(np.mean(ways, 0), codes, positive)


def halving(
  normal: np.ndarray, codes: np.ndarray, positive: np.ndarray
) -> Plane:
  """The plane of a normal midway between the means of two classes."""
  means = codes[positive].mean(0), codes[~positive].mean(0)
  return Plane(normal, -float(normal @ (means[0] + means[1])) / 2)


def regressed(
  codes: np.ndarray, intensities: np.ndarray, people: Sequence[str]
) -> np.ndarray:
  """Normals, k d, that each read one unit and no other one; 0 = unknown.

  Codes are taken as a person's neutral code + intensities times directions;
  the normals are the directions' dual basis, so that along the direction of
  one unit the distances to the others' planes stay. It parts units that often
  come together (6 and 12), which neutral faces against the rest cannot. Of a
  unit that changes in nobody there is none.

  Args:
    codes: n d, of neutral and expressive faces.
    intensities: n k.
    people: n, whose each is.
  """
  x, y = (_centred(a, people) for a in (intensities, codes))
  gram = x.T @ x
  ridge = _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
  directions = np.linalg.pinv(gram + ridge, hermitian=True) @ x.T @ y
  normals = np.linalg.pinv(directions).T
  return np.where(changes(intensities, people)[:, None], normals, 0)


def changes(intensities: np.ndarray, people: Sequence[str]) -> np.ndarray:
  """Which units, k bool, differ between two faces of one person (n k)."""
  return np.ptp(_centred(intensities, people), axis=0) > _NOTHING


def _centred(values: np.ndarray, people: Sequence[str]) -> np.ndarray:
  """Less each person's mean."""
  values, people = np.array(values, np.float64), np.asarray(people)
  for who in np.unique(people):
    values[people == who] -= values[people == who].mean(0)
  return values


def decoupled(normal: np.ndarray, held: np.ndarray) -> np.ndarray:
  """The unit normal's part that leaves other distances as they are.

  b' = normalised(b - H^T (H H^T)^-1 H b), by least squares, so that held
  normals may be collinear (subspace projection: a claim of section 1, the
  formula is InterFaceGAN's).

  Args:
    normal: d.
    held: m d, normals of what is to stay; m may be 0.

  Raises:
    UserError: nothing of the normal is left.
  """
  if not len(held):
    return normal
  share = np.linalg.lstsq(held.T, normal, rcond=None)[0]
  left = normal - share @ held
  norm = np.linalg.norm(left)
  if norm < 1e-6 * np.linalg.norm(normal):
    raise UserError(
      'a boundary lies within those that are held: nothing of it is left; '
      'hold fewer units'
    )
  return left / norm


def cosines(normals: np.ndarray) -> np.ndarray:
  """Cosine matrix, k k: 0 where projection has nothing to remove."""
  unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
  return unit @ unit.T


def accuracy(distance: np.ndarray, positive: np.ndarray) -> float:
  """Mean of both classes' shares on their own side; NaN without one of them."""
  if positive.all() or not positive.any():
    return float('nan')
  above, below = distance[positive] > 0, distance[~positive] <= 0
  return float(above.mean() + below.mean()) / 2
