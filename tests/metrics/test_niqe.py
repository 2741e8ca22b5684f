"""NIQE's score: what moves it, flat blocks, clips, its distance."""

import math

from golden_pictures import degraded
import numpy as np
import pytest

from facegen_jax.metrics.niqe import clip_niqe, distance, niqe
from facegen_jax.metrics.niqe_features import block_features, moments
from facegen_jax.metrics.niqe_model import Pristine


def _noise(seed, size=(64, 48), spread=40):
  x = np.random.default_rng(seed).normal(128, spread, (*size, 3))
  return np.clip(x, 0, 255).astype(np.uint8)


@pytest.fixture(scope='module')
def model():
  """Of noise, in blocks of 16."""
  rows = np.concatenate(
    [block_features(_noise(i), 16).features for i in range(30)]
  )
  return Pristine(*moments(rows), 'noise', block=16)


def test_whole_blocks_only(model):
  picture = _noise(3, (70, 50))
  score = niqe(picture, model)
  assert score == niqe(picture[:64, :48], model)
  assert (score.blocks, score.undefined) == (12, 0)
  assert score.model == model.label


def test_worse_pictures_score_worse(model):
  picture = _noise(100, (96, 96))
  soft = degraded(picture, 'box3')
  assert niqe(picture, model).value + 1 < niqe(soft, model).value
  assert niqe(soft, model).value < niqe(degraded(soft, 'box3'), model).value


def test_flat_blocks_are_dropped_and_counted(model):
  picture = _noise(5, (96, 96))
  picture[:, :32] = 0
  score = niqe(picture, model)
  assert (score.blocks, score.undefined) == (36, 12)
  features = block_features(picture, 16).features
  known = features[~np.isnan(features).any(1)]
  _, covariance = moments(features)
  np.testing.assert_allclose(covariance, np.cov(known, rowvar=False))
  assert math.isfinite(score.value)
  flat = niqe(np.full((96, 96, 3), 77, np.uint8), model)
  assert math.isnan(flat.value)
  assert flat.undefined == flat.blocks == 36
  assert 'NIQE nan (36 blocks, 36 undefined; model noise' in str(flat)


def test_clip_is_the_mean_of_its_frames(model):
  frames = np.stack([_noise(i) for i in range(3)])
  wanted = np.mean([niqe(f, model).value for f in frames])
  got = clip_niqe(frames, model)
  assert got.value == pytest.approx(wanted, rel=1e-12)
  assert (got.frames, got.undefined, got.blocks) == (3, 0, 12)
  flat = np.zeros_like(frames[:1])
  got = clip_niqe(np.concatenate([flat, frames]), model)
  assert got.value == pytest.approx(wanted, rel=1e-12)
  assert (got.frames, got.undefined) == (4, 1)
  assert model.label in str(got)
  assert math.isnan(clip_niqe(flat, model).value)
  with pytest.raises(ValueError, match='without frames'):
    clip_niqe(frames[:0], model)


def test_distance_to_itself_is_zero(model):
  assert distance(model.mean, model.covariance, model) == 0
  off = distance(model.mean + 0.1, model.covariance, model)
  wanted = np.full(36, 0.1) @ np.linalg.solve(
    model.covariance, np.full(36, 0.1)
  )
  assert off == pytest.approx(math.sqrt(wanted), rel=1e-6)
  assert math.isnan(distance(model.mean * math.nan, model.covariance, model))
