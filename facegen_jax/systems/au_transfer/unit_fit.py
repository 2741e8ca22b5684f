"""Fits the boundaries of all units to encoded faces."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import boundaries, unit_planes
from facegen_jax.systems.au_transfer.descriptors import named
from facegen_jax.systems.au_transfer.unit_faces import neutral
from facegen_jax.systems.au_transfer.unit_planes import Faces, How

FOLDS = 5  # of people
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # tried where c is 0
_FEW = 10  # people, below which a boundary is mistrusted


class Fitted(NamedTuple):
  """What faces tell.

  Attributes:
    units: arguments of `Units`.
    how: with the penalty and the rows that were taken.
  """

  units: dict[str, Any]
  how: How


def fit(
  codes: np.ndarray,
  intensities: np.ndarray,
  people: Sequence[str],
  how: How,
) -> Fitted:
  """Boundaries between neutral faces and those with a unit.

  Args:
    codes: n L w.
    intensities: n 12 in [0, 1].
    people: n, whose faces they are; accuracy is measured on people who are
      left out, in `FOLDS` folds.
    how: see there.

  Raises:
    UserError: see `shown_units`.
  """
  rows = min(how.rows, codes.shape[1]) or codes.shape[1]
  where = boundaries.flat(codes, how.space, rows)
  faces = Faces(where, np.asarray(intensities), np.asarray(people))
  shown, _ = shown_units(faces.intensities, faces.people, how)
  how = how._replace(c=how.c or _penalty(faces, shown, how), rows=rows)
  planes = unit_planes.planes(faces, shown, how)
  normals = np.stack([plane.coef for plane in planes])
  intercepts = np.array([plane.intercept for plane in planes])
  figures = _figures(faces, shown, normals, intercepts, how)
  if how.normal == 'walked':
    # Where a face's code is follows from its labels: nothing is told apart.
    figures['accuracy_train'] = figures['accuracy_held'] = np.full(
      len(shown), np.nan
    )
  else:
    figures['accuracy_held'] = _held(faces, shown, how)
  about = {'space': how.space, 'rows': rows}
  about |= {'layers': codes.shape[1], 'w': codes.shape[2]}
  about['names'] = tuple(f'AU{AUS[i]}' for i in shown)
  return Fitted(about | figures, how)


def shown_units(
  intensities: np.ndarray, people: np.ndarray, how: How
) -> tuple[list[int], list[str]]:
  """Indices by `AUS` of the units that can be fitted; notes on the others.

  Args:
    intensities: n 12 in [0, 1].
    people: n.
    how: see there.

  Raises:
    UserError: no neutral face, no unit that enough people show, or one that
      changes in nobody, which the SVM alone can do without.
  """
  if not neutral(intensities).any():
    raise UserError(
      'no neutral face among them: a boundary needs faces without any of the '
      'twelve units'
    )
  positive = intensities >= how.least
  count = [len({*people[column]}) for column in positive.T]
  shown = [i for i, n in enumerate(count) if n >= max(how.fewest, 1)]
  if not shown:
    raise UserError(
      f'no unit is shown at {how.least:g} or more by {how.fewest} people: '
      'lower config.units.least or config.units.fewest, or give more faces'
    )
  changes = boundaries.changes(intensities, people)
  fixed = [AUS[i] for i in shown if not changes[i]]
  if fixed and how.normal != 'svm':
    raise UserError(
      f'config.units.normal={how.normal}: nobody shows {named(fixed)} in one '
      "face and not in another; take 'svm'"
    )
  notes = [
    f'AU{AUS[i]}: left out, {n} people show it at {how.least:g} or more and '
    f'config.units.fewest={how.fewest}'
    for i, n in enumerate(count)
    if i not in shown
  ]
  if few := [AUS[i] for i in shown if count[i] < _FEW]:
    notes.append(
      f'{named(few)}: fewer than {_FEW} people; the boundary may tell people '
      'apart instead'
    )
  return shown, notes


def _figures(
  faces: Faces,
  shown: list[int],
  normals: np.ndarray,
  intercepts: np.ndarray,
  how: How,
) -> dict[str, np.ndarray]:
  d = boundaries.distances(faces.codes, normals, intercepts)
  positive = faces.intensities[:, shown] >= how.least
  neutral = faces.neutral
  sides = zip(d.T, positive.T, strict=True)
  counts = [
    [p.sum(), neutral.sum(), *(len({*faces.people[x]}) for x in (p, neutral))]
    for p in positive.T
  ]
  return {
    'normals': normals,
    'intercepts': intercepts,
    'spread': d.std(0),
    'mean_positive': np.array([x[p].mean() for x, p in sides]),
    'mean_neutral': d[neutral].mean(0),
    'accuracy_train': _accuracies(d, faces, shown, how),
    'counts': np.array(counts),
  }


def _accuracies(
  d: np.ndarray, faces: Faces, shown: list[int], how: How
) -> np.ndarray:
  """(k,) of distances n k; NaN distances are those of faces not judged."""
  out = []
  for column, i in zip(d.T, shown, strict=True):
    positive = faces.intensities[:, i] >= how.least
    part = (positive | faces.neutral) & ~np.isnan(column)
    out.append(boundaries.accuracy(column[part], positive[part]))
  return np.array(out)


def _held(faces: Faces, shown: list[int], how: How) -> np.ndarray:
  """(k,) accuracy on people whom the boundary has not seen."""
  d = np.full((len(faces.codes), len(shown)), np.nan)
  for out in _folds(faces.people):
    if not faces.neutral[~out].any():
      continue
    planes = unit_planes.planes(faces.part(~out), shown, how)
    for k, plane in enumerate(planes):
      if plane is not None:
        d[out, k] = faces.codes[out] @ plane.coef + plane.intercept
  return _accuracies(d, faces, shown, how)


def _folds(people: np.ndarray) -> Iterator[np.ndarray]:
  """Masks of the faces that are left out, `FOLDS` times, nobody on both sides.

  Nothing is left out of a single person.
  """
  everyone = np.random.default_rng(0).permutation(np.unique(people))
  if len(everyone) > 1:
    for group in np.array_split(everyone, min(FOLDS, len(everyone))):
      yield np.isin(people, group)


def _penalty(faces: Faces, shown: list[int], how: How) -> float:
  """The C that is right most often of people left out, of equals the least."""
  if how.normal != 'svm':
    return 1.0
  scores = [
    np.nan_to_num(_held(faces, shown, how._replace(c=c))).mean()
    for c in PENALTIES
  ]
  return PENALTIES[int(np.argmax(scores))]
