"""SMIC with faults: none of them reaches another clip."""

import pytest
import tiny_downloads as tiny
from tiny_downloads import only

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.smic.parse import parse


def test_one_person_by_two_spellings(tmp_path):
  tiny.smic(tmp_path)
  tiny.smic_clip(tmp_path, clip='s01_ne_01', person='s01')
  tiny.smic_clip(tmp_path, clip='s01_ne_02', person='s01')
  found = parse(tmp_path)
  assert {clip.subject for clip in found.clips} == {'s1'}
  assert len(found.clips) == 2
  assert 'a second clip s1_ne_01 of s1' in only(found.skipped).reason


def test_unknown_emotions_are_kept_without(tmp_path):
  tiny.smic_clip(tmp_path, word='contempt')
  found = parse(tmp_path)
  clip = only(found.clips)
  assert clip.emotion == ''
  assert (clip.onset, clip.offset) == (9, 11)
  assert "'contempt' is no emotion" in only(found.notes).remark


def test_the_folder_is_believed_over_the_clips_name(tmp_path):
  tiny.smic_clip(tmp_path, word='positive', clip='s2_ne_01')
  found = parse(tmp_path)
  clip = only(found.clips)
  assert (clip.subject, clip.emotion) == ('s1', 'positive')
  remarks = ' '.join(note.remark for note in found.notes)
  assert 'named as of s2' in remarks
  assert 'named as negative' in remarks


def test_missing_frames_are_noted(tmp_path):
  folder = tiny.smic_clip(tmp_path)
  (folder / 'image000010.bmp').unlink()
  found = parse(tmp_path)
  assert only(found.clips).numbers == (9, 11)
  assert '1 of the numbers 9..11' in only(found.notes).remark


def test_strange_folders_lose_no_clip(tmp_path):
  person = tiny.smic_clip(tmp_path).parents[2]
  (person / 'micro' / 'negative' / 's1_ne_02').mkdir()
  (person / 'macro').mkdir()
  (person.parent / 'readme').mkdir()
  (person.parent / 'Thumbs.db').touch()
  found = parse(tmp_path)
  assert only(found.clips).clip == 's1_ne_01'
  assert [(s.path, s.reason) for s in found.skipped] == [
    ('HS/readme', 'not named like a person, s1'),
    ('HS/s1/macro', 'neither micro nor non_micro'),
    ('HS/s1/micro/negative/s1_ne_02', 'no frames'),
  ]


def test_links_out_are_skipped(tmp_path):
  folder = tiny.smic_clip(tmp_path / 'in')
  outside = tiny.smic_frames(tmp_path / 'out' / 's1_ne_02', [1])
  (folder.parent / 's1_ne_02').symlink_to(outside)
  (folder / 'image000012.bmp').symlink_to(outside / 'image000001.bmp')
  found = parse(tmp_path / 'in')
  assert only(found.clips).numbers == (9, 10, 11)
  assert {skipped.reason for skipped in found.skipped} == {
    'a link that leads out of the folder'
  }
  assert len(found.skipped) == 2


def test_an_unreadable_folder_loses_no_other(tmp_path, monkeypatch):
  folder = tiny.smic_clip(tmp_path)
  bad = tiny.smic_clip(tmp_path, clip='s1_ne_02')
  listing = type(folder).iterdir

  def iterdir(path):
    if path == bad:
      raise PermissionError(13, 'Permission denied')
    return listing(path)

  monkeypatch.setattr(type(folder), 'iterdir', iterdir)
  found = parse(tmp_path)
  assert only(found.clips).clip == 's1_ne_01'
  assert only(found.skipped).reason == 'cannot be listed (Permission denied)'


def test_nothing_useful_raises(tmp_path):
  for wrong in ({'part': 'UV'}, {'image_set': 'big'}):
    with pytest.raises(UserError, match='SMIC has no'):
      parse(tmp_path, **wrong)
  with pytest.raises(UserError, match='micro'):
    parse(tmp_path)
  with pytest.raises(UserError, match='no such folder'):
    parse(tmp_path / 'gone')
  with pytest.raises(UserError, match='non_micro'):
    parse(tmp_path, image_set='long', non_micro=True)
  tiny.smic_clip(tmp_path)
  with pytest.raises(UserError, match='VIS/s<n>/micro'):
    parse(tmp_path, 'VIS')
