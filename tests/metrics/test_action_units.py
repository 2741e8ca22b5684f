"""Trajectories of action units: stored values, and what has no answer."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from facegen_jax.metrics import trajectory
from facegen_jax.metrics.action_units import (
  compare,
  min_max,
  normalise,
  resample,
)

NAN = math.nan


def _expression(frames=30, peak=12, power=2.0):
  """Rises to 1 at `peak` and falls, t 1."""
  t = np.arange(frames)
  up, down = t / peak, (frames - 1 - t) / (frames - 1 - peak)
  return np.clip(np.minimum(up, down), 0, 1)[:, None] ** power


@pytest.mark.goldens
def test_stored_trajectories(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'au_temporal.json').read_text())
  inputs = np.load(folder / 'au_inputs.npz')
  real, made = (normalise(inputs[k]).values for k in ('au_real', 'au_gen'))
  found = compare(real, made)
  for name, values in {
    'mean_abs_error_per_au': found.mae,
    'rmse_per_au': found.rmse,
    'pearson_per_au': found.pearson,
    'ccc_per_au': found.ccc,
    'apex_position_real': found.apex_real,
    'apex_position_gen': found.apex_generated,
    'onset_linearity_r2_real': found.onset_r2_real,
    'minmax_mae_per_au': compare(real, made, over_range=True).mae,
  }.items():
    np.testing.assert_allclose(values, wanted[name], rtol=1e-6, err_msg=name)
  assert (found.missing_real, found.missing_generated) == (0, 0)


def test_normalising_cuts_and_counts():
  found = normalise(np.array([[0.0, 2.5], [NAN, 5.0], [-0.1, 6.0]]))
  np.testing.assert_array_equal(found.values, [[0, 0.5], [NAN, 1], [0, 1]])
  assert found.cut == 2
  assert normalise(np.array([[0.5]]), scale=1).values[0, 0] == 0.5
  for scale in (0, -1, NAN, math.inf):
    with pytest.raises(ValueError, match='positive'):
      normalise(np.ones((1, 1)), scale)
  with pytest.raises(ValueError, match='infinite'):
    normalise(np.array([[math.inf]]))


def test_min_max_spans_the_range_and_leaves_noise_alone():
  x = np.array([[1.0, 3.0, 0.0], [NAN, 3.0, 5e-9], [3.0, 3.0, 0.0]])
  x = np.concatenate([x, [[2.0, 3.0, 0.0]]])
  found = min_max(x)
  np.testing.assert_array_equal(found[:, 0], [0, NAN, 1, 0.5])
  np.testing.assert_array_equal(found[:, 1:], np.zeros((4, 2)))
  assert np.isnan(min_max(np.full((3, 1), NAN))).all()


def test_resampling_keeps_lines_and_ends():
  x = np.stack([np.linspace(0, 1, 7), np.linspace(1, -1, 7)], 1)
  found = resample(x, 100)
  grid = np.linspace(0, 1, 100)
  np.testing.assert_allclose(found.values[:, 0], grid, atol=1e-12)
  np.testing.assert_allclose(found.values[:, 1], 1 - 2 * grid, atol=1e-12)
  part = resample(x, 3, onset=2, offset=4).values[:, 0]
  np.testing.assert_allclose(part, [2 / 6, 3 / 6, 4 / 6])
  np.testing.assert_array_equal(resample(x, 7).values, x)


def test_frames_without_a_face_are_counted_and_keep_their_time():
  x = np.linspace(0, 1, 11)[:, None]
  whole = resample(x).values
  x[[3, 4]] = NAN
  found = resample(x)
  assert found.missing == 2
  np.testing.assert_allclose(found.values, whole, atol=1e-12)
  x[0] = NAN  # the nearest holds
  assert resample(x, 11).values[0, 0] == pytest.approx(0.1)
  x[:-1] = NAN
  assert np.isnan(resample(x).values).all()
  assert resample(x).missing == 10


def test_onset_and_offset_are_frames_in_order():
  x = np.zeros((5, 1))
  for onset, offset in ((3, 3), (4, 2), (-1, 3), (0, 5)):
    with pytest.raises(ValueError, match='of 5 frames'):
      resample(x, onset=onset, offset=offset)
  with pytest.raises(ValueError, match='of 1 frames'):
    resample(np.zeros((1, 1)))
  with pytest.raises(ValueError, match='2 points'):
    resample(x, 1)


def test_agreement_equals_scipy_and_its_own_definition():
  rng = np.random.default_rng(0)
  a = rng.normal(size=(40, 3))
  b = 0.5 * a + rng.normal(size=(40, 3)) + 1
  r = [stats.pearsonr(a[:, i], b[:, i]).statistic for i in range(3)]
  np.testing.assert_allclose(trajectory.pearson(a, b), r)
  ratio = b.std(0) / a.std(0)
  shift = np.square(a.mean(0) - b.mean(0)) / (a.std(0) * b.std(0))
  wanted = np.array(r) * 2 / (ratio + 1 / ratio + shift)  # Lin 1989
  np.testing.assert_allclose(trajectory.concordance(a, b), wanted)


def test_constant_trajectories():
  moving = np.arange(5.0)[:, None]
  flat = np.full((5, 1), 0.1)
  assert math.isnan(trajectory.pearson(moving, flat)[0])
  assert trajectory.concordance(moving, flat)[0] == pytest.approx(0, abs=1e-12)
  assert math.isnan(trajectory.concordance(flat, flat)[0])
  other = trajectory.concordance(flat, flat + 0.3)[0]
  assert other == pytest.approx(0, abs=1e-12)
  assert math.isnan(trajectory.apex(flat)[0])
  assert math.isnan(trajectory.onset_linearity(flat)[0])
  assert trajectory.concordance(moving, moving)[0] == pytest.approx(1)


def test_a_line_is_linear_and_an_expression_is_not():
  rising = np.linspace(0, 1, 20)[:, None]
  assert trajectory.onset_linearity(rising)[0] == pytest.approx(1)
  curved = [_expression(power=p) for p in (1.0, 2.0, 4.0)]
  found = [float(trajectory.onset_linearity(x)[0]) for x in curved]
  assert found[0] == pytest.approx(1)
  assert found[0] > found[1] > found[2] > 0.4
  for x in curved:
    fit = stats.linregress(np.arange(13), x[:13, 0])
    np.testing.assert_allclose(
      trajectory.onset_linearity(x)[0], fit.rvalue**2, atol=1e-12
    )
  two_points = np.array([[0.0], [1.0], [0.5]])
  assert math.isnan(trajectory.onset_linearity(two_points)[0])


def test_apex_is_the_first_peak():
  assert trajectory.apex(_expression())[0] == pytest.approx(12 / 29)
  assert trajectory.apex(np.array([[0.0], [1.0], [1.0]]))[0] == 0.5
  assert math.isnan(trajectory.apex(np.array([[0.0], [NAN], [1.0]]))[0])


def test_the_same_expression_at_another_rate_agrees():
  found = compare(_expression(30, 12), _expression(59, 24))
  assert found.mae[0] < 0.01
  assert found.pearson[0] > 0.999
  assert found.ccc[0] > 0.999
  assert abs(found.apex_real[0] - found.apex_generated[0]) < 0.02


def test_a_clip_without_faces_has_no_figures():
  found = compare(_expression(), np.full((9, 1), NAN))
  assert found.missing_generated == 9
  for values in (found.mae, found.pearson, found.ccc, found.apex_generated):
    assert math.isnan(values[0])
  assert found.apex_real[0] == pytest.approx(12 / 29, abs=0.01)


def test_what_cannot_be_compared():
  x = _expression()
  with pytest.raises(ValueError, match='1 action units against 2'):
    compare(x, np.concatenate([x, x], 1))
  with pytest.raises(ValueError, match='normalise'):
    compare(x, x * 5)
  with pytest.raises(ValueError, match='t a'):
    compare(x[:, 0], x[:, 0])
  with pytest.raises(ValueError, match='t a'):
    compare(x[:0], x)
