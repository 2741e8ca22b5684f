"""NIQE's features by the paper's equations, and the pictures it refuses."""

import math

import jax
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.niqe_features import block_features, gray, halved


def _noise(seed, size=(64, 48), spread=40):
  x = np.random.default_rng(seed).normal(128, spread, (*size, 3))
  return np.clip(x, 0, 255).astype(np.uint8)


def _plain_fit(x):
  """Alpha, left and right beta of one block, by search over the grid."""
  alphas = np.arange(0.2, 10.001, 0.001)
  g = np.vectorize(math.gamma)
  left = math.sqrt(np.mean(x[x < 0] ** 2))
  right = math.sqrt(np.mean(x[x > 0] ** 2))
  k = left / right
  r = np.mean(np.abs(x)) ** 2 / np.mean(x**2)
  r *= (k**3 + 1) * (k + 1) / (k**2 + 1) ** 2
  ratio = g(2 / alphas) ** 2 / (g(1 / alphas) * g(3 / alphas))
  alpha = alphas[np.abs(ratio - r).argmin()]
  scale = math.sqrt(math.gamma(1 / alpha) / math.gamma(3 / alpha))
  return alpha, left * scale, right * scale


def test_features_of_a_block_by_the_equations():
  picture = gray(_noise(0))
  size = 16
  x = np.pad(picture.astype(float), 3, mode='edge')
  line = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
  weights = np.outer(line, line) / line.sum() ** 2
  views = np.lib.stride_tricks.sliding_window_view(x, (7, 7))
  mean = (views * weights).sum((2, 3))
  deviation = np.sqrt(
    ((views - mean[..., None, None]) ** 2 * weights).sum((2, 3))
  )
  normal = (picture - mean) / (deviation + 1)
  got = block_features(picture, size)
  block = normal[size : 2 * size, :size]  # the fourth: rows of 3 blocks
  alpha, left, right = _plain_fit(block)
  wanted = [alpha, (left + right) / 2]
  beside = block * np.roll(block, 1, 1)
  alpha, left, right = _plain_fit(beside)
  eta = (right - left) * math.gamma(2 / alpha) / math.gamma(1 / alpha)
  wanted += [alpha, eta, left, right]
  np.testing.assert_allclose(got.features[3, :6], wanted, rtol=1e-6, atol=1e-9)
  sharp = deviation[size : 2 * size, :size].mean()
  np.testing.assert_allclose(got.sharpness[3], sharp, rtol=1e-6)


def test_half_size_is_an_antialiased_cubic():
  x = gray(_noise(0, (64, 48))).astype(np.float64)
  got = halved(x)
  with jax.enable_x64(True):
    wanted = jax.image.resize(x, (32, 24), 'cubic', antialias=True)
  inner = (slice(2, -2), slice(2, -2))  # at the edge the rules differ
  np.testing.assert_allclose(got[inner], wanted[inner], rtol=1e-6)
  mirrored = halved(np.pad(x, 8, mode='symmetric'))
  np.testing.assert_allclose(got, mirrored[4:-4, 4:-4], rtol=1e-12)


def test_gray_is_matlabs():
  picture = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]])
  got = gray(picture.astype(np.uint8))
  assert got.tolist() == [[76, 150, 29, 9]]
  np.testing.assert_array_equal(gray(got), got)


@pytest.mark.parametrize(
  'picture',
  [
    np.zeros((200, 200, 3), np.float32),
    np.full((200, 200), np.nan),
    np.zeros((200, 200, 4), np.uint8),
    np.zeros((2, 200, 200, 3), np.uint8),
    np.zeros(200, np.uint8),
  ],
)
def test_other_pictures_are_refused(picture):
  with pytest.raises(ValueError, match='uint8'):
    block_features(picture)


def test_fewer_than_four_blocks_are_refused():
  assert len(block_features(_noise(0, (192, 200))).features) == 4
  for size in ((191, 400), (400, 191), (64, 64), (96, 96)):
    with pytest.raises(UserError, match='192 or more'):
      block_features(_noise(0, size))
  with pytest.raises(UserError, match='32 or more'):
    block_features(_noise(0, (31, 64)), 16)
  for block in (7, 6, 0, -2):
    with pytest.raises(UserError, match='even side'):
      block_features(_noise(0), block)
