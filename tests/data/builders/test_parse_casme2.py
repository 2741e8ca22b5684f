"""CASME II as it lies on disk."""

import json
import pathlib

import openpyxl
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import au_text, casme2
from facegen_jax.data.builders.casme2.parse import parse

_HEAD = ['Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame', 'OffsetFrame']
_HEAD += [None, 'Action Units', 'Estimated Emotion']
_BOOK = 'CASME2-coding-20140508.xlsx'
_ROW = ['01', 'EP02_01f', None, 9, 10, 11, None, '4+L10', 'Disgust ']


def _sheet(folder, rows, name=_BOOK):
  book = openpyxl.Workbook()
  for row in [_HEAD, *rows]:
    book.active.append(row)
  book.save(folder / name)


def _frames(folder, numbers=(9, 10, 11), prefix='img'):
  folder.mkdir(parents=True)
  for number in numbers:
    (folder / f'{prefix}{number}.jpg').touch()


def _paths(things):
  return [thing.path for thing in things]


@pytest.fixture
def tree(tmp_path):
  _frames(tmp_path / 'sub01' / 'EP02_01f')
  _sheet(tmp_path, [_ROW])
  return tmp_path


@pytest.mark.mini_trees
@pytest.mark.parametrize('image_set', ['raw', 'cropped'])
def test_every_clip_of_the_mini_tree(mini, image_set):
  expected = json.loads((mini / 'expected.json').read_text())
  wanted = {
    (clip['subject'], clip['clip']): clip
    for clip in expected['datasets']['casme2']['clips']
  }
  found = parse(mini / 'casme2', image_set)
  on_disk = {key for key, clip in wanted.items() if clip['n_frames']}
  assert {(clip.subject, clip.clip) for clip in found.clips} == on_disk
  skipped = {skip.path for skip in found.skipped}
  assert {'/'.join(key) for key in wanted.keys() - on_disk} <= skipped
  noted = set(_paths(found.notes))
  for clip in found.clips:
    want = wanted[clip.subject, clip.clip]
    first, last = clip.numbers[0], clip.numbers[-1]
    prefix = '' if image_set == 'raw' else 'reg_'
    if image_set == 'raw':
      assert clip.path == mini / want['path']
    assert len(clip.frames) == len(clip.numbers) == want['n_frames']
    assert clip.frames[0] == clip.path / (prefix + want['first'])
    assert clip.frames[-1] == clip.path / (prefix + want['last'])
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
    assert f'{clip.subject}/{clip.clip}' in noted or not decided


def _within(number, first, last):
  return None if number is None else min(max(number, first), last)


def _inside(apex, onset, offset):
  return apex if apex is not None and onset <= apex <= offset else None


def test_a_plain_clip_has_no_remarks(tree):
  found = parse(tree)
  (clip,) = found.clips
  assert found[1:] == ((), ())
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
  _sheet(tree, [[subject, *_ROW[1:]]])
  assert parse(tree).clips[0].emotion == 'disgust'


def test_image_sets_are_told_apart(tree):
  _frames(tree / 'Cropped/Cropped/sub01/EP02_01f', prefix='reg_img')
  _frames(tree / 'CASME2-RAW/CASME2-RAW/sub01/EP02_01f', (1, 9, 10, 11))
  _frames(tree / 'CASME2_RAW_selected/sub01/EP02_01f')
  assert parse(tree).clips[0].path.parts[-3] == 'CASME2_RAW_selected'
  assert parse(tree, 'cropped').clips[0].path.parts[-3] == 'Cropped'
  with pytest.raises(UserError, match='image_set=faces'):
    parse(tree, 'faces')


def test_cropped_faces_are_not_taken_for_raw_frames(tmp_path):
  _frames(tmp_path / 'sub01' / 'EP02_01f', prefix='reg_img')
  _sheet(tmp_path, [_ROW])
  assert parse(tmp_path, 'cropped').clips
  with pytest.raises(UserError, match='raw frames not found'):
    parse(tmp_path)


def test_subjects_may_be_unpacked_into_their_own_name(tree):
  _frames(tree / 'sub02' / 'sub02' / 'EP01_01')
  found = parse(tree)
  assert [clip.subject for clip in found.clips] == ['sub01', 'sub02']
  assert not found.skipped


def test_the_newest_workbook_is_read(tree):
  newer = 'CASME2-coding-20190701.xlsx'
  _sheet(tree, [[*_ROW[:-1], 'fear']], newer)
  (tree / '~$CASME2-coding-20190701.xlsx').touch()
  found = parse(tree)
  assert found.clips[0].emotion == 'fear'
  assert _paths(found.notes) == [newer]
  assert _BOOK in found.notes[0].remark


def test_published_counts_agree():
  counts = casme2.PUBLISHED
  assert sum(counts['emotions'].values()) == counts['clips']
