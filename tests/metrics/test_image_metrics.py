"""PSNR and SSIM against scikit-image and the stored values."""

import functools
import hashlib
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from facegen_jax.metrics.image import (
  clip_psnr,
  clip_ssim,
  identical,
  psnr,
  ssim,
)

_WANG = {
  'gaussian_weights': True,
  'sigma': 1.5,
  'use_sample_covariance': False,
}


def _signed(x):
  return jnp.asarray(x, jnp.float32) / 127.5 - 1


@pytest.fixture(scope='module')
def pair():
  """Three 40 x 48 pictures and worse copies, uint8."""
  a = data.astronaut()[100:140, 180:228]
  b = np.stack([a // 2, np.roll(a, 2, 0), 255 - a])
  return np.stack([a, a, a]), b


def test_both_equal_scikit_image(pair):
  a, b = pair
  got = psnr(_signed(a), _signed(b)), ssim(_signed(a), _signed(b))
  for i in range(3):
    np.testing.assert_allclose(
      got[0][i], peak_signal_noise_ratio(a[i], b[i]), atol=1e-4
    )
    wanted = structural_similarity(a[i], b[i], channel_axis=-1, **_WANG)
    np.testing.assert_allclose(got[1][i], wanted, atol=5e-5)


def test_identical_pictures_are_capped_and_counted(pair):
  a, b = (_signed(x) for x in pair)
  b = b.at[1].set(a[1])
  values = psnr(a, b)
  assert values[1] == 100
  assert identical(values) == 1
  assert ssim(a, b)[1] == pytest.approx(1, abs=1e-6)


def test_mask_keeps_its_pixels_only(pair):
  a, b = pair
  mask = np.zeros((3, 40, 48, 1), np.float32)
  mask[0, 5:30, 10:20] = 1
  mask[1] = 1
  got = psnr(_signed(a), _signed(b), mask)
  inner = (slice(5, 30), slice(10, 20))
  np.testing.assert_allclose(
    got[0], peak_signal_noise_ratio(a[0][inner], b[0][inner]), atol=1e-4
  )
  np.testing.assert_allclose(got[1], psnr(_signed(a), _signed(b))[1], atol=1e-4)
  assert np.isnan(got[2])
  black = np.where(mask > 0, a, 0), np.where(mask > 0, b, 0)
  assert psnr(*map(_signed, black))[0] > got[0] + 3  # why a mask is offered


def test_small_pictures_are_refused():
  x = jnp.zeros((1, 10, 20, 3))
  with pytest.raises(ValueError, match='11 x 11'):
    ssim(x, x)


def _box3(x):
  p = np.pad(x, [(1, 1), (1, 1)] + [(0, 0)] * (x.ndim - 2), mode='edge')
  h, w = x.shape[:2]
  return (
    sum(p[i : i + h, j : j + w] for i in range(3) for j in range(3)) + 4
  ) // 9


_DEGRADED = {
  'quant16': lambda x: x // 16 * 16 + 8,
  'box3': _box3,
  'shift1': lambda x: np.roll(x, 1, 1),
  'dim': lambda x: x * 3 // 4,
}


def _digest(x):
  return hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()


def test_stored_values(shared):
  cases = json.loads(
    (shared / 'goldens/metrics/image_psnr_ssim.json').read_text()
  )
  seen = 0
  for case in cases:
    if case['op'] not in _DEGRADED:
      continue
    a = getattr(data, case['image'])()
    if case['crop']:
      top, left, h, w = case['crop']
      a = a[top : top + h, left : left + w]
    b = _DEGRADED[case['op']](a.astype(int)).astype(np.uint8)
    assert _digest(a) == case['sha256_a']
    assert _digest(b) == case['sha256_b']
    shape = (1, *a.shape[:2], -1)
    a, b = _signed(a.reshape(shape)), _signed(b.reshape(shape))
    np.testing.assert_allclose(psnr(a, b)[0], case['psnr'], atol=1e-4)
    np.testing.assert_allclose(ssim(a, b)[0], case['ssim'], atol=5e-5)
    seen += 1
  assert seen >= 5


@pytest.mark.parametrize('name', ['v64', 'v40'])
def test_stored_clips(shared, name):
  folder = shared / 'goldens/metrics'
  wanted = json.loads((folder / 'video_psnr_ssim.json').read_text())[name]
  clips = np.load(folder / 'video_inputs.npz')
  a, b = (_signed(clips[f'{name}_{k}'])[None] for k in ('ref', 'gen'))
  close = functools.partial(np.testing.assert_allclose, atol=1e-4)
  close(clip_psnr(a, b)[0], wanted['psnr_mean_cap100'])
  close(clip_psnr(a, b, pooled=True)[0], wanted['psnr_pooled_mse'])
  close(clip_ssim(a, b)[0], wanted['ssim_mean'], atol=5e-5)
  assert identical(psnr(a[0], b[0])) == len(wanted['infinite_frames'])


def test_both_run_under_jit(pair):
  a, b = (_signed(x) for x in pair)
  np.testing.assert_allclose(jax.jit(psnr)(a, b), psnr(a, b), rtol=1e-5)
  np.testing.assert_allclose(jax.jit(ssim)(a, b), ssim(a, b), atol=1e-5)
