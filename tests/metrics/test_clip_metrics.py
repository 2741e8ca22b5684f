"""PSNR and SSIM of clips: means, references, masks, counts, stored values."""

import functools
import json
import math

from golden_pictures import avoids_traps
import jax.numpy as jnp
import numpy as np
import pytest
from skimage import data

from facegen_jax.metrics.image import (
  PSNR_CAP,
  clip_psnr,
  clip_scores,
  clip_ssim,
  frame_psnr,
  frame_ssim,
  identical,
  psnr,
)


def _signed(x):
  return jnp.asarray(x, jnp.float32) / 127.5 - 1


@pytest.fixture(scope='module')
def pair():
  """Three 40 x 48 pictures and worse copies, uint8."""
  a = data.astronaut()[100:140, 180:228]
  b = np.stack([a // 2, np.roll(a, 2, 0), 255 - a])
  return np.stack([a, a, a]), b


@pytest.mark.goldens
def test_stored_clips(goldens):
  folder = goldens / 'metrics'
  cases = json.loads((folder / 'video_psnr_ssim.json').read_text())
  clips = np.load(folder / 'video_inputs.npz')
  assert cases
  for name, wanted in cases.items():
    a, b = (_signed(clips[f'{name}_{k}'])[None] for k in ('ref', 'gen'))
    close = functools.partial(np.testing.assert_allclose, atol=1e-4)
    infinite = wanted['infinite_frames']
    frames = [PSNR_CAP if x is None else x for x in wanted['psnr_per_frame']]
    close(frame_psnr(a, b)[0], frames)
    close(frame_ssim(a, b)[0], wanted['ssim_per_frame'], atol=5e-5)
    close(clip_psnr(a, b)[0], wanted['psnr_mean_cap100'])
    close(clip_psnr(a, b, pooled=True)[0], wanted['psnr_pooled_mse'])
    close(clip_ssim(a, b)[0], wanted['ssim_mean'], atol=5e-5)
    assert identical(psnr(a[0], b[0])) == len(infinite)
    assert clip_scores(a, b).identical[0] == len(infinite)
    avoids_traps(float(clip_ssim(a, b)[0]), wanted, wanted['ssim_mean'], 5e-5)


def _clip(pair):
  """Two clips of one b t h w c batch and what is judged, in [-1, 1]."""
  a, b = (_signed(x)[:, :24, :20] for x in pair)
  return jnp.stack([a, b[::-1]]), jnp.stack([b, b])


def test_first_frame_as_reference(pair):
  a, b = _clip(pair)
  first = jnp.broadcast_to(a[:, :1], a.shape)
  for measure in (clip_psnr, clip_ssim, frame_psnr, frame_ssim):
    got = measure(a, b, reference='first')
    np.testing.assert_allclose(got, measure(first, b), rtol=1e-6)
    np.testing.assert_allclose(
      measure(a[:, :1], b, reference='first'), got, rtol=1e-6
    )
  got = clip_psnr(a, b, reference='first', pooled=True)
  np.testing.assert_allclose(got, clip_psnr(first, b, pooled=True), rtol=1e-6)
  assert np.all(clip_ssim(a, b, reference='first')[1] != clip_ssim(a, b)[1])
  with pytest.raises(ValueError, match="'last'"):
    clip_ssim(a, b, reference='last')


def test_frames_without_a_mask_are_left_out_and_counted(pair):
  a, b = _clip(pair)
  mask = jnp.zeros((2, 3, 24, 20, 1)).at[0, :2, 2:22, 3:18].set(1.0)
  mask = mask.at[0, 2, 3:9].set(1.0)
  got = clip_scores(a, b, mask=mask)
  assert got.without_psnr.tolist() == [0, 3]
  assert got.without_ssim.tolist() == [1, 3]
  frames = frame_ssim(a, b, mask=mask)
  np.testing.assert_allclose(got.ssim[0], frames[0, :2].mean(), rtol=1e-6)
  np.testing.assert_allclose(
    got.psnr[0], frame_psnr(a, b, mask=mask)[0].mean(), rtol=1e-6
  )
  assert np.isnan(got.psnr[1])
  assert np.isnan(got.ssim[1])
  whole = clip_psnr(a, b, pooled=True, mask=jnp.ones_like(mask))
  np.testing.assert_allclose(whole, clip_psnr(a, b, pooled=True), rtol=1e-5)


def test_nan_stays_in_its_picture_and_its_clip(pair):
  a, b = _clip(pair)
  b = b.at[0, 1, 4, 4, 0].set(math.nan)
  for measure in (frame_psnr, frame_ssim):
    got = np.isnan(measure(a, b))
    assert got.tolist() == [[False, True, False], [False] * 3]
  for got in (clip_scores(a, b), clip_scores(a, b, mask=jnp.ones_like(b))):
    assert np.isnan(got.psnr).tolist() == [True, False]
    assert np.isnan(got.ssim).tolist() == [True, False]
  assert np.isnan(clip_psnr(a, b, pooled=True)).tolist() == [True, False]


def test_identical_frames_of_each_clip_are_counted(pair):
  a, b = _clip(pair)
  b = b.at[0, :2].set(a[0, :2])
  got = clip_scores(a, b)
  assert got.identical.tolist() == [2, int(identical(frame_psnr(a, b)[1]))]
  np.testing.assert_allclose(got.psnr, clip_psnr(a, b))
  assert got.without_ssim.tolist() == [0, 0]
