"""Another number of frames, and frames without a face."""

import numpy as np
import pytest

from facegen_jax.data.crops import gaps, tempo


@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_as_many_frames_as_before_are_the_same(dtype):
  values = np.random.default_rng(0).integers(0, 256, (32, 3, 2)).astype(dtype)
  made = tempo.resampled(values, 32)
  assert made.dtype == dtype
  np.testing.assert_array_equal(made, values)


@pytest.mark.parametrize('t', [2, 5, 31, 33, 100])
@pytest.mark.parametrize('count', [2, 7, 32])
def test_ends_are_exact_and_a_rise_stays_a_rise(t, count):
  values = np.cumsum(np.random.default_rng(t).uniform(0.1, 1, t))
  made = tempo.resampled(values, count)
  assert made.shape == (count,) and made.dtype == np.float32
  assert made[0] == np.float32(values[0])
  assert made[-1] == np.float32(values[-1])
  assert (np.diff(made) > 0).all()


def test_known_answers():
  np.testing.assert_array_equal(
    tempo.resampled([[0.0, 8.0], [2.0, 4.0]], 5),
    [[0, 8], [0.5, 7], [1, 6], [1.5, 5], [2, 4]],
  )
  np.testing.assert_array_equal(
    tempo.resampled(np.uint8([200, 100, 103]), 4), [200, 133, 101, 103]
  )  # a step of -100 does not wrap; 133.3 and 101 are rounded
  np.testing.assert_array_equal(tempo.resampled([0.0, 5.0], 1), [0])


def test_one_frame_is_repeated():
  made = tempo.resampled(np.full((1, 2, 2, 3), 9, np.uint8), 32)
  np.testing.assert_array_equal(made, np.full((32, 2, 2, 3), 9))


@pytest.mark.parametrize('t', [1, 2, 7, 32, 50])
@pytest.mark.parametrize('count', [1, 7, 32])
def test_a_frames_number_goes_with_it(t, count):
  made = [tempo.resampled_index(i, t, count) for i in range(t)]
  times = np.arange(count) * (t - 1) / max(count - 1, 1)
  for i, found in enumerate(made):
    assert abs(times[found] - i) <= np.abs(times - i).min() + 1e-9
  assert made == sorted(made)
  assert tempo.resampled_index(-1, t, count) == -1
  for wrong in (-2, t):
    with pytest.raises(ValueError, match=f'frame {wrong}'):
      tempo.resampled_index(wrong, t, count)


@pytest.mark.parametrize(('t', 'count'), [(0, 4), (4, 0)])
def test_no_frames(t, count):
  with pytest.raises(ValueError, match=f'{count} frames of {t}'):
    tempo.resampled(np.zeros((t, 2)), count)


def _faces(*values):
  return [
    None if value is None else np.full((68, 2), value, np.float32)
    for value in values
  ]


def test_gaps_go_straight_and_ends_stay():
  made, count = gaps.filled(_faces(None, 2, None, None, 8, 5, None, None))
  assert count == 5 and made.shape == (8, 68, 2) and made.dtype == np.float32
  wanted = np.array([2, 2, 4, 6, 8, 5, 5, 5])
  np.testing.assert_allclose(
    made, np.broadcast_to(wanted[:, None, None], made.shape), rtol=1e-6
  )


def test_without_gaps_nothing_changes():
  faces = np.random.default_rng(0).normal(size=(4, 68, 2)).astype(np.float32)
  made, count = gaps.filled(list(faces))
  assert count == 0
  np.testing.assert_array_equal(made, faces)


def test_coordinates_are_not_mixed():
  face = np.arange(136, dtype=np.float32).reshape(68, 2)
  made, _ = gaps.filled([face, None, face + 2])
  np.testing.assert_allclose(made[1], face + 1)


@pytest.mark.parametrize('faces', [[], [None, None]])
def test_no_face_at_all(faces):
  with pytest.raises(ValueError, match=f'no face in any of {len(faces)}'):
    gaps.filled(faces)
