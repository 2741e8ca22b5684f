import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data import clips as clips_lib


def test_labels_belong_to_frames_near_the_apex():
  clip = clips_of(frames=9)[0]
  assert (clip.onset, clip.apex, clip.offset) == (0, 4, 8)
  e = clip.emotion_id
  assert clip.labels().tolist() == [-1, -1, e, e, e, e, e, -1, -1]


def test_without_an_apex_the_whole_clip_has_its_label():
  clip = clips_of(labelled=False)[0]
  assert (clip.labels() == -1).all()


def test_neutral_frame_by_action_units_else_by_onset():
  assert clips_of(frames=9)[0].neutral() in (0, 8)
  assert clips_of(frames=9, aus=False)[0].neutral() == 0


def test_pictures_decode_to_rgb():
  clip = clips_of(size=16)[0]
  picture = clip.picture(clip.apex)
  assert picture.shape == (16, 16, 3)
  assert picture.dtype == np.uint8
  # tiny_clips encodes through BGR: its first channel is our last.
  assert picture[-1, 0, 2] == 40 * clip.emotion_id


def test_broken_frame_is_named():
  import dataclasses

  clip = dataclasses.replace(clips_of()[0], frames=(b'no picture',))
  with pytest.raises(UserError, match=r"frame 0 of clip 'e3'"):
    clip.picture(0)


def test_split_is_by_person_complete_and_seeded():
  clips = clips_of(subjects=10)
  a, b = (clips_lib.split_by_subject(clips, 0.3, seed) for seed in (0, 0))
  assert len(a.held_out.subjects) == 3
  assert not set(a.train.subjects) & set(a.held_out.subjects)
  assert len(a.train) + len(a.held_out) == len(clips)
  assert a.train.subjects == b.train.subjects
  others = [clips_lib.split_by_subject(clips, 0.3, s) for s in range(1, 6)]
  assert any(o.train.subjects != a.train.subjects for o in others)


def test_too_few_people_is_one_line():
  with pytest.raises(UserError, match='2 to train on'):
    clips_lib.split_by_subject(clips_of(subjects=2), 0.2, 0)
