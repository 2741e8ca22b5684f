"""CASME II as it lies on disk."""

import pathlib

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import casme2
from facegen_jax.data.builders.casme2.parse import parse


@pytest.fixture
def tree(tmp_path):
  return tiny.casme2(tmp_path)


def test_a_plain_clip_has_no_remarks(tree):
  found = parse(tree)
  (clip,) = found.clips
  assert found.skipped == found.notes == ()
  assert (clip.subject, clip.clip, clip.emotion) == (
    'sub01',
    'EP02_01f',
    'disgust',
  )
  assert clip.numbers == (9, 10, 11)
  assert [path.name for path in clip.frames] == [
    'img9.jpg',
    'img10.jpg',
    'img11.jpg',
  ]
  assert (clip.onset, clip.apex, clip.offset) == (9, 10, 11)
  assert clip.aus == ((4, '', -1.0), (10, 'L', -1.0))


def test_paths_are_absolute(tree, monkeypatch):
  monkeypatch.chdir(tree)
  (clip,) = parse(pathlib.Path('.')).clips
  assert clip.path == tree / 'sub01' / 'EP02_01f'


@pytest.mark.parametrize('subject', [1, 1.0, '1', '01', 'sub01', 'Sub1'])
def test_subjects_are_known_however_typed(tree, subject):
  tiny.casme2_sheet(tree, [tiny.casme2_row(subject)])
  assert parse(tree).clips[0].emotion == 'disgust'


def test_image_sets_are_told_apart(tree):
  tiny.casme2_clip(
    tree / 'Cropped/Cropped/sub01/EP02_01f', name='reg_img{}.jpg'
  )
  tiny.casme2_clip(
    tree / 'CASME2-RAW/CASME2-RAW/sub01/EP02_01f', (1, 9, 10, 11)
  )
  tiny.casme2_clip(tree / 'CASME2_RAW_selected/sub01/EP02_01f')
  assert parse(tree).clips[0].path.parts[-3] == 'CASME2_RAW_selected'
  assert parse(tree, 'cropped').clips[0].path.parts[-3] == 'Cropped'
  with pytest.raises(UserError, match='image_set=faces'):
    parse(tree, 'faces')


def test_cropped_faces_are_not_taken_for_raw_frames(tmp_path):
  tiny.casme2(tmp_path, name='reg_img{}.jpg')
  assert parse(tmp_path, 'cropped').clips
  with pytest.raises(UserError, match='raw frames not found'):
    parse(tmp_path)


def test_subjects_may_be_unpacked_into_their_own_name(tree):
  tiny.casme2_clip(tree / 'sub02' / 'sub02' / 'EP01_01')
  found = parse(tree)
  assert [clip.subject for clip in found.clips] == ['sub01', 'sub02']
  assert not found.skipped


def test_the_newest_workbook_is_read(tree):
  newer = 'CASME2-coding-20190701.xlsx'
  tiny.casme2_sheet(tree, [tiny.casme2_row(word='fear')], newer)
  (tree / '~$CASME2-coding-20190701.xlsx').touch()
  found = parse(tree)
  assert found.clips[0].emotion == 'fear'
  assert tiny.paths(found.notes) == [newer]
  assert tiny.CASME2_BOOK in found.notes[0].remark


def test_published_counts_agree():
  counts = casme2.PUBLISHED
  assert sum(counts['emotions'].values()) == counts['clips']
