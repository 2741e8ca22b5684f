"""Known clips have known figures."""

import json
import math

from folders_of_clips import clip_of, noisy, write
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.protocols import (
  footage,
  frames,
  intervals,
  reconstruction,
  reconstruction_results,
)
from facegen_jax.protocols.labelled import Who


def _decibel(a, b):
  error = (np.float64(a) - b) ** 2
  return 10 * np.log10(255**2 / error.mean((1, 2, 3)))


def _mean_colour(pictures):
  """Identity is the mean colour; a picture without red shows no face."""
  rows = np.float32(pictures).mean((1, 2)) / 255
  rows[pictures[..., 0].max((1, 2)) == 0] = np.nan
  return rows


COLOUR = Extractor('mean colour', 'free', False, _mean_colour)


def _scored(tmp_path, truth, options=None, **methods):
  real = footage.listed(write(tmp_path / 'truth', truth))
  made = {
    name: footage.listed(write(tmp_path / name, clips))
    for name, clips in methods.items()
  }
  return reconstruction.score(real, made, options or reconstruction.Options())


def test_the_same_folder_gets_the_cap_and_one(tmp_path):
  clips = {'a': clip_of(), 'b': clip_of(1, frames=3)}
  scored = _scored(tmp_path, clips, same=clips)
  found = reconstruction_results.results(
    scored, reconstruction.Options(), seed=0
  )
  row = found['methods']['same']
  assert (row['clips'], row['frames'], row['identical']) == (2, 9, 9)
  assert row['psnr'] == pytest.approx(100)
  assert row['ssim'] == pytest.approx(1, abs=1e-6)
  assert row['flicker'] == row['real_flicker'] > 1
  assert found['methods']['real']['flicker'] == row['flicker']
  assert 'masked_psnr' not in row and 'acd' not in row
  assert found['same_clips'] and found['left_out'] == {'same': {}}


def test_noise_gives_the_plain_formulas(tmp_path):
  a = {'x': clip_of(), 'y': clip_of(1, frames=20)}
  b = {name: noisy(clip) for name, clip in a.items()}
  scores = _scored(tmp_path, a, made=b).scores['made']
  for one in scores:
    pair = a[one.name], b[one.name]
    assert one.psnr == pytest.approx(_decibel(*pair).mean(), abs=1e-4)
    ssim = [
      structural_similarity(
        p,
        q,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
      )
      for p, q in zip(*pair, strict=True)
    ]
    assert one.ssim == pytest.approx(np.mean(ssim), abs=5e-5)
    steps = np.abs(np.diff(np.float64(pair[1]), axis=0))
    assert one.own.flicker == pytest.approx(steps.mean(), rel=1e-5)


def test_pooled_is_of_the_mean_squared_error(tmp_path):
  a = clip_of()
  b = np.concatenate([a[:2], noisy(a[2:])])
  made = {'made': {'x': b}}
  plain = _scored(tmp_path / '1', {'x': a}, **made).scores['made'][0]
  pooled = _scored(
    tmp_path / '2', {'x': a}, reconstruction.Options(pooled=True), **made
  ).scores['made'][0]
  mse = ((np.float64(a) - b) ** 2).mean() / 255**2
  assert pooled.psnr == pytest.approx(-10 * np.log10(mse), abs=1e-4)
  assert plain.psnr > pooled.psnr + 10
  assert plain.identical == pooled.identical == 2


def _framed(clip, side=32):
  """On a black background, as FEV-GAN's clips."""
  out = np.zeros((len(clip), side, side, 3), np.uint8)
  out[:, 6:22, 6:22] = clip
  return out


def test_black_background_has_figures_of_its_own(tmp_path):
  a = clip_of()
  a[:, 5:8, 5:8] = 0  # a pupil is not background
  b = noisy(a)
  one = _scored(tmp_path, {'x': _framed(a)}, made={'x': _framed(b)})
  one = one.scores['made'][0]
  assert one.masked_psnr == pytest.approx(_decibel(a, b).mean(), abs=1e-4)
  assert one.psnr == pytest.approx(one.masked_psnr + 10 * np.log10(4), abs=1e-3)
  assert one.masked_ssim < one.ssim
  whole = frames.scores(a, b).ssim.mean()
  assert one.masked_ssim == pytest.approx(whole, abs=1e-5)


def test_black_frames_have_no_foreground():
  a = np.zeros((3, 16, 16, 3), np.uint8)
  mask = frames.foreground(a)
  assert not mask.any()
  scores = frames.scores(a, a, mask)
  assert np.isnan(scores.psnr).all() and math.isnan(frames.pooled(scores.psnr))
  assert frames.foreground(clip_of()) is None
  shirt = clip_of()
  shirt[:, 10:] = 0
  assert frames.foreground(shirt) is None


def test_identity_and_frames_without_a_face(tmp_path):
  a = np.full((4, 16, 16, 3), 100, np.uint8)
  b = a.copy()
  b[1:] += 51  # 0.2 in each of three colours
  b[3, ..., 0] = 0
  options = reconstruction.Options(extractor=COLOUR)
  scored = _scored(tmp_path, {'x': a}, options, made={'x': b})
  step = 0.2 * math.sqrt(3)
  row = reconstruction_results.results(scored, options, seed=0)
  assert row['definitions']['extractor'] == 'mean colour'
  assert row['definitions']['licence'] == 'free'
  real, row = row['methods']['real'], row['methods']['made']
  assert row['acd'] == pytest.approx(step / 2)  # never across the gap
  assert row['acd_i'] == pytest.approx(step * 2 / 3)
  assert row['acd_squared'] == pytest.approx(step**2 / 2)
  assert row['without_face'] == 1
  assert real['acd'] == real['acd_i'] == 0


def test_the_input_picture_is_the_real_first_frame(tmp_path):
  a = np.full((3, 16, 16, 3), 100, np.uint8)
  options = reconstruction.Options(extractor=COLOUR)
  scored = _scored(tmp_path, {'x': a}, options, made={'x': a + np.uint8(51)})
  one = scored.scores['made'][0]
  assert one.own.acd.plain == 0
  assert one.own.acd_i.plain == pytest.approx(0.2 * math.sqrt(3))


def test_no_face_at_all_is_null_and_not_nan(tmp_path):
  black = {'x': np.zeros((3, 16, 16, 3), np.uint8)}
  options = reconstruction.Options(extractor=COLOUR)
  found = reconstruction_results.results(
    _scored(tmp_path, black, options, made=black), options, seed=0
  )
  assert found['methods']['made']['acd'] is None
  assert found['methods']['made']['acd_clips'] == 0
  json.dumps(found, allow_nan=False)
  assert ' - ' in reconstruction_results.text(found)


def test_unmatched_and_damaged_clips_are_named(tmp_path):
  truth = {'a': clip_of(), 'b': clip_of(1), 'c': clip_of(2)}
  write(tmp_path / 'one', {'b': clip_of(), 'd': clip_of()})
  (tmp_path / 'one/b/frame_0003.png').write_bytes(b'no picture')
  scored = _scored(
    tmp_path, truth, one={'a': clip_of()}, two={'a': clip_of(), 'b': clip_of(1)}
  )
  reasons = scored.left_out['one']
  assert reasons['d'] == 'no real clip'
  assert reasons['c'] == 'only the real clip'
  assert 'frame_0003.png: not a readable picture' in reasons['b']
  found = reconstruction_results.results(
    scored, reconstruction.Options(), seed=0
  )
  assert not found['same_clips']
  text = reconstruction_results.text(found)
  assert 'one: 3 left out' in text and 'do not rank them' in text


def test_a_damaged_real_clip_is_left_out_of_all(tmp_path):
  write(tmp_path / 'truth', {'b': clip_of()})
  (tmp_path / 'truth/b/frame_0000.png').write_bytes(b'')
  both = {'a': clip_of(), 'b': clip_of()}
  scored = _scored(tmp_path, {'a': clip_of()}, one=both)
  assert [s.name for s in scored.scores['one']] == ['a']
  assert 'truth' in scored.left_out['one']['b']


def test_nothing_usable_is_one_error(tmp_path):
  write(tmp_path / 'one', {'a': clip_of()})
  (tmp_path / 'one/a/frame_0000.png').write_bytes(b'')
  with pytest.raises(UserError, match='one: none of 1 clips can be used'):
    _scored(tmp_path, {'a': clip_of()}, one={})


def test_wrong_size_ends_and_too_small_is_told(tmp_path):
  with pytest.raises(UserError, match='--resize'):
    _scored(tmp_path / '1', {'a': clip_of()}, one={'a': clip_of(size=32)})
  tiny = {'a': clip_of(size=8)}
  with pytest.raises(UserError, match='SSIM needs 11x11'):
    _scored(tmp_path / '2', tiny, one=tiny)


def test_scaled_clips_are_counted(tmp_path):
  options = reconstruction.Options(resize=True, resample=True)
  made = {'a': clip_of(size=32, frames=9), 'b': clip_of(1)}
  scored = _scored(
    tmp_path, {'a': clip_of(), 'b': clip_of(1)}, options, one=made
  )
  found = reconstruction_results.results(scored, options, seed=0)
  row = found['methods']['one']
  assert (row['resized'], row['resampled']) == (1, 1)
  assert 'resize' in found['definitions']


def test_emotions_and_people(tmp_path):
  names = ['a', 'b', 'c', 'd']
  truth = {n: clip_of(i) for i, n in enumerate(names)}
  made = {
    n: noisy(c, most=9 * (i + 1)) for i, (n, c) in enumerate(truth.items())
  }
  scored = _scored(tmp_path, truth, one=made)
  psnr = {s.name: s.psnr for s in scored.scores['one']}
  who = Who(
    {'a': 'anger', 'b': 'anger', 'c': 'fear', 'd': ''},
    dict.fromkeys('ab', 's1') | dict.fromkeys('cd', 's2'),
  )
  found = reconstruction_results.results(
    scored, reconstruction.Options(), who=who, seed=0
  )
  by = found['by_emotion']
  assert list(by) == ['anger', 'fear']
  mean = (psnr['a'] + psnr['b']) / 2
  assert by['anger']['one']['psnr'] == pytest.approx(mean)
  assert by['anger']['one']['psnr_low'] is None  # one person
  assert by['fear']['real']['clips'] == 1
  assert 'over people' in found['definitions']['interval']
  low = found['methods']['one']['psnr_low']
  assert low == pytest.approx((psnr['c'] + psnr['d']) / 2)  # s2 drawn twice


def test_intervals_follow_the_seed_and_cover_the_mean():
  values = np.random.default_rng(0).normal(3, 1, 200)
  one = intervals.interval(values, seed=1)
  assert one == intervals.interval(values, seed=1)
  assert one != intervals.interval(values, seed=2)
  width = 2 * 1.96 * values.std() / math.sqrt(200)
  assert one.high - one.low == pytest.approx(width, rel=0.05)
  assert one.low < one.mean < one.high


def test_intervals_of_little():
  with_gap = intervals.interval([1.0, math.nan, 3.0], seed=0)
  assert (with_gap.mean, with_gap.clips) == (2, 2)
  single = intervals.interval([1.0], seed=0)
  assert single.mean == 1 and math.isnan(single.low)
  assert intervals.interval([math.nan], seed=0).clips == 0
  assert math.isnan(intervals.interval([], seed=0).mean)
  with pytest.raises(ValueError, match='infinite'):
    intervals.interval([math.inf], seed=0)
  with pytest.raises(ValueError, match='groups'):
    intervals.interval([1.0], seed=0, groups=['a', 'b'])
  alike = intervals.interval([1.0, 3.0, 1.0, 3.0], seed=0, groups=[*'aabb'])
  assert alike.low == alike.high == 2
