"""Windows of clips, and whose neutral face goes with them."""

import dataclasses

import numpy as np
import pytest
from tiny_clips import clips_of
from tiny_sslg import sslg_config

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.systems.sslg.examples import Examples, Neutrals


def examples(clips=None, **changes):
  clips = clips or clips_of(3, frames=9)
  return Examples(sslg_config(**changes), clips), clips


def numbered(frames=9, **more):
  """Clips whose picture k is all 10 k."""
  import cv2

  def encoded(k):
    picture = np.full((16, 16, 3), 10 * k, np.uint8)
    picture[:, 0] = 255  # left
    return cv2.imencode('.png', picture)[1].tobytes()

  clips = clips_of(2, frames=frames)
  shown = tuple(encoded(k) for k in range(frames))
  return Clips(
    dataclasses.replace(clip, frames=shown, **more) for clip in clips
  )


def test_a_window_is_five_frames_in_a_row_from_anywhere():
  made, _ = examples(numbered(), data__flip=False)
  starts = set()
  for seed in range(60):
    found = made.example(0, np.random.default_rng(seed))
    assert found['video'].shape == (5, 16, 16, 3)
    assert found['video'].dtype == found['constant'].dtype == np.uint8
    values = found['video'][:, 5, 5, 0].astype(int)
    np.testing.assert_array_equal(np.diff(values), 10)
    starts.add(values[0] // 10)
    assert found['constant'][5, 5, 0] == 0  # the clip's first frame
  assert starts == {0, 1, 2, 3, 4}  # the last leaves three targets


def test_all_frames_of_a_window_are_mirrored_together():
  made, _ = examples(numbered())
  sides = set()
  for seed in range(20):
    found = made.example(0, np.random.default_rng(seed))
    pictures = [*found['video'], found['constant']]
    left = {bool((x[:, 0] == 255).all()) for x in pictures}
    assert len(left) == 1
    sides |= left
  assert sides == {True, False}


def test_five_steps_take_seven_frames():
  made, _ = examples(recursion__n=5)
  found = made.example(0, np.random.default_rng(0))
  assert found['video'].shape[0] == 7


def neutral(clip, value, session=''):
  import cv2

  picture = np.full((16, 16, 3), value, np.uint8)
  frame = cv2.imencode('.png', picture)[1].tobytes()
  return dataclasses.replace(
    clip,
    frames=(frame,) * 9,
    emotion='neutral',
    emotion_id=-1,
    session=session,
    name=f'neutral{session}',
  )


def test_the_neutral_clip_of_the_person_gives_the_constant_frame():
  clips = clips_of(2, frames=9)
  known = Clips(
    [*clips, neutral(clips[0], 77, 'b'), neutral(clips[0], 33, 'c')]
  )
  neutrals = Neutrals(known)
  assert (neutrals.of(clips[0]) == 77).all()  # of no session: the first
  later = dataclasses.replace(clips[0], session='c')
  assert (neutrals.of(later) == 33).all()
  other = next(clip for clip in clips if clip.subject != clips[0].subject)
  np.testing.assert_array_equal(neutrals.of(other), other.picture(0))


def test_neutral_clips_are_not_trained_on():
  clips = clips_of(2, frames=9)
  made, _ = examples(Clips([*clips, neutral(clips[0], 77)]))
  assert len(made) == len(clips)


def test_one_expression_or_all_without_labels():
  made, clips = examples(data__expression='happiness')
  assert len(made) == 3 and len(clips) == 6
  unlabelled, _ = examples(clips_of(3, frames=9, labelled=False))
  assert len(unlabelled) == 6


def test_short_clips_are_left_out():
  clips = Clips([*clips_of(2, frames=9), *clips_of(1, frames=4)])
  made, _ = examples(clips)
  assert len(made) == 4


@pytest.mark.parametrize(
  ('clips', 'changes', 'told'),
  [
    (None, {'data__expression': 'joy'}, 'joy.*there is anger.*all'),
    (None, {'data__expression': 'fear'}, 'fear.*none of 6 clips'),
    (clips_of(2, frames=4), {}, 'none of 4 clips.*5 frames'),
    (clips_of(2, frames=9, size=20), {}, 'data.size=16.*20 px'),
  ],
)
def test_what_cannot_be_trained_on(clips, changes, told):
  with pytest.raises(UserError, match=told) as error:
    examples(clips, **changes)
  assert '\n' not in str(error.value)
