"""Jerk, dimensionless jerk and flicker: stored values and known motions."""

import json
import math
import re

import numpy as np
import pytest

from facegen_jax.metrics.action_units import normalise
from facegen_jax.metrics.temporal import (
  derivative,
  flicker,
  log_dimensionless_jerk,
  motion,
)

NAN = math.nan
_STORED = {
  'mean_abs_velocity': 'velocity',
  'mean_abs_acceleration': 'acceleration',
  'mean_abs_jerk': 'jerk',
  'mean_sq_jerk': 'squared_jerk',
  'log_dimensionless_jerk_per_channel': 'smoothness',
}


@pytest.mark.goldens
def test_stored_motion(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'au_temporal.json').read_text())
  inputs = np.load(folder / 'au_inputs.npz')
  seen = 0
  for name, stored in wanted.items():
    match = re.fullmatch(r'temporal_(\w+)_fps(\d+)', name)
    if not match:
      continue
    x, fps = normalise(inputs[f'au_{match[1]}']).values, int(match[2])
    found = motion(x, fps)
    for theirs, ours in _STORED.items():
      np.testing.assert_allclose(
        getattr(found, ours), stored[theirs], rtol=1e-5, err_msg=theirs
      )
    per_frame = stored['mean_abs_jerk_per_frame_units']
    np.testing.assert_allclose(motion(x, 1).jerk, per_frame, rtol=1e-5)
    assert found.missing == 0
    seen += 1
  assert seen


@pytest.mark.goldens
def test_stored_flicker(goldens):
  folder = goldens / 'metrics'
  wanted = json.loads((folder / 'video_psnr_ssim.json').read_text())
  clips = np.load(folder / 'video_inputs.npz')
  for name, stored in wanted.items():
    for which in ('ref', 'gen'):
      clip = clips[f'{name}_{which}'].astype(np.float32) / 127.5 - 1
      np.testing.assert_allclose(
        flicker(clip[None])[0],
        stored[f'mean_abs_frame_diff_{which}'],
        rtol=1e-5,
      )


def test_derivatives_of_a_cubic():
  fps, t = 25.0, np.arange(40)[:, None] / 25.0
  jerk = derivative(2 * t**3, fps, 3)
  np.testing.assert_allclose(jerk, np.full((37, 1), 12), rtol=1e-6)
  found = motion(2 * t**3, fps)
  assert found.jerk == pytest.approx(12)
  assert found.squared_jerk == pytest.approx(144)


def test_fps_counts_with_its_third_power_but_not_without_dimension():
  x = np.random.default_rng(0).uniform(size=(30, 2))
  slow, fast = motion(x, 1), motion(x, 19)
  assert fast.jerk / slow.jerk == pytest.approx(6859)
  assert fast.velocity / slow.velocity == pytest.approx(19)
  np.testing.assert_allclose(slow.smoothness, fast.smoothness)
  np.testing.assert_allclose(log_dimensionless_jerk(x * 7, 19), fast.smoothness)


def test_noise_is_less_smooth_than_a_bell():
  t = np.linspace(-1, 1, 60)
  bell = np.exp(-5 * t**2)
  noise = bell + 0.02 * np.random.default_rng(0).normal(size=60)
  found = log_dimensionless_jerk(np.stack([bell, noise], 1), 25)
  assert found[0] > found[1] + 2


def test_nothing_is_differenced_across_a_gap():
  x = np.arange(12.0)[:, None] ** 2
  whole = motion(x, 2)
  x[5:] += 1000
  x[5] = NAN
  found = motion(x, 2)
  assert found.missing == 1
  assert found.acceleration == whole.acceleration == 8
  assert found.jerk == 0
  assert math.isnan(found.smoothness[0])


@pytest.mark.parametrize('frames', [1, 2, 3])
def test_clips_too_short_for_a_jerk(frames):
  found = motion(np.arange(frames * 2.0).reshape(frames, 2), 25)
  assert math.isnan(found.jerk)
  assert np.isnan(found.smoothness).all()
  assert math.isnan(found.velocity) == (frames < 2)


def test_what_does_not_move_has_no_smoothness():
  found = motion(np.full((9, 2), 0.1), 25)
  assert found.jerk == found.velocity == 0
  assert np.isnan(found.smoothness).all()
  assert log_dimensionless_jerk(np.arange(9.0)[:, None], 1)[0] == math.inf


def test_flicker_is_in_grey_levels_a_clip():
  clips = np.zeros((2, 3, 4, 4, 3), np.float32)
  clips[1, 1] = 2 / 255  # one grey level up and down again
  np.testing.assert_allclose(flicker(clips), [0, 1], rtol=1e-6)
  assert np.isnan(flicker(clips[:, :1])).all()
  with pytest.raises(ValueError, match='b t h w c'):
    flicker(clips[0])


def test_bad_rates_and_shapes():
  x = np.zeros((5, 1))
  for fps in (0, -25, NAN, math.inf):
    with pytest.raises(ValueError, match='frames a second'):
      motion(x, fps)
  with pytest.raises(ValueError, match='t a'):
    motion(np.zeros(5), 25)
