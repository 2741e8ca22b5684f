"""From neutral to apex at a fixed length: which clips, which frames."""

import dataclasses

import cv2
import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data import to_apex
from facegen_jax.data.clips import Clips


def ramp(frames=9, **changes):
  """A clip whose frame i is grey of 10 i."""
  pictures = [
    cv2.imencode('.png', np.full((4, 4, 3), 10 * i, np.uint8))[1].tobytes()
    for i in range(frames)
  ]
  clip = dataclasses.replace(
    clips_of(1)[0], frames=tuple(pictures), onset=2, apex=6, offset=frames - 1
  )
  return dataclasses.replace(clip, **changes)


def grey(clip, count, until='apex'):
  video = to_apex.to_apex(clip, count, until)
  assert video.dtype == np.uint8
  assert video.shape == (count, 4, 4, 3)
  assert (video == video[:, :1, :1, :1]).all()
  return video[:, 0, 0, 0].tolist()


def test_frames_run_from_onset_to_apex():
  assert grey(ramp(), 5) == [20, 30, 40, 50, 60]
  assert grey(ramp(), 3) == [20, 40, 60]
  assert grey(ramp(), 1) == [20]


def test_between_frames_it_is_linear():
  assert grey(ramp(), 9) == [20, 25, 30, 35, 40, 45, 50, 55, 60]
  np.testing.assert_allclose(
    grey(ramp(), 32), 20 + 40 * np.arange(32) / 31, atol=0.5
  )


def test_without_an_onset_it_begins_with_the_clip():
  assert grey(ramp(onset=-1), 7) == [0, 10, 20, 30, 40, 50, 60]


def test_the_end_is_the_apex_the_middle_or_the_last_frame():
  clip = ramp(onset=0)
  ends = {until: grey(clip, 2, until)[1] for until in to_apex.UNTIL}
  assert ends == {'apex': 60, 'half': 40, 'end': 80}
  # The middle and the end need no labelled apex.
  bare = ramp(onset=-1, apex=-1, offset=-1)
  assert grey(bare, 2, 'half') == [0, 40]
  assert grey(bare, 2, 'end') == [0, 80]


def test_an_apex_beyond_the_clip_is_its_last_frame():
  assert grey(ramp(apex=40), 2) == [20, 80]


def test_only_clips_with_an_emotion_are_kept():
  some = Clips([ramp(name='a'), ramp(name='b', emotion_id=-1)])
  for until in to_apex.UNTIL:
    assert [c.name for c in to_apex.labelled(some, until)] == ['a']


def test_the_apex_must_come_after_the_onset_where_it_is_the_end():
  some = Clips(
    [
      ramp(name='rises'),
      ramp(name='unknown', apex=-1),
      ramp(name='at the onset', apex=2),
      ramp(name='at frame 0', onset=-1, apex=0),
      ramp(name='from frame 0', onset=-1, apex=1),
    ]
  )
  kept = [clip.name for clip in to_apex.labelled(some, 'apex')]
  assert kept == ['rises', 'from frame 0']
  assert len(to_apex.labelled(some, 'half')) == 5


def test_what_is_missing_is_named_with_a_cure():
  with pytest.raises(UserError, match=r"config\.data\.until='peak'.*'half'"):
    to_apex.labelled(Clips([ramp()]), 'peak')
  with pytest.raises(UserError, match=r'none of 1 clips.*six emotions'):
    to_apex.labelled(Clips([ramp(emotion_id=-1)]), 'apex')
  with pytest.raises(UserError, match=r"until='apex': none.*'half'"):
    to_apex.labelled(Clips([ramp(apex=-1)]), 'apex')
