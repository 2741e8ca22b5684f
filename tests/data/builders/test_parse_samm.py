"""SAMM as it lies on disk."""

import json

import openpyxl
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import au_text
from facegen_jax.data.builders.samm.parse import parse

_HEAD = ['Subject', 'Filename', 'Inducement Code', 'Onset Frame', 'Apex Frame']
_HEAD += ['Offset Frame', 'Duration', 'Micro', 'Action Units']
_HEAD += ['Estimated Emotion', 'Objective Classes', 'Notes']
_BOOK = 'SAMM_Micro_FACS_Codes_v2.xlsx'


def _row(
  subject, clip, onset=998, apex=999, offset=1001, aus='A1B', word='Fear'
):
  micro = 'Micro - 1/2'
  return [subject, clip, 1, onset, apex, offset, 4, micro, aus, word, 3]


def _sheet(folder, rows, name=_BOOK):
  book = openpyxl.Workbook()
  notes = [['a title'], ['Subject', 'number of the person'], *[[None]] * 11]
  for row in [*notes, _HEAD, *rows]:
    book.active.append(row)
  book.save(folder / name)


def _frames(folder, numbers=(998, 999, 1000, 1001), digits=1):
  folder.mkdir(parents=True)
  for number in numbers:
    (folder / f'{folder.parent.name}_{number:0{digits}d}.jpg').touch()


@pytest.fixture
def tree(tmp_path):
  root = tmp_path / 'SAMM'
  _frames(root / '006' / '006_1_2')
  _sheet(root, [_row('006', '006_1_2')])
  return root


@pytest.mark.mini_trees
def test_every_clip_of_the_mini_tree(mini):
  expected = json.loads((mini / 'expected.json').read_text())
  wanted = {
    (clip['subject'], clip['clip']): clip
    for clip in expected['datasets']['samm']['clips']
  }
  found = parse(mini / 'samm')
  on_disk = {key for key, clip in wanted.items() if clip['n_frames']}
  assert {(clip.subject, clip.clip) for clip in found.clips} == on_disk
  skipped = {skip.path for skip in found.skipped}
  assert {'/'.join(key) for key in wanted.keys() - on_disk} <= skipped
  noted = {note.path for note in found.notes}
  for clip in found.clips:
    want = wanted[clip.subject, clip.clip]
    first, last = clip.numbers[0], clip.numbers[-1]
    assert clip.path == mini / want['path']
    assert len(clip.frames) == len(clip.numbers) == want['n_frames']
    assert clip.frames[0] == clip.path / want['first']
    assert clip.frames[-1] == clip.path / want['last']
    assert clip.numbers == tuple(sorted(clip.numbers))
    assert clip.emotion == (want['emotion'] or '').lower()
    assert clip.aus == au_text.parse(want['au_raw']).aus
    assert clip.onset == _within(want['onset'], first, last)
    assert clip.offset == _within(want['offset'], first, last)
    assert clip.apex == _inside(want['apex'], clip.onset, clip.offset)
    assert (clip.fps, clip.camera) == (200, '')
    decided = want['emotion'] is None or clip.apex is None
    decided |= any(
      getattr(clip, name) != want[name] for name in ('onset', 'apex', 'offset')
    )
    decided |= 'or' in (want['au_raw'] or '')
    assert f'{clip.subject}/{clip.clip}' in noted or not decided


def _within(number, first, last):
  return None if number is None else min(max(number, first), last)


def _inside(apex, onset, offset):
  return apex if apex is not None and onset <= apex <= offset else None


def test_frames_are_ordered_by_number_not_as_text(tree):
  found = parse(tree.parent)
  (clip,) = found.clips
  assert found[1:] == ((), ())
  assert clip.numbers == (998, 999, 1000, 1001)
  assert clip.frames[0].name == '006_998.jpg'
  assert (clip.subject, clip.clip, clip.emotion) == ('006', '006_1_2', 'fear')
  assert (clip.onset, clip.apex, clip.offset) == (998, 999, 1001)
  assert clip.aus == ((1, '', 0.4),)


@pytest.mark.parametrize('subject', [6, 6.0, '6', '006'])
def test_subjects_are_known_however_typed(tree, subject):
  _sheet(tree, [_row(subject, '006_1_2')])
  assert parse(tree).clips[0].emotion == 'fear'


@pytest.mark.parametrize('apex', [-1, 0, None, '/', 5000, 'nan'])
def test_an_apex_that_cannot_be_is_not_given(tree, apex):
  _sheet(tree, [_row('006', '006_1_2', apex=apex)])
  found = parse(tree)
  assert found.clips[0].apex is None
  assert found.clips[0].emotion == 'fear'
  assert len(found.notes) == 1
  assert 'not given' in found.notes[0].remark


def test_rows_and_folders_without_each_other(tree):
  _frames(tree / '007' / '007_7_1', digits=5)
  _sheet(tree, [_row('006', '006_1_2'), _row('008', '008_1_1')])
  found = parse(tree)
  assert [clip.emotion for clip in found.clips] == ['fear', '']
  assert [note.path for note in found.notes] == ['007/007_7_1']
  assert [skip.path for skip in found.skipped] == ['008/008_1_1']


def test_a_choice_of_action_units_is_noted(tree):
  _sheet(tree, [_row('006', '006_1_2', aus='R14A or 17A')])
  found = parse(tree)
  assert found.clips[0].aus == ((14, 'R', 0.2), (17, '', 0.2))
  assert 'R14A or 17A' in found.notes[0].remark


def test_the_cropped_twin_is_passed_over_unless_named(tree):
  twin = tree.parent / 'SAMM_CROP'
  _frames(twin / '006' / '006_1_2')
  tree.rename(tree.parent / 'outer')
  (tree.parent / 'SAMM').mkdir()
  (tree.parent / 'outer').rename(tree / 'SAMM')
  assert parse(tree.parent).clips[0].path.parts[-4:-2] == ('SAMM', 'SAMM')
  _sheet(twin, [_row('006', '006_1_2')])
  assert parse(twin).clips[0].path == twin / '006' / '006_1_2'


def test_the_workbook_may_have_a_longer_name(tree):
  name = 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx'
  (tree / _BOOK).rename(tree / name)
  (tree / f'~${name}').touch()  # Excel's lock
  assert parse(tree).clips[0].emotion == 'fear'


def test_what_makes_all_useless_is_an_error(tree):
  book = openpyxl.Workbook()
  book.active.append(['Subject', 'Filename'])
  book.save(tree / _BOOK)
  with pytest.raises(UserError, match=r'Onset Frame.*found subject, filename'):
    parse(tree)
  (tree / _BOOK).write_bytes(b'junk')
  with pytest.raises(UserError, match='no readable workbook'):
    parse(tree)
  (tree / _BOOK).unlink()
  with pytest.raises(UserError, match='Micro_FACS_Codes_v2'):
    parse(tree)
  (tree / '006' / '006_1_2').rename(tree / '006' / 'x')
  with pytest.raises(UserError, match='with frames not found'):
    parse(tree)
