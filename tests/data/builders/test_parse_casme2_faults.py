"""CASME II with faults: none of them reaches another clip."""

import pathlib

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.casme2.parse import parse


@pytest.fixture
def tree(tmp_path):
  return tiny.casme2(tmp_path)


def test_rows_and_folders_without_each_other(tree):
  tiny.casme2_clip(tree / 'sub02' / 'EP02_01f')
  clips = (('01', 'EP02_01f'), ('10', 'EP13_01'), (None, 'EP01'))
  tiny.casme2_sheet(tree, [tiny.casme2_row(*clip) for clip in clips])
  found = parse(tree)
  assert [clip.emotion for clip in found.clips] == ['disgust', '']
  assert found.clips[1].onset is None
  assert tiny.paths(found.notes) == ['sub02/EP02_01f']
  assert tiny.paths(found.skipped) == [
    f'{tiny.CASME2_BOOK} row 4',
    'sub10/EP13_01',
  ]


def test_a_second_row_of_a_clip_is_skipped(tree):
  rows = [tiny.casme2_row(), tiny.casme2_row(1, word='fear')]
  tiny.casme2_sheet(tree, rows)
  found = parse(tree)
  assert found.clips[0].emotion == 'disgust'
  assert tiny.paths(found.skipped) == [f'{tiny.CASME2_BOOK} row 3']


def test_a_second_folder_of_a_clip_is_skipped(tree):
  tiny.casme2_clip(tree / 'sub1' / 'EP02_01f')
  found = parse(tree)
  assert len(found.clips) == 1
  assert tiny.paths(found.skipped) == ['sub1/EP02_01f']


def test_unknown_words_leave_the_clip_without_emotion(tree):
  row = tiny.casme2_row(aus='4+nonsense', word='boredom')
  tiny.casme2_sheet(tree, [row])
  found = parse(tree)
  assert found.clips[0].emotion == ''
  assert [au.au for au in found.clips[0].aus] == [4]
  remarks = ' '.join(note.remark for note in found.notes)
  assert 'boredom' in remarks
  assert 'NONSENSE' in remarks


def test_damage_does_not_reach_other_clips(tree):
  tiny.casme2_clip(tree / 'sub02' / 'empty', ())
  (tree / 'sub03').mkdir()
  (tree / 'sub04').touch()
  (tree / 'other').mkdir()
  (tree / 'sub01' / 'readme.txt').touch()
  (tree / 'sub01' / '.DS_Store').touch()
  found = parse(tree)
  assert len(found.clips) == 1
  assert tiny.paths(found.skipped) == [
    'other',
    'sub01',
    'sub02/empty',
    'sub03',
  ]
  assert 'readme.txt' in found.skipped[1].reason


def test_a_folder_that_cannot_be_listed_is_skipped(tree, monkeypatch):
  tiny.casme2_clip(tree / 'sub01' / 'EP03')
  tiny.casme2_clip(tree / 'sub02' / 'EP03')
  listed = pathlib.Path.iterdir

  def iterdir(path):
    if path in (tree / 'sub01' / 'EP03', tree / 'sub02'):
      raise PermissionError(13, 'Permission denied')
    return listed(path)

  monkeypatch.setattr(pathlib.Path, 'iterdir', iterdir)
  found = parse(tree)
  assert len(found.clips) == 1
  assert found.skipped == (
    ('sub01/EP03', 'cannot be listed (Permission denied)'),
    ('sub02', 'cannot be listed (Permission denied)'),
  )


def test_odd_pictures_are_noted(tree):
  clip = tree / 'sub01' / 'EP02_01f'
  for name in ('img09.jpg', 'img14.jpg', 'notes.txt', 'Thumbs.db'):
    (clip / name).touch()
  found = parse(tree)
  assert found.clips[0].numbers == (9, 10, 11, 14)
  assert len(found.clips[0].frames) == 4
  remarks = [note.remark for note in found.notes]
  assert len(remarks) == 3
  assert '2 of the numbers 9..14 have no picture' in remarks[0]
  assert 'notes.txt' in remarks[1]
  assert 'img9.jpg' in remarks[2]


def test_links_that_lead_out_are_skipped(tree, tmp_path_factory):
  out = tmp_path_factory.mktemp('out')
  tiny.casme2_clip(out / 'clip')
  (tree / 'sub01' / 'EP05').symlink_to(out / 'clip')
  (tree / 'sub02').symlink_to(out)
  clip = tree / 'sub01' / 'EP02_01f'
  (clip / 'img12.jpg').symlink_to(out / 'clip' / 'img9.jpg')
  (clip / 'img13.jpg').symlink_to(tree / 'nothing.jpg')
  found = parse(tree)
  assert len(found.clips) == 1
  assert found.clips[0].numbers == (9, 10, 11)
  assert tiny.paths(found.skipped) == [
    'sub01/EP02_01f/img12.jpg',
    'sub01/EP02_01f/img13.jpg',
    'sub01/EP05',
    'sub02',
  ]
  assert found.skipped[2].reason == 'a link that leads out of the folder'


def test_what_makes_all_useless_is_an_error(tree):
  with pytest.raises(UserError, match='no such folder'):
    parse(tree / 'nowhere')
  for frame in (tree / 'sub01' / 'EP02_01f').iterdir():
    frame.unlink()
  with pytest.raises(UserError, match='no clip can be used'):
    parse(tree)
  (tree / tiny.CASME2_BOOK).unlink()
  with pytest.raises(UserError, match=r'workbook CASME2-coding-\*\.xlsx'):
    parse(tree)
