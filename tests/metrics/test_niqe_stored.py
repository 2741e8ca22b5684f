"""NIQE's features, fit and scores against trusted values."""

import json
import os
import re

from golden_pictures import DEGRADED, cropped, degraded, digest
import numpy as np
import pytest
from scipy.special import gamma

from facegen_jax.metrics.niqe import niqe
from facegen_jax.metrics.niqe_features import block_features, gray, moments
from facegen_jax.metrics.niqe_model import (
  Pristine,
  load_pristine,
  sharp_features,
)

POSTERISED = ('quant16',)
_BLACK = re.compile(r'columns (\d+)\.\.(\d+) of the gray picture set to 0')


@pytest.fixture(scope='module')
def stored(goldens):
  """Rows of known pictures as (number, row, gray picture), and the features."""
  wanted = json.loads((goldens / 'metrics/niqe.json').read_text())
  features = np.load(goldens / 'metrics/niqe_features.npz')
  rows = []
  for number, row in enumerate(wanted['rows']):
    picture = _picture(row)
    if picture is not None:
      assert digest(picture) == row['sha256_gray']
      rows.append((number, row, picture))
  assert rows
  return wanted, dict(features), rows


def _near(score, row):
  return pytest.approx(score, abs=0.2 if row['op'] in POSTERISED else 0.005)


def _error(got, wanted):
  """Relative error of 18 features (n 18), once each alpha is the wanted one.

  A last bit may move an alpha by a step of its grid and with it the betas and
  the mean. A mean is a difference of betas: its error is relative to theirs.
  """
  np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted))
  errors = []
  for start, size in ((0, 2), (2, 4), (6, 4), (10, 4), (14, 4)):
    a, b = (x[:, start : start + size] for x in (got, wanted))
    assert np.abs(a[:, 0] - b[:, 0]).max() < 1.01e-3
    a = a[:, 1:] * (_scales(b[:, 0], size) / _scales(a[:, 0], size))
    width = np.abs(b[:, 1:])
    width[:, 0] = width.max(1)
    errors.append(np.abs(a - b[:, 1:]) / width)
  errors = np.concatenate(errors, 1)
  return errors[~np.isnan(errors)]


def _scales(alpha, size):
  """What alpha (n) multiplies the features after it by, n (size - 1)."""
  beta = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
  eta = beta * gamma(2 / alpha) / gamma(1 / alpha)
  return np.stack([beta] if size == 2 else [eta, beta, beta], 1)


def _picture(row):
  """A row's gray picture; None where its change is not known here."""
  picture, op = cropped(row['image'], row['crop']), row['op']
  if op in DEGRADED:
    return gray(degraded(picture, op))
  picture = gray(picture)
  black = _BLACK.fullmatch(op or '')
  if black:
    first, last = map(int, black.groups())
    picture = picture.copy()
    picture[:, first : last + 1] = 0
  return picture if black or op is None else None


@pytest.mark.goldens
def test_stored_features(stored):
  _, features, rows = stored
  for number, row, picture in rows:
    flat = row['nan_blocks'] and f'feat_{number}' not in features
    wanted = features['feat_flat' if flat else f'feat_{number}']
    got = block_features(picture)
    assert len(got.features) == row['blocks']
    assert np.isnan(got.features).any(1).sum() == row['nan_blocks']
    assert _error(got.features[:, :18], wanted[:, :18]).max() < 1e-3
    # The stored half-size features are of float32, which decides where a
    # picture is flat: everywhere in a posterised one, in a sky here and there.
    if row['op'] not in POSTERISED:
      error = _error(got.features[:, 18:], wanted[:, 18:])
      assert np.quantile(error, 0.98) < 1e-3
      assert error.max() < 1e-2
    if f'sharp_{number}' in features:
      sharp = features[f'sharp_{number}']
      np.testing.assert_allclose(got.sharpness, sharp, rtol=1e-3)


@pytest.mark.goldens
def test_stored_fit_and_its_scores(stored):
  wanted, features, rows = stored
  fit = wanted['fit']
  kept = [
    sharp_features(
      cropped(name, None),
      block=fit['block'],
      threshold=fit['sharpness_threshold'],
    )
    for name in fit['images']
  ]
  assert [len(k) for k in kept] == fit['selected_per_image']
  assert sum(len(k) for k in kept) == fit['selected_blocks']
  mean, covariance = moments(np.concatenate(kept))
  np.testing.assert_allclose(mean, features['fit_mu'], rtol=1e-3)
  close = np.sqrt(np.diag(features['fit_cov']))
  np.testing.assert_allclose(
    covariance / np.outer(close, close),
    features['fit_cov'] / np.outer(close, close),
    atol=1e-3,
  )
  model = Pristine(features['fit_mu'], features['fit_cov'], 'stored')
  for number, row, picture in rows:
    if number < len(fit['scores_with_this_model']):
      score = fit['scores_with_this_model'][number]
      assert niqe(picture, model).value == _near(score, row)


@pytest.mark.goldens
def test_stored_scores_under_the_live_model(stored):
  path = os.environ.get('FACEGEN_NIQE_LIVE')
  if not path:
    pytest.skip("set FACEGEN_NIQE_LIVE to LIVE's modelparameters.mat")
  wanted, _, rows = stored
  model = load_pristine(path)
  assert model.sha256 == wanted['params_sha256']
  for _, row, picture in rows:
    score = niqe(picture, model)
    assert score.value == _near(row['niqe'], row)
    assert (score.blocks, score.undefined) == (row['blocks'], row['nan_blocks'])
