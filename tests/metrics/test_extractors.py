"""Extractors: the promise of `embed`, networks, faces, rows from elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.extractor import (
  Extractor,
  features,
  only_faces,
  precomputed,
)
from facegen_jax.metrics.extractors.network import network

NAN = np.float32(np.nan)


def _pictures(count=5, size=8, seed=0):
  shape = (count, size, size, 3)
  return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def _projection(size=8):
  """A fixed random projection of pictures."""
  matrix = np.random.default_rng(1).normal(size=(size * size * 3, 4))
  return jnp.asarray(matrix, jnp.float32)


def _extractor(embed, normalised=False):
  return Extractor('test', 'none', normalised, embed)


class _Detector:
  """Sees a face wherever the first pixel is bright."""

  def detect(self, picture):
    return ['face'] if picture[0, 0, 0] > 100 else []


def _two_with_faces():
  pictures = np.zeros((3, 8, 8, 3), np.uint8)
  pictures[0, 0, 0], pictures[2, 0, 0] = 255, 127
  return pictures


def test_rows_with_some_nan_become_nan_and_are_counted():
  rows = np.ones((5, 3), np.float32)
  rows[1, 2] = NAN
  found = features(_extractor(lambda x: rows), _pictures())
  assert found.missing == 1
  assert np.isnan(found.rows[1]).all()
  assert found.rows.dtype == np.float32
  assert not np.isnan(found.rows[[0, 2, 3, 4]]).any()


@pytest.mark.parametrize(
  'pictures',
  [
    np.zeros((2, 8, 8, 3), np.float32),
    np.zeros((8, 8, 3), np.uint8),
    np.zeros((2, 8, 8, 1), np.uint8),
    np.zeros((0, 8, 8, 3), np.uint8),
  ],
)
def test_pictures_of_another_kind_are_refused(pictures):
  with pytest.raises(ValueError, match=r'uint8|no pictures'):
    features(_extractor(lambda x: np.ones((len(x), 2))), pictures)


@pytest.mark.parametrize(
  ('rows', 'normalised', 'reason'),
  [
    (np.ones((4, 3)), False, r'test: embed gave \(4, 3\) for 5'),
    (np.ones((5, 3, 1)), False, 'one row of features a picture'),
    (np.ones((5, 0)), False, 'embed gave'),
    (np.full((5, 2), np.inf), False, 'infinite'),
    (np.full((5, 2), 3.0), True, 'norms 4.24 to 4.24'),
  ],
)
def test_a_broken_promise_names_the_extractor(rows, normalised, reason):
  with pytest.raises(UserError, match=reason):
    features(_extractor(lambda x: rows, normalised), _pictures())


def test_a_network_equals_itself_picture_by_picture():
  matrix = _projection()

  def apply(x, weights):
    return x.reshape(len(x), -1) @ weights

  pictures = _pictures(7)
  whole = network('p', apply, (matrix,), batch_size=4)
  found = features(whole, pictures).rows
  flat = pictures.reshape(7, -1).astype(np.float64) / 127.5 - 1
  np.testing.assert_allclose(found, flat @ np.asarray(matrix), atol=1e-4)
  single = np.concatenate([whole.embed(p[None]) for p in pictures])
  np.testing.assert_allclose(found, single, atol=1e-5)
  unit = network('p', apply, (matrix,), normalise=True, batch_size=4)
  rows = features(unit, pictures).rows
  np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
  assert unit.normalised and not whole.normalised


def test_maps_are_flattened_and_zeros_have_no_direction():
  made = network('maps', lambda x: x[..., :2] * 0, normalise=True)
  found = features(made, _pictures())
  assert found.rows.shape == (5, 128)
  assert not found.rows.any() and found.missing == 0


def test_only_faces_are_embedded():
  made = only_faces(_extractor(lambda x: np.ones((len(x), 2))), _Detector())
  found = features(made, _two_with_faces())
  np.testing.assert_array_equal(found.rows, [[1, 1], [NAN, NAN], [1, 1]])
  assert found.missing == 1
  assert made.name == 'test'


def test_precomputed_rows_belong_to_one_clip():
  rows = np.array([[1.0, 2.0], [np.nan, np.nan]])
  made = precomputed('a.npz', 'mine', rows)
  np.testing.assert_array_equal(features(made, _pictures(2)).rows, rows)
  with pytest.raises(UserError, match='of 2 frames for 3 pictures'):
    features(made, _pictures(3))
  with pytest.raises(ValueError, match='n d'):
    precomputed('a.npz', 'mine', rows[0])


def test_extractors_are_compiled_once_a_size():
  traced = []

  def apply(x):
    traced.append(x.shape)
    return x.mean((1, 2))

  made = network('count', apply, batch_size=4)
  for count in (1, 4, 9):
    made.embed(_pictures(count))
  assert traced == [(4, 8, 8, 3)]
  assert isinstance(made.embed(_pictures(2)), np.ndarray)
  assert not isinstance(made.embed(_pictures(2)), jax.Array)
