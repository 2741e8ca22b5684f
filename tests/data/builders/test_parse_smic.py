"""SMIC's parser on fake trees and on small ones without a fault."""

import json

import pytest

from facegen_jax.data.builders.smic import PUBLISHED
from facegen_jax.data.builders.smic.parse import parse


def _expected(mini):
  expected = json.loads((mini / 'expected.json').read_text())
  return expected['datasets']['smic']


def _frames(folder, numbers, name='image{:06d}.bmp'):
  folder.mkdir(parents=True, exist_ok=True)
  for number in numbers:
    (folder / name.format(number)).touch()
  return folder


def _short(root, word='negative', clip='s1_ne_01', person='s1', part='HS'):
  folder = root / 'SMIC_all_raw' / part / person / 'micro' / word / clip
  return _frames(folder, (9, 10, 11))


def _one(found):
  (clip,) = found.clips
  return clip


@pytest.mark.mini_trees
@pytest.mark.parametrize('part', ['HS', 'VIS', 'NIR'])
def test_every_short_clip_of_the_fake_tree(mini, part):
  wanted = [c for c in _expected(mini)['clips'] if c['part'] == part]
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
  other = _expected(mini)['other']
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
  folder = _short(tmp_path / place)
  clip = _one(parse(tmp_path))
  assert clip.path.samefile(folder)
  assert clip.path.is_absolute()


def test_the_parts_own_folder_will_do(tmp_path):
  _short(tmp_path)
  assert _one(parse(tmp_path / 'SMIC_all_raw' / 'HS')).clip == 's1_ne_01'


def test_sets_without_telling_names_are_told_by_their_pictures(tmp_path):
  tail = 'HS/s1/micro/negative/s1_ne_01'
  _frames(tmp_path / 'a' / tail, [1], 'reg_image{:06d}.bmp')
  _frames(tmp_path / 'b' / tail, [1, 2])
  assert len(_one(parse(tmp_path)).frames) == 2
  assert len(_one(parse(tmp_path, image_set='cropped')).frames) == 1


def test_emotion_folders_in_any_case(tmp_path):
  _short(tmp_path, word='Surprise', clip='s1_sur_01')
  found = parse(tmp_path)
  assert _one(found).emotion == 'surprise'
  assert not found.notes


def test_published_counts_add_up():
  assert sum(PUBLISHED['HS']['emotions'].values()) == PUBLISHED['HS']['clips']
