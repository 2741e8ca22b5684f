"""Scores of class predictions: accuracy, macro-F1 (UF1), UAR, confusion.

The list of classes is always given, and a class that never occurs counts 0
in every mean over the classes: scikit-learn's `labels=..., zero_division=0`.
Left to itself scikit-learn averages over the classes it sees, so a number
would depend on the test clips. Which classes were absent is told. Computed in
float64 on the host.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError

Labels = Sequence[Hashable]


class Scores(NamedTuple):
  """Scores of n predictions over c classes.

  Attributes:
    accuracy: share of right predictions.
    macro_f1: mean F1 of all c classes; UF1 of MEGC 2019 if folds are pooled.
    uar: mean recall of all c classes (unweighted average recall).
    macro_f1_present: mean F1 of the classes seen, scikit-learn's default; to
      compare with numbers computed so, never a headline.
    f1, recall, precision: c float64 each, 0 where undefined.
    confusion: c c counts, truth in rows, prediction in columns.
    count: n.
    untrue: indices of classes without a true sample; recall counts 0.
    absent: indices of those that were not predicted either; F1 counts 0.
  """

  accuracy: float
  macro_f1: float
  uar: float
  macro_f1_present: float
  f1: np.ndarray
  recall: np.ndarray
  precision: np.ndarray
  confusion: np.ndarray
  count: int
  untrue: tuple[int, ...]
  absent: tuple[int, ...]


class Fold(NamedTuple):
  """Predictions (n) of one fold, and each sample's place (n) in the list."""

  places: np.ndarray
  predicted: np.ndarray


def confusion(truth: Labels, predicted: Labels, labels: Labels) -> np.ndarray:
  """Counts c c of truth (rows) against prediction (columns), int64.

  Args:
    truth: n classes, each one of `labels`.
    predicted: n classes of the same samples, in the same order.
    labels: the c classes, in the order of rows and columns.

  Raises:
    ValueError: lengths differ, or a label is there twice.
    UserError: a class that is not in `labels`; no sample at all.
  """
  labels, truth, predicted = map(_plain, (labels, truth, predicted))
  places = {label: i for i, label in enumerate(labels)}
  if len(places) < len(labels):
    raise ValueError(f'the classes {labels} are not all different')
  if len(truth) != len(predicted):
    raise ValueError(
      f'{len(truth)} labels against {len(predicted)} predictions'
    )
  if not truth:
    raise UserError('no sample to score: give labels and their predictions')
  table = np.zeros((len(labels), len(labels)), np.int64)
  rows = _indices(truth, places, 'label')
  columns = _indices(predicted, places, 'prediction')
  np.add.at(table, (rows, columns), 1)
  return table


def _plain(values: Labels) -> list[Hashable]:
  """A list of Python's own values: NumPy's text and numbers hash alike."""
  array = np.asarray(values)
  if array.ndim != 1:
    raise ValueError(f'classes are a list of one class a sample, not {array}')
  return array.tolist()


def _indices(
  values: list[Hashable], places: dict[Hashable, int], kind: str
) -> list[int]:
  for i, value in enumerate(values):
    if value not in places:
      raise UserError(
        f'{kind} {value!r} of sample {i} is no class of {list(places)}: map it '
        'to one of them or leave the sample out'
      )
  return [places[value] for value in values]


def from_confusion(table: np.ndarray) -> Scores:
  """The scores of counts c c, truth in rows.

  Raises:
    ValueError: not square, or a count that is negative or not whole.
    UserError: nothing was counted.
  """
  table = np.array(table)
  if table.ndim != 2 or table.shape[0] != table.shape[1]:
    raise ValueError(f'a confusion matrix is square, not {table.shape}')
  if table.dtype.kind not in 'iu' or (table < 0).any():
    raise ValueError('a confusion matrix holds whole counts from 0')
  if not table.sum():
    raise UserError('no sample to score: the confusion matrix is all 0')
  right = np.diag(table)
  true, guessed = table.sum(1), table.sum(0)
  f1 = _ratio(2 * right, true + guessed)
  seen = true + guessed > 0
  recall = _ratio(right, true)
  return Scores(
    accuracy=float(right.sum() / table.sum()),
    macro_f1=float(f1.mean()),
    uar=float(recall.mean()),
    macro_f1_present=float(f1[seen].mean()),
    f1=f1,
    recall=recall,
    precision=_ratio(right, guessed),
    confusion=table,
    count=int(table.sum()),
    untrue=tuple(np.flatnonzero(true == 0).tolist()),
    absent=tuple(np.flatnonzero(~seen).tolist()),
  )


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
  """Quotient in float64; 0 where there is nothing (zero_division=0)."""
  return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def scores(truth: Labels, predicted: Labels, labels: Labels) -> Scores:
  """The scores of `confusion(truth, predicted, labels)`, same arguments."""
  return from_confusion(confusion(truth, predicted, labels))


def pooled(truth: Labels, folds: Iterable[Fold], labels: Labels) -> Scores:
  """The scores over the test samples of all folds together (MEGC 2019).

  TP, FP and FN are added up before F1 is taken; the mean of the folds' F1 is
  another number. Predictions go back to their samples by `places`, so folds
  may hold them in any order.

  Args:
    truth: n classes of the whole list.
    folds: each with the places in that list, from 0, of its predictions.
    labels: the c classes.

  Raises:
    ValueError: a sample is in no fold or in two, or a place is not in the list.
    UserError: as `confusion`.
  """
  folds = [Fold(*map(np.asarray, fold)) for fold in folds]
  for fold in folds:
    if fold.places.shape != fold.predicted.shape:
      raise ValueError(
        f'{fold.predicted.shape} predictions at {fold.places.shape} places'
      )
  if not folds:
    raise UserError('no fold to score: give each fold and its predictions')
  places = np.concatenate([fold.places for fold in folds])
  if not np.array_equal(np.sort(places), np.arange(len(truth))):
    raise ValueError(
      f'the folds hold {len(places)} predictions at '
      f'{len(set(places.tolist()))} places: each of the {len(truth)} samples '
      'must be in just one fold'
    )
  predicted = np.concatenate([fold.predicted for fold in folds])
  return scores(truth, predicted[np.argsort(places)], labels)
