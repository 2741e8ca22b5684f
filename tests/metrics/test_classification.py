"""Accuracy, macro-F1, UAR and confusion with the classes always given."""

import numpy as np
import pytest
from sklearn import metrics

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.classification import (
  Fold,
  confusion,
  from_confusion,
  pooled,
  scores,
)


def _draw(seed, count=200, classes=4):
  rng = np.random.default_rng(seed)
  truth = rng.integers(0, classes, count)
  guess = rng.integers(0, classes, count)
  return truth, np.where(rng.random(count) < 0.5, truth, guess)


def _by_counting(truth, predicted, labels):
  """The definitions, one class at a time in plain Python."""
  f1, recall = [], []
  pairs = list(zip(truth, predicted, strict=True))
  for c in labels:
    tp = sum(t == c == p for t, p in pairs)
    fp = sum(p == c != t for t, p in pairs)
    fn = sum(t == c != p for t, p in pairs)
    f1.append(2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0)
    recall.append(tp / (tp + fn) if tp + fn else 0.0)
  accuracy = sum(t == p for t, p in pairs) / len(pairs)
  return accuracy, sum(f1) / len(f1), sum(recall) / len(recall)


@pytest.mark.parametrize('seed', range(4))
def test_scores_are_those_of_the_definitions(seed):
  truth, predicted = _draw(seed)
  labels = range(5 if seed % 2 else 4)  # 5: one class never occurs
  s = scores(truth, predicted, labels)
  wanted = _by_counting(truth.tolist(), predicted.tolist(), labels)
  np.testing.assert_allclose(
    (s.accuracy, s.macro_f1, s.uar), wanted, rtol=1e-14
  )
  assert s.confusion.sum() == s.count == len(truth)
  assert s.absent == s.untrue == ((4,) if seed % 2 else ())


@pytest.mark.parametrize('labels', [range(4), range(6)])
def test_scores_equal_scikit_learn(labels):
  truth, predicted = _draw(7)
  truth[truth == 2] = 1
  s = scores(truth, predicted, labels)
  how = {'labels': list(labels), 'zero_division': 0}
  for ours, name in (
    (s.f1, 'f1'),
    (s.recall, 'recall'),
    (s.precision, 'precision'),
  ):
    score = getattr(metrics, f'{name}_score')
    wanted = score(truth, predicted, average=None, **how)
    np.testing.assert_allclose(ours, wanted, rtol=1e-14)
  for ours, name in ((s.macro_f1, 'f1'), (s.uar, 'recall')):
    score = getattr(metrics, f'{name}_score')
    wanted = score(truth, predicted, average='macro', **how)
    assert ours == pytest.approx(wanted, rel=1e-14)
  present = metrics.f1_score(truth, predicted, average='macro')
  assert s.macro_f1_present == pytest.approx(present, rel=1e-14)
  table = metrics.confusion_matrix(truth, predicted, labels=list(labels))
  np.testing.assert_array_equal(s.confusion, table)


def test_absent_classes_count_0_and_are_told():
  s = scores([0, 0, 1, 1], [0, 0, 1, 2], range(4))
  assert (s.untrue, s.absent) == ((2, 3), (3,))
  assert s.uar == pytest.approx((1 + 0.5) / 4)
  assert s.macro_f1 == pytest.approx((1 + 2 / 3) / 4)
  assert s.macro_f1_present == pytest.approx((1 + 2 / 3) / 3)


def test_one_class_alone():
  s = scores([0], [0], [0])
  assert (s.accuracy, s.macro_f1, s.uar, s.count) == (1, 1, 1, 1)


def test_labels_may_be_names_and_give_the_order():
  truth, predicted = np.array(['b', 'a', 'b']), ['b', 'b', 'a']
  np.testing.assert_array_equal(
    confusion(truth, predicted, ('b', 'a')), [[1, 1], [1, 0]]
  )


def test_scores_do_not_change_with_the_order_of_samples_or_classes():
  truth, predicted = _draw(3)
  first = scores(truth, predicted, range(4))
  order = np.random.default_rng(0).permutation(len(truth))
  again = scores(truth[order], predicted[order], [2, 0, 3, 1])
  for name in ('accuracy', 'macro_f1', 'uar', 'macro_f1_present'):
    assert getattr(again, name) == pytest.approx(
      getattr(first, name), rel=1e-14
    )
  np.testing.assert_array_equal(again.f1, first.f1[[2, 0, 3, 1]])


@pytest.mark.parametrize('value', [3, -1, float('nan'), None, '1'])
def test_a_class_out_of_the_list_is_named(value):
  truth = np.array([0, 1, value], object)
  with pytest.raises(UserError, match=r'label .* of sample 2 is no class'):
    confusion(truth, [0, 1, 1], range(3))
  with pytest.raises(UserError, match=r'prediction .* of sample 2 is no class'):
    confusion([0, 1, 1], truth, range(3))


def test_nothing_to_score():
  with pytest.raises(UserError, match='no sample'):
    scores([], [], range(3))
  with pytest.raises(UserError, match='no sample'):
    from_confusion(np.zeros((3, 3), int))
  with pytest.raises(UserError, match='no fold'):
    pooled([0, 1], [], range(3))


@pytest.mark.parametrize(
  ('truth', 'predicted', 'labels'),
  [
    ([0, 1], [0], range(2)),
    ([0, 1], [0, 1], [0, 1, 1]),
    ([[0], [1]], [0, 1], range(2)),
  ],
)
def test_unmatched_lists_are_refused(truth, predicted, labels):
  with pytest.raises(ValueError):
    scores(truth, predicted, labels)


@pytest.mark.parametrize(
  'table', [[[1, 2]], [[1, -1], [0, 1]], [[0.5, 0.5], [0, 1]], [1, 2]]
)
def test_no_confusion_matrix(table):
  with pytest.raises(ValueError, match='confusion matrix'):
    from_confusion(table)


def test_folds_are_pooled_by_place_whatever_their_order():
  truth, predicted = _draw(5, 60, 3)
  order = np.random.default_rng(1).permutation(60)
  parts = np.split(order, [7, 7, 30])  # one fold is empty
  folds = [Fold(part, predicted[part]) for part in parts]
  got = pooled(truth, folds, range(3))
  wanted = scores(truth, predicted, range(3))
  np.testing.assert_array_equal(got.confusion, wanted.confusion)
  assert got.macro_f1 == wanted.macro_f1


@pytest.mark.parametrize('places', [[0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1]])
def test_each_sample_is_in_one_fold(places):
  with pytest.raises(ValueError, match='just one fold'):
    pooled([0, 1, 0], [Fold(places, [0] * len(places))], range(2))


def test_a_fold_has_a_place_for_each_prediction():
  with pytest.raises(ValueError, match='places'):
    pooled([0, 1], [Fold([0, 1], [0])], range(2))
