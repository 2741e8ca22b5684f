"""PSNR and SSIM against scikit-image and the stored values."""

import json
import math

from golden_pictures import DEGRADED, avoids_traps, cropped, degraded, digest
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from facegen_jax.metrics.image import (
  PSNR_CAP,
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


@pytest.mark.goldens
def test_stored_values(goldens):
  cases = json.loads((goldens / 'metrics/image_psnr_ssim.json').read_text())
  known = [case for case in cases if case['op'] in DEGRADED]
  assert known
  for case in known:
    a = cropped(case['image'], case['crop'])
    b = degraded(a, case['op'])
    assert digest(a) == case['sha256_a']
    assert digest(b) == case['sha256_b']
    shape = (1, *a.shape[:2], -1)
    a, b = _signed(a.reshape(shape)), _signed(b.reshape(shape))
    np.testing.assert_allclose(psnr(a, b)[0], case['psnr'], atol=1e-4)
    got = float(ssim(a, b)[0])
    np.testing.assert_allclose(got, case['ssim'], atol=5e-5)
    avoids_traps(got, case, case['ssim'], 5e-5)


def test_masked_ssim_sees_nothing_outside(pair):
  a, b = (_signed(x) for x in pair)
  mask = np.zeros((3, 40, 48, 1), np.float32)
  mask[0, 5:30, 10:30] = 1
  mask[1] = 1
  mask[2, 5:15, 10:30] = 1  # lower than the window
  got = ssim(a, b, mask)
  inner = ssim(a[:1, 5:30, 10:30], b[:1, 5:30, 10:30])[0]
  np.testing.assert_allclose(got[0], inner, atol=1e-6)
  np.testing.assert_allclose(got[1], ssim(a, b)[1], atol=1e-6)
  assert np.isnan(got[2])
  for outside in (0.5, math.nan):
    spoilt = jnp.where(mask > 0, b, outside)
    np.testing.assert_allclose(ssim(a, spoilt, mask), got, rtol=1e-6)
  black = ssim(*(jnp.where(mask > 0, x, -1.0) for x in (a, b)))
  assert black[0] > got[0] + 0.05  # why a mask is offered


@pytest.mark.parametrize('level', [-1.0, 0.0, 1.0])
def test_flat_pictures(level):
  a = jnp.full((1, 16, 16, 3), level)
  assert psnr(a, a)[0] == PSNR_CAP
  assert ssim(a, a)[0] == pytest.approx(1, abs=1e-6)
  assert float(ssim(a, -a)[0]) <= 1 + 1e-6
  assert math.isfinite(float(ssim(a, -a)[0]))


@pytest.mark.parametrize('measure', [psnr, ssim])
def test_other_ranges_and_shapes_are_refused(pair, measure):
  a, b = pair
  with pytest.raises(ValueError, match='uint8'):
    measure(jnp.asarray(a), jnp.asarray(b))
  with pytest.raises(ValueError, match=r'\[-1, 1\]'):
    measure(jnp.float32(a), jnp.float32(b))
  with pytest.raises(ValueError, match='shapes'):
    measure(_signed(a), _signed(b)[:1])


def test_both_run_under_jit(pair):
  a, b = (_signed(x) for x in pair)
  np.testing.assert_allclose(jax.jit(psnr)(a, b), psnr(a, b), rtol=1e-5)
  np.testing.assert_allclose(jax.jit(ssim)(a, b), ssim(a, b), atol=1e-5)
