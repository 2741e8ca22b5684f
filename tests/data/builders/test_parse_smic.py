"""SMIC's parser on fake trees and on small ones without a fault."""

import pytest
import tiny_downloads as tiny
from tiny_downloads import only

from facegen_jax.data.builders.smic import PUBLISHED
from facegen_jax.data.builders.smic.parse import parse


@pytest.mark.mini_trees
@pytest.mark.parametrize('part', ['HS', 'VIS', 'NIR'])
def test_every_short_clip_of_the_fake_tree(mini, part):
  clips = tiny.expected(mini, 'smic')['clips']
  wanted = [clip for clip in clips if clip['part'] == part]
  if not wanted:
    pytest.skip(f'the fake tree has no {part}')
  found = parse(mini / 'smic', part)
  clips = {(clip.subject, clip.clip): clip for clip in found.clips}
  assert sorted(clips) == sorted((c['subject'], c['clip']) for c in wanted)
  for want in wanted:
    clip = clips[want['subject'], want['clip']]
    assert clip.path == mini / want['path']
    assert len(clip.frames) == len(clip.numbers) == want['n_frames']
    assert clip.frames[0].name == want['first']
    assert clip.frames[-1].name == want['last']
    assert list(clip.numbers) == sorted(clip.numbers)
    assert (clip.onset, clip.offset) == (want['onset'], want['offset'])
    assert clip.apex is want['apex'] is None
    assert clip.emotion == want['emotion']
    assert clip.camera == part
    assert clip.fps == (100 if part == 'HS' else 25)


@pytest.mark.mini_trees
def test_clips_without_expression_come_when_asked_for(mini):
  other = tiny.expected(mini, 'smic')['other']
  lengths = {
    key.rpartition('/')[2]: count
    for key, count in other.items()
    if key.startswith('non_micro:HS')
  }
  without = {clip.clip for clip in parse(mini / 'smic').clips}
  assert not without & set(lengths)
  found = parse(mini / 'smic', non_micro=True)
  added = {c.clip: c for c in found.clips if c.clip not in without}
  assert {name: len(c.frames) for name, c in added.items()} == lengths
  for clip in added.values():
    assert (clip.emotion, clip.onset, clip.offset) == ('', None, None)


@pytest.mark.mini_trees
def test_cropped_clips_are_the_raw_ones(mini):
  raw = {(c.subject, c.clip): c for c in parse(mini / 'smic').clips}
  for clip in parse(mini / 'smic', image_set='cropped').clips:
    twin = raw[clip.subject, clip.clip]
    assert 'crop' in str(clip.path.relative_to(mini)).lower()
    assert (clip.numbers, clip.emotion) == (twin.numbers, twin.emotion)


@pytest.mark.parametrize('place', ['', 'a', 'a/a', 'SMIC_all_raw/..'])
def test_the_root_is_found(tmp_path, place):
  folder = tiny.smic_clip(tmp_path / place)
  clip = only(parse(tmp_path).clips)
  assert clip.path.samefile(folder)
  assert clip.path.is_absolute()


def test_the_parts_own_folder_will_do(tmp_path):
  tiny.smic(tmp_path)
  found = parse(tmp_path / 'SMIC_all_raw' / 'HS')
  assert only(found.clips).clip == 's1_ne_01'


def test_sets_without_telling_names_are_told_by_their_pictures(tmp_path):
  tail = 'HS/s1/micro/negative/s1_ne_01'
  tiny.smic_frames(tmp_path / 'a' / tail, [1], 'reg_image{:06d}.bmp')
  tiny.smic_frames(tmp_path / 'b' / tail, [1, 2])
  assert len(only(parse(tmp_path).clips).frames) == 2
  assert len(only(parse(tmp_path, image_set='cropped').clips).frames) == 1


def test_emotion_folders_in_any_case(tmp_path):
  tiny.smic_clip(tmp_path, word='Surprise', clip='s1_sur_01')
  found = parse(tmp_path)
  assert only(found.clips).emotion == 'surprise'
  assert not found.notes


def test_published_counts_add_up():
  assert sum(PUBLISHED['HS']['emotions'].values()) == PUBLISHED['HS']['clips']
