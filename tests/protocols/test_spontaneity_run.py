"""The spontaneity experiment of a run, with generators that are known."""

import types

import numpy as np
from PIL import Image
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.protocols import next_frames, spontaneity_run
from facegen_jax.protocols.judge import Judge
from facegen_jax.systems.sslg.examples import Neutrals

PART = 4


def config_of(**evaluate):
  values = {
    'batch_size': 4,
    'windows': 3,
    'seeds': 2,
    'futures': 3,
    'drift': 12,
    'swapped': False,
    'beside': '',
    'action_units': 'auto',
    'niqe': '',
    'rows': 2,
    'seed': 0,
  }
  return types.SimpleNamespace(
    system='sslg',
    data=types.SimpleNamespace(expression='all', size=16, face_landmarker=''),
    recursion=types.SimpleNamespace(n_pred=8),
    evaluate=types.SimpleNamespace(**values | evaluate),
  )


def still(constant, previous, current, sample, time):
  """Nothing moves."""
  return np.repeat(current[:, None], PART, 1)


def linear(constant, previous, current, sample, time):
  """The movement goes on, which no expression does for long."""
  steps = np.arange(1, PART + 1)[:, None, None, None]
  speed = (current - previous)[:, None]
  return np.clip(current[:, None] + steps * speed, -1, 1)


def knowing(clips):
  """Goes on as the real clip that has these two frames, then back again."""
  real = {}
  for clip in clips:
    shown = np.stack([clip.picture(i) for i in range(len(clip))])
    cycle = np.concatenate([shown, shown[-2:0:-1]])
    for i in range(len(clip)):
      pair = cycle[i], cycle[i + 1]
      real[tuple(x.tobytes() for x in pair)] = np.roll(cycle, -i, 0)

  def generate(constant, previous, current, sample, time):
    found = []
    for pair in zip(previous, current, strict=True):
      pair = [np.uint8(np.rint((x + 1) * 127.5)) for x in pair]
      cycle = real[tuple(x.tobytes() for x in pair)]
      found.append(np.take(cycle, np.arange(2, 2 + PART), 0, mode='wrap'))
    return np.float32(found) / 127.5 - 1

  return generate


CLIPS = clips_of(8, frames=9)
TRAINING, HELD_OUT = (
  Clips(c for c in CLIPS if (c.subject in ('s6', 's7')) == out)
  for out in (False, True)
)


def evaluated(tmp_path, generate, other=None, **how):
  return spontaneity_run.evaluate(
    config_of(**how),
    HELD_OUT,
    generate,
    tmp_path,
    training=TRAINING,
    judge=Judge,
    beside=lambda: other,
  )


@pytest.fixture(scope='module')
def found(tmp_path_factory):
  folder = tmp_path_factory.mktemp('evaluation')
  return folder, evaluated(folder, knowing(HELD_OUT))


def test_the_truth_itself_has_no_error_and_completes(found):
  _, results = found
  n = results['next_frames']
  assert n['windows'] == 3 * len(HELD_OUT)
  assert n['generated']['mse'] < 1e-10 < n['last frame repeated']['mse']
  assert n['better_share'] == 1 and n['ratio'] < 1e-6
  steps = [n['last frame repeated'][f'step_{k}'] for k in (1, 2, 3)]
  assert steps == sorted(steps)
  assert results['phases']['generated']['complete_share'] == 1
  assert results['phases']['real']['complete_share'] == 1
  assert results['heights'].keys() == {'AU5', 'AU9'}
  methods = results['methods']
  assert methods['generated']['ssim_3'] == pytest.approx(1)
  assert methods['generated']['spread'] == 0  # both futures are the clip
  assert 'one_curve' not in results
  names = [chart['name'] for chart in results['au_curves']]
  assert 'AU9, one person' in names and 'identity drift' in names[-1]


def test_what_it_leaves_in_its_folder(found):
  folder, results = found
  names = ('sheet.png', 'futures.png', 'drift.png', 'clip.mp4')
  assert all((folder / name).is_file() for name in names)
  with Image.open(folder / 'futures.png') as picture:
    assert picture.size == (10 * 18 - 2, 3 * 18 - 2)
  real = sorted((folder / 'clips/real/s6/e3').iterdir())
  made = sorted((folder / 'clips/generated/s6/e3__1').iterdir())
  assert len(real) == 8 and len(made) == 9  # F_2 and n_pred
  text = spontaneity_run.table(results | {'step': 3, 'data': {'name': 'tiny'}})
  assert 'next three frames, 12 windows' in text
  assert 'onset, apex and offset of an action unit, generated: 100.0%' in text
  assert 'identity drift, generated' in text and 'Fisherfaces of 6' in text


def test_a_still_face_completes_nothing_and_stays_who_it_is(tmp_path):
  results = evaluated(tmp_path, still)
  assert results['next_frames']['ratio'] == pytest.approx(1)
  assert results['phases']['generated']['complete_share'] == 0
  drifted = results['identity_drift']['generated']
  assert drifted['frames'] == 12
  assert drifted['last_quarter'] == pytest.approx(drifted['first_ten'])


def test_a_runaway_rises_and_does_not_come_back(tmp_path):
  """Beside it the drift of another run."""
  results = evaluated(
    tmp_path, linear, other=still, action_units='fitted', beside='other'
  )
  phases = results['phases']['generated']
  assert phases['reach_half_share'] == 1 and phases['complete_share'] == 0
  chart = results['au_curves'][-1]['series']
  assert chart.keys() == {'generated', 'other'}
  assert len(chart['other']) == len(chart['generated']) == 12


def test_swapped_frames_are_swapped(tmp_path):
  seen = []

  def watching(**given):
    seen.append((given['previous'], given['current']))
    return still(**given)

  clips = Clips(HELD_OUT[:1])
  for swapped in (False, True):
    next_frames.score(
      clips,
      Neutrals(clips),
      watching,
      count=1,
      batch_size=1,
      swapped=swapped,
      seed=0,
    )
  np.testing.assert_array_equal(seen[0][0], seen[1][1])
  np.testing.assert_array_equal(seen[0][1], seen[1][0])


def test_windows_are_spread_and_leave_three_frames():
  (first, *_, last) = next_frames.windows(Clips(HELD_OUT[:1]), 9)
  assert (first.start, last.start) == (0, 4)
  assert len(next_frames.windows(Clips(HELD_OUT[:1]), 9)) == 5


def test_clips_without_intensities_are_not_fitted_to(tmp_path):
  bare = clips_of(8, frames=9, aus=False)
  with pytest.raises(UserError, match=r'action_units=.fitted.*mediapipe'):
    spontaneity_run.evaluate(
      config_of(action_units='fitted'),
      bare,
      still,
      tmp_path,
      training=bare,
      judge=Judge,
      beside=lambda: None,
    )


def test_nobody_held_out(tmp_path):
  with pytest.raises(UserError, match='held_out'):
    spontaneity_run.evaluate(
      config_of(),
      Clips(()),
      still,
      tmp_path,
      training=TRAINING,
      judge=Judge,
      beside=lambda: None,
    )
