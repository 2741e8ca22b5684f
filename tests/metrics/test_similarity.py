"""Cosine similarity, verification, calibration and the expression floor."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cosine as cosine_distance

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.similarity import (
  calibrate,
  cosine,
  expression_similarity,
  threshold_curve,
  verification,
  wilson,
)


def _features(seed, *shape):
  return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_cosine_equals_scipy():
  a, b = _features(0, 20, 64), _features(1, 20, 64)
  wanted = [1 - cosine_distance(x, y) for x, y in zip(a, b, strict=True)]
  np.testing.assert_allclose(cosine(a, b), wanted, atol=1e-6)
  np.testing.assert_allclose(cosine(a * 1e25, b * 1e-20), wanted, atol=1e-6)


def test_cosine_of_degenerate_rows():
  a = np.array([[0.0, 0.0], [math.nan, 1.0], [1.0, 0.0]])
  b = np.array([[1.0, 0.0], [1.0, 0.0], [-2.0, 0.0]])
  got = np.asarray(cosine(a, b))
  assert got[0] == 0
  assert math.isnan(got[1])
  assert got[2] == -1


@pytest.mark.goldens
def test_stored_verification(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'verification.json').read_text())
  inputs = np.load(folder / 'verification_inputs.npz')
  similarity = cosine(inputs['emb_target'], inputs['emb_generated'])
  np.testing.assert_allclose(similarity, wanted['cosine'], atol=1e-6)
  np.testing.assert_allclose(
    1 - np.asarray(similarity), wanted['cosine_distance_scipy'], atol=1e-6
  )
  np.testing.assert_allclose(
    np.mean(similarity), wanted['mean_cosine'], atol=1e-6
  )
  result = verification(similarity, wanted['threshold'])
  assert result.rate == wanted['rate_similarity_ge']
  assert (result.count, result.missing) == (len(wanted['cosine']), 0)
  # As a distance, which deepface's 0.68 is, the threshold passes others.
  if wanted['rate_similarity_ge'] != wanted['TRAP_rate_if_read_as_distance_le']:
    assert result.rate != wanted['TRAP_rate_if_read_as_distance_le']
  mean = expression_similarity(inputs['emb_target'], inputs['emb_generated'])
  np.testing.assert_allclose(mean.mean, wanted['mean_cosine'], atol=1e-6)
  curve = threshold_curve(similarity, [-1, wanted['threshold'], 1.1])
  np.testing.assert_array_equal(curve.rate, [1, result.rate, 0])


def test_distances_are_refused():
  with pytest.raises(ValueError, match=r'\[-1, 1\]'):
    verification(np.array([0.3, 1.4]))
  with pytest.raises(ValueError, match=r'\[-1, 1\]'):
    threshold_curve(np.array([np.inf]), np.array([0.5]))
  assert verification(np.array([1 + 1e-6])).passed == 1


def test_the_threshold_itself_passes_and_missing_faces_do_not_count():
  result = verification(np.array([0.68, 0.7, 0.1, math.nan]), 0.68)
  assert (result.passed, result.count, result.missing) == (2, 3, 1)
  assert result.rate == pytest.approx(2 / 3)
  assert result.low < result.rate < result.high
  nothing = verification(np.array([math.nan]))
  assert math.isnan(nothing.rate)
  assert (nothing.low, nothing.high) == (0, 1)


@pytest.mark.parametrize(('passed', 'count'), [(0, 10), (3, 7), (91, 91)])
def test_wilson_equals_scipy(passed, count):
  wanted = stats.binomtest(passed, count).proportion_ci(method='wilson')
  np.testing.assert_allclose(wilson(passed, count), wanted, atol=1e-6)


def test_curve_equals_one_rate_at_a_time():
  similarity = np.array([0.1, 0.5, 0.5, 0.9, math.nan])
  thresholds = np.array([-1.0, 0.1, 0.5, 0.51, 0.9, 1.0])
  curve = threshold_curve(similarity, thresholds)
  np.testing.assert_array_equal(curve.thresholds, thresholds)
  np.testing.assert_allclose(curve.rate, [1, 1, 0.75, 0.25, 0.25, 0])
  ends = [wilson(n, 4) for n in (4, 4, 3, 1, 1, 0)]
  np.testing.assert_allclose(np.stack([curve.low, curve.high], 1), ends)
  assert (np.diff(curve.rate) <= 0).all()
  nothing = threshold_curve(np.array([math.nan]), thresholds)
  assert np.isnan(nothing.rate).all()
  np.testing.assert_array_equal(nothing.high - nothing.low, np.ones(6))
  assert threshold_curve(similarity, np.array([])).rate.shape == (0,)


@pytest.mark.parametrize('far', [0.0, 0.01, 0.1, 0.5])
def test_calibration_is_the_least_threshold_within_the_rate(far):
  impostor = np.random.default_rng(0).uniform(-1, 0.6, 200)
  genuine = np.random.default_rng(1).uniform(0.2, 1, 50)
  got = calibrate(genuine, impostor, far=far)
  assert got.false_accept_rate == far  # 200 pairs make these rates exact
  impostor = np.float32(impostor)
  assert (impostor >= got.threshold).mean() == far
  lower = impostor[impostor < got.threshold].max()
  assert (impostor >= lower).mean() > far
  assert got.true_accept_rate == (np.float32(genuine) >= got.threshold).mean()


def test_calibration_with_ties_stays_within_the_rate():
  impostor = np.array([0.5] * 10 + [0.1] * 90)
  got = calibrate(np.array([0.5, 0.9]), impostor, far=0.05)
  assert got.false_accept_rate == 0
  assert got.true_accept_rate == 0.5


def test_calibration_needs_both_kinds():
  with pytest.raises(UserError, match='0 of the same'):
    calibrate(np.array([math.nan]), np.array([0.1]))
  with pytest.raises(UserError, match='1 of the same person and 0'):
    calibrate(np.array([0.1]), np.array([]))
  with pytest.raises(UserError, match='not 1'):
    calibrate(np.array([0.1]), np.array([0.1]), far=1)


def _pairs(a, b):
  a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
  return np.array([[1 - cosine_distance(x, y) for y in b] for x in a])


def test_expression_similarity_and_its_floor():
  source = np.abs(_features(0, 7, 2, 2, 5))
  generated = np.abs(source + 0.2 * _features(1, 7, 2, 2, 5))
  table = _pairs(source, generated)
  got = expression_similarity(source, generated)
  off = ~np.eye(7, dtype=bool)
  np.testing.assert_allclose(got.mean, np.diag(table).mean(), atol=1e-6)
  np.testing.assert_allclose(got.floor, table[off].mean(), atol=1e-6)
  assert (got.count, got.missing, got.floor_count) == (7, 0, 42)
  assert got.floor < got.mean

  labels = np.array([0, 3, 0, 1, 3, 3, 1])
  other = labels[:, None] != labels
  got = expression_similarity(source, generated, labels)
  np.testing.assert_allclose(got.floor, table[other].mean(), atol=1e-6)
  assert got.floor_count == other.sum()


def test_expression_similarity_of_degenerate_sets():
  a = _features(0, 3, 4)
  spoilt = a.copy()
  spoilt[1, 0] = math.nan
  got = expression_similarity(a, spoilt)
  assert (got.count, got.missing) == (2, 1)
  assert got.mean == pytest.approx(1, abs=1e-6)
  assert math.isnan(expression_similarity(a[:1], a[:1]).floor)
  same = expression_similarity(a, a, np.zeros(3))
  assert math.isnan(same.floor)
  nothing = expression_similarity(a * math.nan, a)
  assert math.isnan(nothing.mean)
  assert (nothing.count, nothing.missing) == (0, 3)
  with pytest.raises(ValueError, match='against'):
    expression_similarity(a, a[:2])
