"""AKD, AED and the normalised error: stored values, faces not found."""

import json
import math

import numpy as np
import pytest

from facegen_jax.metrics.landmark_distance import (
  average_embedding_distance,
  average_keypoint_distance,
  normalised_mean_error,
)

NAN = math.nan


def _lost(x, detected):
  """The frames that no face was found in, as rows of NaN."""
  x = np.array(x, np.float64)
  x[~detected.astype(bool)] = NAN
  return x


def _points(seed=0, frames=6, count=68):
  return np.random.default_rng(seed).uniform(0, 255, (frames, count, 2))


@pytest.mark.goldens
def test_stored_distances(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'landmark.json').read_text())
  inputs = np.load(folder / 'landmark_inputs.npz')
  made = _lost(inputs['kp_gen'], inputs['detected_gen'])
  found = average_keypoint_distance(inputs['kp_ref'], made)
  identity = average_embedding_distance(inputs['id_ref'], inputs['id_gen'])
  error = normalised_mean_error(inputs['kp_ref'], made)
  for name, value in {
    'akd_fomm_code': found.akd,
    'akd_euclidean': found.akd_euclidean,
    'missing_rate': found.missing_rate,
    'nme_interocular_outer_mean': error,
    'aed_fomm_code_squared_l2': identity.aed,
    'aed_euclidean': identity.aed_euclidean,
  }.items():
    np.testing.assert_allclose(value, wanted[name], rtol=1e-6, err_msg=name)


def test_code_and_textbook_forms():
  a = np.zeros((2, 4, 2))
  found = average_keypoint_distance(a, a + np.array([3, 4]))
  assert (found.akd, found.akd_euclidean) == (3.5, 5)
  assert (found.compared, found.missing_rate) == (2, 0)
  identity = average_embedding_distance(a[..., 0], a[..., 0] + 1.5)
  assert (identity.aed, identity.aed_euclidean) == (9, 3)


def test_faces_not_found_are_skipped_and_counted_on_their_side():
  a, b = _points(0), _points(1)
  wanted = average_keypoint_distance(a[[0, 4, 5]], b[[0, 4, 5]])
  a[[1, 2], 0] = NAN  # no reference; one of them is not found in either
  b[[2, 3]] = NAN
  found = average_keypoint_distance(a, b)
  assert found.akd == wanted.akd
  assert found.akd_euclidean == wanted.akd_euclidean
  assert (found.compared, found.missing, found.missing_reference) == (3, 1, 2)
  assert found.missing_rate == 1 / 4
  assert normalised_mean_error(a, b) == normalised_mean_error(
    a[[0, 4, 5]], b[[0, 4, 5]]
  )


def test_akd_scales_with_the_picture_and_the_normalised_error_does_not():
  a, b = _points(0), _points(1)
  small = average_keypoint_distance(a / 4, b / 4)
  assert small.akd == pytest.approx(average_keypoint_distance(a, b).akd / 4)
  assert normalised_mean_error(a / 4, b / 4) == pytest.approx(
    normalised_mean_error(a, b)
  )


def test_identical_faces():
  a = _points()
  found = average_keypoint_distance(a, a)
  assert (found.akd, found.akd_euclidean) == (0, 0)
  assert normalised_mean_error(a, a) == 0


def test_no_frame_to_compare():
  a = np.full((3, 68, 2), NAN)
  found = average_keypoint_distance(a, _points(frames=3))
  assert math.isnan(found.akd) and math.isnan(found.missing_rate)
  assert (found.compared, found.missing_reference) == (0, 3)
  lost = average_keypoint_distance(_points(frames=3), a)
  assert math.isnan(lost.akd) and lost.missing_rate == 1
  assert math.isnan(normalised_mean_error(a, a))
  empty = average_embedding_distance(np.zeros((0, 4)), np.zeros((0, 4)))
  assert math.isnan(empty.aed) and empty.compared == 0
  flat = np.zeros((1, 68, 2))  # both eyes are in one place
  assert math.isnan(normalised_mean_error(flat, flat + 1))


def test_units_of_the_normalised_error():
  a = np.zeros((2, 68, 2))
  a[:, 36:42, 0], a[:, 42:48, 0] = 10, 50
  a[:, 36, 0], a[:, 45, 0] = 4, 56  # centres at 9 and 51
  b = a + np.array([0, 1.3])
  assert normalised_mean_error(a, b) == pytest.approx(1.3 / 42)
  found = normalised_mean_error(a, b, 'inter-ocular')
  assert found == pytest.approx(1.3 / 52)
  with pytest.raises(ValueError, match='inter-pupil, inter-ocular'):
    normalised_mean_error(a, b, 'pupil')


def test_other_shapes_and_infinite_values_are_refused():
  a = _points()
  with pytest.raises(ValueError, match='rank 3'):
    average_keypoint_distance(a, a[:3])
  with pytest.raises(ValueError, match='t k 2'):
    average_keypoint_distance(np.zeros((2, 5, 3)), np.zeros((2, 5, 3)))
  with pytest.raises(ValueError, match='68 landmarks'):
    normalised_mean_error(a[:, :5], a[:, :5])
  with pytest.raises(ValueError, match='infinite'):
    average_embedding_distance(np.full((1, 2), np.inf), np.zeros((1, 2)))
