"""SMIC with faults: none of them reaches another clip."""

import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.smic.parse import parse


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


def _remark(found):
  (note,) = found.notes
  return note.remark


def _reason(found):
  (skipped,) = found.skipped
  return skipped.reason


def test_one_person_by_two_spellings(tmp_path):
  _short(tmp_path, clip='s1_ne_01', person='s1')
  _short(tmp_path, clip='s01_ne_01', person='s01')
  _short(tmp_path, clip='s01_ne_02', person='s01')
  found = parse(tmp_path)
  assert {clip.subject for clip in found.clips} == {'s1'}
  assert len(found.clips) == 2
  assert 'a second clip s1_ne_01 of s1' in _reason(found)


def test_unknown_emotions_are_kept_without(tmp_path):
  _short(tmp_path, word='contempt')
  found = parse(tmp_path)
  assert _one(found).emotion == ''
  assert (_one(found).onset, _one(found).offset) == (9, 11)
  assert "'contempt' is no emotion" in _remark(found)


def test_the_folder_is_believed_over_the_clips_name(tmp_path):
  _short(tmp_path, word='positive', clip='s2_ne_01')
  found = parse(tmp_path)
  assert (_one(found).subject, _one(found).emotion) == ('s1', 'positive')
  remarks = ' '.join(note.remark for note in found.notes)
  assert 'named as of s2' in remarks
  assert 'named as negative' in remarks


def test_missing_frames_are_noted(tmp_path):
  folder = _short(tmp_path)
  (folder / 'image000010.bmp').unlink()
  found = parse(tmp_path)
  assert _one(found).numbers == (9, 11)
  assert '1 of the numbers 9..11' in _remark(found)


def test_strange_folders_lose_no_clip(tmp_path):
  person = _short(tmp_path).parents[2]
  (person / 'micro' / 'negative' / 's1_ne_02').mkdir()
  (person / 'macro').mkdir()
  (person.parent / 'readme').mkdir()
  (person.parent / 'Thumbs.db').touch()
  found = parse(tmp_path)
  assert _one(found).clip == 's1_ne_01'
  assert [(s.path, s.reason) for s in found.skipped] == [
    ('HS/readme', 'not named like a person, s1'),
    ('HS/s1/macro', 'neither micro nor non_micro'),
    ('HS/s1/micro/negative/s1_ne_02', 'no frames'),
  ]


def test_links_out_are_skipped(tmp_path):
  folder = _short(tmp_path / 'in')
  outside = _frames(tmp_path / 'out' / 's1_ne_02', [1])
  (folder.parent / 's1_ne_02').symlink_to(outside)
  (folder / 'image000012.bmp').symlink_to(outside / 'image000001.bmp')
  found = parse(tmp_path / 'in')
  assert _one(found).numbers == (9, 10, 11)
  assert {skipped.reason for skipped in found.skipped} == {
    'a link that leads out of the folder'
  }
  assert len(found.skipped) == 2


def test_an_unreadable_folder_loses_no_other(tmp_path, monkeypatch):
  folder = _short(tmp_path)
  bad = _short(tmp_path, clip='s1_ne_02')
  listing = type(folder).iterdir

  def iterdir(path):
    if path == bad:
      raise PermissionError(13, 'Permission denied')
    return listing(path)

  monkeypatch.setattr(type(folder), 'iterdir', iterdir)
  found = parse(tmp_path)
  assert _one(found).clip == 's1_ne_01'
  assert _reason(found) == 'cannot be listed (Permission denied)'


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
  _short(tmp_path)
  with pytest.raises(UserError, match='VIS/s<n>/micro'):
    parse(tmp_path, 'VIS')
