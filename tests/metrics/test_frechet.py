"""The Frechet distance against SciPy's root, closed forms and stored values."""

import json
import math

import numpy as np
import pytest
from scipy.linalg import sqrtm

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.frechet import distance, frechet, moments, ranked


def _samples(seed, n, d):
  rng = np.random.default_rng(seed)
  return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


@pytest.mark.goldens
def test_stored_distances(goldens):
  wanted = json.loads((goldens / 'metrics/frechet.json').read_text())
  inputs = np.load(goldens / 'metrics/frechet_inputs.npz')
  for case, pair, rtol in (
    ('a_b', 'ab', 1e-6),
    ('lowrank', ('lowrank_a', 'lowrank_b'), 1e-4),
  ):
    got = frechet(*(inputs[k] for k in pair), extractor='stored')
    row = wanted[case]
    np.testing.assert_allclose(got.value, row['eigh'], rtol=1e-6)
    np.testing.assert_allclose(got.value, row['sqrtm'], rtol=rtol)
    np.testing.assert_allclose(got.mean_term, row['mean_term'], rtol=1e-9)
    assert got.counts == tuple(len(inputs[k]) for k in pair)
  same = frechet(inputs['a'], inputs['a'], extractor='stored')
  np.testing.assert_allclose(same.value, wanted['a_a']['eigh'], atol=1e-9)
  row = wanted['analytic_diag']
  got = distance(
    row['mu1'], np.diag(row['var1']), row['mu2'], np.diag(row['var2'])
  )
  np.testing.assert_allclose(got, row['value'], rtol=1e-9)


def test_equals_the_matrix_root():
  a, b = moments(_samples(0, 60, 7)), moments(_samples(1, 50, 7))
  root = sqrtm(a[1] @ b[1]).real
  wanted = np.square(a[0] - b[0]).sum() + np.trace(a[1] + b[1] - 2 * root)
  np.testing.assert_allclose(distance(*a, *b), wanted, rtol=1e-6)
  np.testing.assert_allclose(distance(*b, *a), wanted, rtol=1e-6)


def test_a_shift_and_a_rotation():
  a = _samples(0, 80, 5)
  shift = np.arange(5.0)
  got = frechet(a, a + shift, extractor='x')
  np.testing.assert_allclose(got.value, shift @ shift, rtol=1e-9)
  np.testing.assert_allclose(got.mean_term, shift @ shift, rtol=1e-9)
  b = _samples(1, 80, 5)
  turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))
  turned = frechet(a @ turn, b @ turn, extractor='x').value
  np.testing.assert_allclose(
    turned, frechet(a, b, extractor='x').value, rtol=1e-9
  )


def test_one_dimension_is_the_textbook_form():
  a, b = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [1.5], [5.0]])
  wanted = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
  np.testing.assert_allclose(frechet(a, b, extractor='x').value, wanted)


def test_flat_features_have_only_a_mean():
  a, b = np.full((4, 3), 1.0), np.full((6, 3), 3.0)
  got = frechet(a, b, extractor='x')
  assert got.value == got.mean_term == 12
  assert frechet(a, a, extractor='x').value == 0


def test_the_last_partial_batch_counts():
  a, b = _samples(0, 37, 4), _samples(1, 37, 4)
  sizes = []

  def features(x):
    sizes.append(len(x))
    return np.tanh(x)

  got = frechet(a, b, features=features, extractor='tanh', batch=16)
  assert sizes == [16, 16, 5] * 2
  assert got == frechet(np.tanh(a), np.tanh(b), extractor='tanh')


def test_rows_without_features_are_counted():
  a, b = _samples(0, 40, 4), _samples(1, 40, 4)
  spoilt = np.concatenate([a, np.full((3, 4), math.nan), [[math.inf] * 4]])
  got = frechet(spoilt, b, extractor='x')
  assert got._replace(missing=(0, 0)) == frechet(a, b, extractor='x')
  assert got.missing == (4, 0)
  assert 'n 40 and 40, missing 4 and 0' in str(got)


def test_few_samples_are_said_to_be_few(caplog):
  few = frechet(_samples(0, 5, 8), _samples(1, 20, 8), extractor='net')
  assert 'biased upwards' in caplog.text
  assert 'biased upwards; net' in str(few)
  caplog.clear()
  many = frechet(_samples(0, 20, 8), _samples(1, 20, 8), extractor='net')
  assert 'biased' not in caplog.text + str(many)


def test_too_few_samples_are_refused():
  a = _samples(0, 5, 3)
  with pytest.raises(UserError, match='2 samples of each kind, not 1'):
    frechet(a, a[:1], extractor='x')
  with pytest.raises(UserError, match='not 0'):
    frechet(a * math.nan, a, extractor='x')
  with pytest.raises(UserError, match='none were given'):
    frechet(a[:0], a, features=lambda x: x, extractor='x')
  with pytest.raises(ValueError, match='n d'):
    frechet(a[0], a, extractor='x')
  with pytest.raises(ValueError, match='shapes'):
    frechet(a, a[:, :2], extractor='x')


def test_unknown_moments_give_nan():
  mean, covariance = moments(_samples(0, 9, 3))
  assert math.isnan(distance(mean * math.nan, covariance, mean, covariance))


def test_only_equal_numbers_are_ranked():
  a = _samples(0, 60, 3)
  near = frechet(a, a + 0.1, extractor='x')
  far = frechet(a, a + 1, extractor='x')
  assert ranked({'far': far, 'near': near}) == ['near', 'far']
  for other in (
    frechet(a, a[:50], extractor='x'),
    frechet(a, a, extractor='y'),
  ):
    with pytest.raises(UserError, match='same numbers'):
      ranked({'near': near, 'other': other})
