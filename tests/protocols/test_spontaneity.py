"""Movement, repeats and quality of known clips."""

import json
import math

from folders_of_clips import clip_of, film, noisy, write
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics import niqe_model
from facegen_jax.metrics.extractors import au_tables
from facegen_jax.protocols import (
  footage,
  frames,
  quality,
  repeats,
  spontaneity,
  spontaneity_results,
  trajectories,
)

FRAMES = 13


def _bright(curve, size=16):
  """A gray clip whose brightness follows a curve in [0, 1]."""
  levels = np.rint(50 + 100 * np.asarray(curve)).astype(np.uint8)
  return np.broadcast_to(
    levels[:, None, None, None], (len(levels), size, size, 3)
  )


def _brightness(clip, pictures):
  """Stands for a tool: AU12 is brightness, AU6 never moves."""
  del clip
  level = (pictures.mean((1, 2, 3)) - 50) / 100
  rows = np.stack([np.zeros_like(level), level], 1)
  rows[pictures.max((1, 2, 3)) == 0] = np.nan
  return rows


TOOL = trajectories.Measured('brightness', 'free', (6, 12), _brightness)
LINE = np.linspace(0, 1, FRAMES)
BENT = LINE**4


def _scored(tmp_path, truth, options, **methods):
  made = {
    name: footage.listed(write(tmp_path / name, clips))
    for name, clips in methods.items()
  }
  real = footage.listed(write(tmp_path / 't', truth)) if truth else None
  return spontaneity.score(real, made, options)


def _results(tmp_path, truth, options, **methods):
  scored = _scored(tmp_path, truth, options, **methods)
  found = spontaneity_results.results(scored, options, seed=0)
  json.dumps(found, allow_nan=False)
  return found


def test_a_straight_onset_is_told_from_a_bent_one(tmp_path):
  options = spontaneity.Options(TOOL, fps=25.0)
  found = _results(
    tmp_path,
    {'a': _bright(BENT)},
    options,
    line={'a': _bright(LINE)},
    same={'a': _bright(BENT)},
  )
  au = found['action_units']['AU12']
  assert au['line']['non_linearity'] == pytest.approx(0, abs=1e-3)
  x = np.arange(100) / 99
  curve = np.interp(x, LINE, BENT)
  wanted = 1 - np.corrcoef(x, curve)[0, 1] ** 2
  assert au['real']['non_linearity'] == pytest.approx(wanted, abs=0.01)
  assert au['same']['mae'] == 0 and au['same']['pearson'] == pytest.approx(1)
  assert au['line']['mae'] > 0.2
  assert 'mae' not in au['real']
  still = found['action_units']['AU6']['line']
  assert still['moving'] == 0 and still['non_linearity'] is None
  assert still['mae'] is None and still['pearson'] is None
  curves = {c['name']: c['series'] for c in found['au_curves']}
  assert len(curves['AU12']['line']) == 100 and set(curves['AU6']) == {
    'real',
    'line',
    'same',
  }


def test_jerk_is_per_second(tmp_path):
  cube = {'a': _bright(LINE**3)}
  slow = _results(
    tmp_path / '1', None, spontaneity.Options(TOOL, fps=10), m=cube
  )
  fast = _results(
    tmp_path / '2', None, spontaneity.Options(TOOL, fps=20), m=cube
  )
  jerk = [r['methods']['m']['jerk'] for r in (slow, fast)]
  assert jerk[1] == pytest.approx(8 * jerk[0])
  # x^3 has a third difference of 6 / 12^3, AU6 has none; levels are rounded.
  assert jerk[0] > 0.4 * 6 / 12**3 * 1000
  none = _results(tmp_path / '3', None, spontaneity.Options(TOOL), m=cube)
  assert none['methods']['m']['jerk'] is None


def test_repeats_spread(tmp_path):
  a = clip_of()
  b, c = noisy(a, 1), noisy(a, 2)[:4]
  found = _results(
    tmp_path,
    {'x': a},
    spontaneity.Options(TOOL),
    made={'x__0': a, 'x__1': b, 'x__2': c},
    once={'x__0': a},
  )
  row = found['methods']['made']
  clips = [np.float64(x[:4]) for x in (a, b, c)]
  pairs = [(0, 1), (0, 2), (1, 2)]
  square = [((clips[i] - clips[j]) ** 2).mean() for i, j in pairs]
  assert row['spread'] == pytest.approx(math.sqrt(np.mean(square)))
  assert row['repeated'] == 1 and row['au_spread'] > 0
  assert 'spread' not in found['methods']['once']


def test_spread_of_curves_is_over_pairs():
  one, two = np.zeros((5, 2)), np.full((5, 2), 0.3)
  assert repeats.curve_rms([one, two]) == pytest.approx(0.3)
  assert math.isnan(repeats.curve_rms([one, one * np.nan]))


def test_repeats_of_two_sizes_are_an_error(tmp_path):
  with pytest.raises(UserError, match='32x32 pixels, another repeat has 16x16'):
    _scored(
      tmp_path,
      None,
      spontaneity.Options(),
      made={'x__0': clip_of(), 'x__1': clip_of(size=32)},
    )


def test_ssim_against_the_first_and_the_real_frames(tmp_path):
  a = clip_of(frames=7)
  b = noisy(a)
  found = _scored(tmp_path, {'x': a}, spontaneity.Options(), made={'x__3': b})
  one = found['made'].figures[0]
  still = np.repeat(b[:1], 6, 0)
  assert one.ssim_first == pytest.approx(
    frames.scores(still, b[1:]).ssim.mean()
  )
  wanted = frames.scores(a[1:4], b[1:4]).ssim.mean()
  assert one.ssim_steps[0] == pytest.approx(wanted)
  assert math.isnan(one.ssim_steps[1])  # 7 frames have no tenth
  assert math.isnan(found['real'].figures[0].ssim_steps[0])


def test_clips_without_a_real_one_are_named(tmp_path):
  made = {'x__0': clip_of(), 'y__0': clip_of(), 'z': clip_of()}
  found = _results(tmp_path, {'x': clip_of()}, spontaneity.Options(), made=made)
  assert found['without_real'] == {'made': ['y__0', 'z']}
  text = spontaneity_results.text(found)
  assert 'made: 2 without a real clip (y__0, z)' in text


def test_single_frames_and_no_face(tmp_path):
  options = spontaneity.Options(TOOL, fps=25.0)
  black = np.zeros((4, 16, 16, 3), np.uint8)
  found = _results(
    tmp_path, {'a': black}, options, made={'a': clip_of(frames=1), 'b': black}
  )
  row = found['methods']['made']
  assert row['clips'] == 2 and row['without_face'] == 4
  assert found['action_units']['AU12']['made']['non_linearity'] is None
  assert 'made' not in found['au_curves'][0]['series']
  assert spontaneity_results.text(found)


def test_other_sizes_are_scaled_only_on_request(tmp_path):
  truth, big = {'x': clip_of()}, {'x': clip_of(size=32)}
  with pytest.raises(UserError, match='--resize'):
    _scored(tmp_path / '1', truth, spontaneity.Options(), made=big)
  options = spontaneity.Options(resize=True)
  found = _results(tmp_path / '2', truth, options, made=big)
  assert found['methods']['made']['resized'] == 1


def test_damaged_clips_are_told(tmp_path):
  write(tmp_path / 'made', {'b': clip_of()})
  (tmp_path / 'made/b/frame_0001.png').write_bytes(b'')
  options = spontaneity.Options()
  found = _results(tmp_path, None, options, made={'a': clip_of()})
  assert list(found['left_out']['made']) == ['b']
  assert 'made: 1 left out (b: ' in spontaneity_results.text(found)
  write(tmp_path / 'bad', {'a': clip_of()})
  (tmp_path / 'bad/a/frame_0001.png').write_bytes(b'')
  with pytest.raises(UserError, match='none of 1 clips can be used'):
    _scored(tmp_path, None, options, bad={})


def _openface(path, curve):
  rows = [f'{i + 1}, 1, 0.0, {5 * x:.4f}' for i, x in enumerate(curve)]
  head = 'frame, success, AU06_r, AU12_r'
  path.write_text('\n'.join([head, *rows]) + '\n')


def test_a_users_tables_lie_beside_the_clips(tmp_path):
  film(tmp_path / 's1/a.b.mp4', clip_of(frames=FRAMES))
  write(tmp_path, {'s1/c': clip_of(frames=FRAMES), 's1/d': clip_of()})
  _openface(tmp_path / 's1/a.b.csv', LINE)
  _openface(tmp_path / 's1/c.csv', BENT)
  tool = trajectories.by_tables(au_tables.OPENFACE2, (12,))
  made = {'m': footage.listed(tmp_path)}
  found = spontaneity.score(None, made, spontaneity.Options(tool))['m']
  bent = {f.name: f.shape.non_linearity[0] for f in found.figures}
  assert bent['s1/a.b'] == pytest.approx(0, abs=1e-6)
  assert bent['s1/c'] > 0.2
  assert 'no such table' in found.left_out['s1/d']


class _Detector:
  """Finds a face whose smile is the brightness; none in the first frame."""

  def detect(self, picture):
    from facegen_jax.data.faces import Face

    level = float(picture.mean())
    if level < 20:
      return []
    smile = {'mouthSmileLeft': level / 255, 'mouthSmileRight': level / 255}
    return [Face(None, None, smile, (0, 0, 1, 1), 1.0)]


def test_mediapipe_is_above_the_first_face():
  clip = np.repeat(np.uint8([0, 51, 102])[:, None, None, None], 3, 3)
  tool = trajectories.by_mediapipe(_Detector(), (12,))
  rows = tool.of(footage.Clip('a', None), clip)[:, 0]
  assert math.isnan(rows[0])
  np.testing.assert_allclose(rows[1:], [0, 0.2], atol=1e-6)
  assert 'MediaPipe' in tool.name and tool.licence == 'Apache-2.0'
  assert tool.poor == () and trajectories.by_mediapipe(None).poor == (6, 9)


def test_a_unit_that_rests_in_the_real_clip_is_not_compared():
  moving, still = BENT[:, None], 0 * BENT[:, None]
  shapes = [
    trajectories.shape(np.hstack(x))
    for x in ((moving, still, moving), (moving, moving, still))
  ]
  found = trajectories.agreement(*shapes)
  assert np.isnan(found.mae).tolist() == [False, True, False]
  assert np.isnan(found.pearson).tolist() == [False, True, True]
  one = trajectories.shape(moving[:1])
  assert trajectories.agreement(one, one) is None


@pytest.fixture(scope='module')
def model():
  rng = np.random.default_rng(0)
  wave = [
    rng.integers(0, 255, (224, 224, 3)).astype(np.uint8) for _ in range(3)
  ]
  return niqe_model.fit_pristine(wave, name='noise', block=16, threshold=0)


def test_niqe_at_a_common_size(tmp_path, model):
  how = quality.Niqe(model, size=64, most=2)
  small = quality.quality(noisy(clip_of(size=32), most=40), how)
  wide = quality.quality(noisy(clip_of(size=128, height=64), most=40), how)
  assert small.blocks == wide.blocks == 16
  assert small.enlarged and not wide.enlarged
  assert small.frames == wide.frames == 2
  found = _results(
    tmp_path,
    None,
    spontaneity.Options(niqe=how),
    made={'a': noisy(clip_of(size=32), most=40)},
  )
  row = found['methods']['made']
  assert row['niqe'] == pytest.approx(small.value)
  assert row['niqe_blocks'] == 16 and row['niqe_enlarged_clips'] == 1
  assert model.label in found['definitions']['niqe']
  assert 'NIQE of 16 blocks' in spontaneity_results.text(found)
  flat = quality.quality(np.full((3, 64, 64, 3), 9, np.uint8), how)
  assert math.isnan(flat.value) and flat.undefined == 2


def test_smoothness_is_of_what_moves():
  wave = np.sin(np.linspace(0, 3, 40))
  rough = wave + np.random.default_rng(0).normal(0, 0.05, 40)
  still, gap = 0 * wave, np.where(wave > 0.99, np.nan, wave)
  shape = trajectories.shape(np.stack([wave, rough, still], 1))
  smooth, noisy_one, none = trajectories.smoothness(shape)
  assert smooth > noisy_one + 2 and math.isnan(none)
  shape = trajectories.shape(gap[:, None])
  assert np.isnan(trajectories.smoothness(shape)).all() and shape.missing > 0
