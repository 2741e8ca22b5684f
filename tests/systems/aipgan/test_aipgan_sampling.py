import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.systems.aipgan.sampling import PIXEL_TARGETS, Pairs


def draw(mode, n=400, frames='any', clips=None, same_person=0.5):
  clips = clips or clips_of(subjects=4)
  pairs = Pairs(
    clips, pixel_target=mode, same_person=same_person, frames=frames
  )
  rng = np.random.default_rng(0)
  return clips, pairs, [pairs.draw(i % len(clips), rng) for i in range(n)]


def subject(clips, frame):
  return clips[frame.clip].subject


def test_self_only_has_truth_for_one_person_alone():
  clips, _, pairs = draw('self_only')
  same = [p for p in pairs if p.truth is not None]
  assert 0.4 < len(same) / len(pairs) < 0.6
  for p in pairs:
    one = subject(clips, p.source) == subject(clips, p.target)
    assert one == (p.truth is not None)
    if one:
      assert p.truth == p.source
      assert p.target != p.source
  clips_met = {(p.source.clip, p.target.clip) for p in same}
  assert any(a != b for a, b in clips_met)  # other expressions too


def test_paper_compares_with_the_target_of_another_person():
  clips, _, pairs = draw('paper')
  assert all(p.truth == p.target for p in pairs)
  assert all(
    subject(clips, p.source) != subject(clips, p.target) for p in pairs
  )


def test_paired_truth_is_the_targets_own_picture_of_the_expression():
  clips, _, pairs = draw('paired')
  cross = [
    p for p in pairs if subject(clips, p.source) != subject(clips, p.target)
  ]
  assert cross
  mixed = 0
  for p in cross:
    truth, target = clips[p.truth.clip], clips[p.target.clip]
    assert truth.subject == target.subject
    assert truth.emotion_id == clips[p.source.clip].emotion_id
    wanted = clips[p.source.clip].au_intensities[p.source.index]
    nearest = np.abs(truth.au_intensities - wanted).sum(1).argmin()
    assert p.truth.index == nearest
    mixed += truth.emotion_id != target.emotion_id
  assert mixed  # the target may show anything


def test_truth_and_same_person_come_from_the_session():
  import dataclasses

  clips = Clips(
    dataclasses.replace(clip, session=str(i % 2))
    for i, clip in enumerate(clips_of(subjects=3, emotions=(3, 3, 5, 5)))
  )
  _, _, pairs = draw('paired', clips=clips)
  for p in pairs:
    sessions = {clips[f.clip].session for f in (p.target, p.truth)}
    assert len(sessions) == 1


def test_paired_without_action_units_goes_by_onset_and_apex():
  clips = clips_of(subjects=3, aus=False)
  _, _, pairs = draw('paired', clips=clips)
  cross = [p for p in pairs if p.truth and p.truth != p.source]
  assert cross
  assert all(p.truth.index == p.source.index for p in cross)


def test_labels_are_masked_where_the_face_is_neutral():
  clips, pairs, drawn = draw('self_only')
  for p in drawn:
    clip = clips[p.source.clip]
    label = pairs.label(p.source)
    if p.source.index in (0, len(clip) - 1):
      assert label == -1
    if p.source.index == clip.apex:
      assert label == clip.emotion_id


def test_peak_frames_are_the_first_and_the_last_three():
  clips, _, drawn = draw('self_only', frames='peak')
  used = {p.source.index for p in drawn}
  apex = clips[0].apex
  assert used == {0, apex - 2, apex - 1, apex}


def test_same_seed_same_pairs():
  assert draw('paired')[2] == draw('paired')[2]


def test_unlabelled_single_pictures_still_pair():
  clips = clips_of(subjects=3, frames=1, labelled=False, aus=False)
  for mode in PIXEL_TARGETS:
    _, _, pairs = draw(mode, clips=clips, n=50)
    assert len(pairs) == 50


@pytest.mark.parametrize('share', [0.0, 0.1, 1.0])
def test_share_of_pairs_of_one_person(share):
  clips, _, pairs = draw('paired', same_person=share)
  one = [subject(clips, p.source) == subject(clips, p.target) for p in pairs]
  assert abs(np.mean(one) - share) < 0.05


@pytest.mark.parametrize(
  'wrong', [{'pixel_target': 'both'}, {'same_person': 1.5}]
)
def test_wrong_settings_are_named(wrong):
  settings = {'pixel_target': 'paired', 'same_person': 0.5, 'frames': 'any'}
  (name, value), *_ = wrong.items()
  with pytest.raises(UserError, match=f'{name}={value!r}'):
    Pairs(clips_of(), **(settings | wrong))
