"""SAMM as it lies on disk."""

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.samm.parse import parse


@pytest.fixture
def tree(tmp_path):
  return tiny.samm(tmp_path / 'SAMM')


def test_frames_are_ordered_by_number_not_as_text(tree):
  found = parse(tree.parent)
  (clip,) = found.clips
  assert found.skipped == found.notes == ()
  assert clip.numbers == (998, 999, 1000, 1001)
  assert clip.frames[0].name == '006_998.jpg'
  assert (clip.subject, clip.clip, clip.emotion) == ('006', '006_1_2', 'fear')
  assert (clip.onset, clip.apex, clip.offset) == (998, 999, 1001)
  assert clip.aus == ((1, '', 0.4),)


@pytest.mark.parametrize('subject', [6, 6.0, '6', '006'])
def test_subjects_are_known_however_typed(tree, subject):
  tiny.samm_sheet(tree, [tiny.samm_row(subject)])
  assert parse(tree).clips[0].emotion == 'fear'


@pytest.mark.parametrize('apex', [-1, 0, None, '/', 5000, 'nan'])
def test_an_apex_that_cannot_be_is_not_given(tree, apex):
  tiny.samm_sheet(tree, [tiny.samm_row(apex=apex)])
  found = parse(tree)
  assert found.clips[0].apex is None
  assert found.clips[0].emotion == 'fear'
  assert len(found.notes) == 1
  assert 'not given' in found.notes[0].remark


def test_rows_and_folders_without_each_other(tree):
  tiny.samm_clip(tree / '007' / '007_7_1', digits=5)
  tiny.samm_sheet(tree, [tiny.samm_row(), tiny.samm_row('008', '008_1_1')])
  found = parse(tree)
  assert [clip.emotion for clip in found.clips] == ['fear', '']
  assert [note.path for note in found.notes] == ['007/007_7_1']
  assert [skip.path for skip in found.skipped] == ['008/008_1_1']


def test_a_choice_of_action_units_is_noted(tree):
  tiny.samm_sheet(tree, [tiny.samm_row(aus='R14A or 17A')])
  found = parse(tree)
  assert found.clips[0].aus == ((14, 'R', 0.2), (17, '', 0.2))
  assert 'R14A or 17A' in found.notes[0].remark


def test_the_cropped_twin_is_passed_over_unless_named(tree):
  twin = tree.parent / 'SAMM_CROP'
  tiny.samm_clip(twin / '006' / '006_1_2')
  tree.rename(tree.parent / 'outer')
  (tree.parent / 'SAMM').mkdir()
  (tree.parent / 'outer').rename(tree / 'SAMM')
  assert parse(tree.parent).clips[0].path.parts[-4:-2] == ('SAMM', 'SAMM')
  tiny.samm_sheet(twin, [tiny.samm_row()])
  assert parse(twin).clips[0].path == twin / '006' / '006_1_2'


def test_the_workbook_may_have_a_longer_name(tree):
  name = 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx'
  (tree / tiny.SAMM_BOOK).rename(tree / name)
  (tree / f'~${name}').touch()  # Excel's lock
  assert parse(tree).clips[0].emotion == 'fear'


def test_what_makes_all_useless_is_an_error(tree):
  tiny.workbook(tree / tiny.SAMM_BOOK, [['Subject', 'Filename']])
  with pytest.raises(UserError, match=r'Onset Frame.*found subject, filename'):
    parse(tree)
  (tree / tiny.SAMM_BOOK).write_bytes(b'junk')
  with pytest.raises(UserError, match='no readable workbook'):
    parse(tree)
  (tree / tiny.SAMM_BOOK).unlink()
  with pytest.raises(UserError, match='Micro_FACS_Codes_v2'):
    parse(tree)
  (tree / '006' / '006_1_2').rename(tree / '006' / 'x')
  with pytest.raises(UserError, match='with frames not found'):
    parse(tree)
