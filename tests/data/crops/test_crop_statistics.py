"""Figures of clips whose motion is known."""

import dataclasses
import json

import numpy as np
import pytest
import tiny_clips

from facegen_jax.data import align
from facegen_jax.data.crops import statistics

FACE = tiny_clips.landmarks(100).astype(np.float64)
CROP = align.centre_square(100, 100, 50)  # half as large


def _figures(shifts, crop=CROP):
  faces = [None if s is None else FACE + np.array(s) for s in shifts]
  return statistics.clip_figures(faces, crop)


def test_a_still_face():
  made = _figures([(0, 0)] * 5)
  assert (made.frames, made.with_face, made.scale) == (5, 5, 0.5)
  assert made.motion_px == made.jitter_px == made.outside == 0
  width, height = np.ptp(FACE, axis=0)
  assert made.face_px == pytest.approx((width * height) ** 0.5)


def test_steady_motion_has_no_jitter():
  made = _figures([(3 * i, 4 * i) for i in range(9)])
  # 5 source pixels a frame, 2.5 of the crop; places are uniform in time.
  assert made.motion_px == pytest.approx(2.5 * np.arange(9).std(), rel=1e-5)
  assert made.jitter_px == pytest.approx(0, abs=1e-5)


def test_jitter_is_the_detectors_noise_whatever_the_head_does():
  rng = np.random.default_rng(0)
  noise = rng.normal(0, 0.8, (4000, 2))
  still = _figures(noise)
  moving = _figures(noise + 0.01 * np.arange(4000)[:, None])
  # Two coordinates, at half the size.
  assert still.jitter_px == pytest.approx(0.8 * 2**0.5 / 2, rel=0.05)
  assert still.motion_px == pytest.approx(still.jitter_px, rel=0.05)
  assert moving.jitter_px == pytest.approx(still.jitter_px, rel=1e-3)
  assert moving.motion_px > 5 * still.motion_px


def test_a_gap_is_no_jitter():
  gone = _figures([(0, 0), (1, 0), None, (90, 0), (91, 0), None, (0, 9)])
  assert (gone.frames, gone.with_face, gone.jitter_px) == (7, 5, None)
  steady = _figures([(0, 0), (1, 0), (2, 0), None, (90, 0)])
  assert steady.jitter_px == pytest.approx(0, abs=1e-5)


def test_outside():
  assert _figures([(0, 0), (200, 0)]).outside == pytest.approx(0.5)
  assert _figures([(0, -100)]).outside == 1
  low = FACE[:, 1].min() + 0.5  # source pixels down to the upper edge
  assert _figures([(0, -low + 0.01)]).outside == 0
  row = np.isclose(FACE[:, 1], FACE[:, 1].min()).sum()
  assert _figures([(0, -low - 0.01)]).outside == pytest.approx(row / 68)


@pytest.mark.parametrize('shifts', [[], [None, None]])
def test_without_a_face_nothing_is_told(shifts):
  made = _figures(shifts)
  assert (made.frames, made.with_face) == (len(shifts), 0)
  assert made.face_px is made.motion_px is made.jitter_px is made.outside
  assert made.outside is None


def test_summary():
  one = statistics.ClipFigures(10, 10, 100.0, 0.5, 1.0, 0.1, 0.0)
  clips = [
    dataclasses.replace(one, motion_px=float(i), outside=0.001 * i)
    for i in range(101)
  ]
  blind = dataclasses.replace(
    one, with_face=0, face_px=None, motion_px=None, jitter_px=None, outside=None
  )
  made = statistics.summary([*clips, blind])
  assert made['clips'] == 102 and made['frames'] == 1020
  assert made['with_face'] == pytest.approx(1010 / 1020)
  assert made['motion_px_median'] == 50 and made['motion_px_p95'] == 95
  assert made['outside_p95'] == pytest.approx(0.095)
  assert made['clips_outside'] == 50  # 0.051 to 0.1
  assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_summary_leaves_out_what_is_not_known():
  assert statistics.summary([]) == {
    'clips': 0,
    'frames': 0,
    'clips_outside': 0,
  }
  made = statistics.summary([_figures([None])])
  assert made['with_face'] == 0 and 'face_px_median' not in made
