"""ACD and ACD-I: stored values, gaps, bounds and what has no answer."""

import json
import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from facegen_jax.metrics.consistency import acd, acd_i, over_clips

NAN = math.nan


def _unit(x):
  return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _features(seed=0, frames=7, size=16):
  return _unit(np.random.default_rng(seed).normal(size=(frames, size)))


def _stored(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'identity_acd.json').read_text())
  return wanted, np.load(folder / 'identity_inputs.npz')


@pytest.mark.goldens
def test_stored_clips(goldens):
  wanted, inputs = _stored(goldens)
  clips = inputs['feats']
  near = [acd(clip) for clip in clips]
  every = [acd(clip, all_pairs=True) for clip in clips]
  given = [acd_i(*pair) for pair in zip(clips, inputs['ref'], strict=True)]
  found = {'acd_consecutive': near, 'acd_all_pairs': every, 'acd_i': given}
  for name, rows in found.items():
    values = [row.plain for row in rows]
    stored = [row[name] for row in wanted['unit_features']]
    np.testing.assert_allclose(values, stored, rtol=1e-5)
    mean = over_clips(rows)
    np.testing.assert_allclose(mean.plain, wanted['mean'][name], rtol=1e-5)
    assert (mean.clips, mean.left_out, mean.missing) == (len(clips), 0, 0)


@pytest.mark.goldens
def test_stored_values_that_are_wrong_do_not_come_out(goldens):
  wanted, inputs = _stored(goldens)
  for clip, row in zip(inputs['feats'], wanted['unit_features'], strict=True):
    wrong = row['acd_all_ordered_incl_self']
    found = acd(clip, all_pairs=True).plain
    assert not np.isclose(found, wrong, rtol=1e-5, atol=0)
    # It is the mean with every frame's distance to itself, which is 0.
    np.testing.assert_allclose(found * (1 - 1 / len(clip)), wrong, rtol=1e-5)


@pytest.mark.goldens
def test_stored_features_without_unit_norm(goldens):
  wanted, inputs = _stored(goldens)
  rows = wanted['raw_features_not_normalised']
  for clip, row in zip(inputs['raw'], rows, strict=True):
    near, every = acd(clip).plain, acd(clip, all_pairs=True).plain
    np.testing.assert_allclose(near, row['acd_consecutive'], rtol=1e-5)
    np.testing.assert_allclose(every, row['acd_all_pairs'], rtol=1e-5)


def test_both_readings_equal_scipys_distances():
  x, picture = _features(), _features(1, 1)[0]
  table = cdist(x, x)
  above = np.triu_indices(len(x), 1)
  near, every, given = acd(x), acd(x, all_pairs=True), acd_i(x, picture)
  np.testing.assert_allclose(near.plain, np.diag(table, 1).mean())
  np.testing.assert_allclose(near.squared, np.square(np.diag(table, 1)).mean())
  np.testing.assert_allclose(every.plain, table[above].mean())
  np.testing.assert_allclose(every.squared, np.square(table[above]).mean())
  to_picture = cdist(x, picture[None])
  np.testing.assert_allclose(given.plain, to_picture.mean())
  np.testing.assert_allclose(given.squared, np.square(to_picture).mean())
  assert (near.pairs, every.pairs, given.pairs) == (6, 21, 7)


def test_nothing_is_differenced_across_a_gap():
  x = np.array([[0.0], [1.0], [NAN], [100.0], [103.0], [NAN]])
  found = acd(x)
  assert (found.plain, found.squared) == (2, 5)
  assert (found.pairs, found.frames, found.missing) == (2, 6, 2)
  # With the gap closed, 99 between the second and the third face would count.
  closed = acd(x[~np.isnan(x[:, 0])])
  assert closed.plain == pytest.approx(103 / 3)
  every = acd(x, all_pairs=True)
  assert (every.pairs, every.missing) == (6, 2)
  assert acd_i(x, np.array([1.0])).plain == (1 + 0 + 99 + 102) / 4


def test_a_row_with_some_nan_is_a_frame_without_a_face():
  x = _features()
  x[3, 2] = NAN
  assert acd(x).missing == 1
  assert acd(x).pairs == 4


def test_unit_features_stay_within_two_and_a_frozen_clip_is_zero():
  x = _features(frames=1)
  opposite = np.concatenate([x, -x, x])
  assert acd(opposite).plain == pytest.approx(2)
  assert acd(opposite).squared == pytest.approx(4)
  frozen = acd(np.repeat(x, 5, 0))
  assert (frozen.plain, frozen.pairs) == (0, 4)
  assert acd_i(np.repeat(x, 5, 0), x[0]).plain == 0


@pytest.mark.parametrize(
  'x', [np.zeros((1, 3)), np.zeros((0, 3)), np.full((4, 3), NAN)]
)
def test_no_pair_is_nan_and_counted(x):
  for found in (acd(x), acd(x, all_pairs=True)):
    assert math.isnan(found.plain) and math.isnan(found.squared)
    assert found.pairs == 0


def test_an_input_picture_without_a_face_compares_with_nothing():
  found = acd_i(_features(), np.full(16, NAN))
  assert math.isnan(found.plain)
  assert (found.pairs, found.frames, found.missing) == (0, 7, 0)


def test_clips_count_alike_whatever_their_length():
  short, long = acd(np.array([[0.0], [4.0]])), acd(np.arange(50.0)[:, None])
  none = acd(np.full((3, 1), NAN))
  mean = over_clips([short, long, none])
  assert mean.plain == 2.5
  assert mean.squared == 8.5
  assert (mean.clips, mean.left_out) == (2, 1)
  assert (mean.frames, mean.missing) == (55, 3)
  assert math.isnan(over_clips([none]).plain)
  assert over_clips([]).clips == 0


def test_other_shapes_and_infinite_features_are_refused():
  with pytest.raises(ValueError, match='t d'):
    acd(np.zeros(3))
  with pytest.raises(ValueError, match='t d'):
    acd(np.zeros((3, 0)))
  with pytest.raises(ValueError, match='infinite'):
    acd(np.array([[0.0], [np.inf]]))
  with pytest.raises(ValueError, match='infinite'):
    acd_i(np.zeros((2, 1)), np.array([np.inf]))
  with pytest.raises(ValueError, match='against'):
    acd_i(_features(), np.zeros((1, 16)))
