"""What is met on the way through any download."""

import json
import pathlib

import pytest
import tiny_downloads as tiny

from facegen_jax.data.builders.findings import JPEG, Findings
from facegen_jax.data.builders.found import FoundClip
from facegen_jax.data.builders.mug.parse import parse


def test_gaps_and_other_files_are_noted(tmp_path):
  take = tiny.mug_take(tmp_path / '001/anger/take000', (3, 4, 8))
  for name in ('cover.jpg', 'readme.txt', 'movie.avi'):
    (take / name).touch()
  findings = Findings(tmp_path)
  assert list(findings.frames(take)) == [3, 4, 8]
  assert findings.found([])[:3] == (
    (),
    (),
    (
      (
        '001/anger/take000',
        '3 of the numbers 3..8 have no picture: the others are taken with '
        'their numbers',
      ),
      (
        '001/anger/take000',
        'left out, no numbered pictures: cover.jpg, readme.txt',
      ),
    ),
  )


def test_pictures_of_another_kind_count_only_by_themselves(tmp_path):
  take = tiny.mug_take(tmp_path / 'take000', (3, 4))
  (take / 'img_0005.png').touch()
  findings = Findings(tmp_path)
  assert list(findings.frames(take)) == [3, 4, 5]
  assert list(findings.frames(take, JPEG)) == [3, 4]
  (note,) = findings.found([]).notes
  assert note.remark == (
    'left out, of another kind or with a number that is taken: img_0005.png'
  )
  for path in take.glob('*.jpg'):
    path.unlink()
  assert list(findings.frames(take, JPEG)) == [5]


def test_pictures_are_in_order_of_their_numbers(tmp_path):
  for name in ('img10.bmp', 'img9.bmp', 'img09.png', 'Thumbs.db', '.img1.bmp'):
    (tmp_path / name).touch()
  findings = Findings(tmp_path)
  frames = findings.frames(tmp_path)
  assert list(frames) == [9, 10]
  assert frames[9].name == 'img09.png'
  (note,) = findings.found([]).notes
  assert note.remark.endswith('a number that is taken: img9.bmp')


@pytest.mark.parametrize('preferred', [JPEG, frozenset()])
def test_links_are_not_followed_out_nor_around(tmp_path, preferred):
  outside = tiny.mug_take(tmp_path / 'elsewhere/fear/take000')
  root = tmp_path / 'mug'
  take = tiny.mug_take(root / '001/anger/take000')
  (root / '002').symlink_to(outside.parents[1])
  (root / '003').symlink_to(root / '001')
  (take / 'img_0003.jpg').symlink_to(outside / 'img_0000.jpg')
  (take / 'img_0004.jpg').symlink_to(take / 'nothing')
  (take / 'img_0005.jpg').symlink_to(take / 'img_0005.jpg')
  (take / 'img_0006.jpg').symlink_to(take / 'img_0002.jpg')
  findings = Findings(root)
  assert findings.folders(root) == [root / '001']
  assert list(findings.frames(take, preferred)) == [0, 1, 2, 6]
  assert findings.found([]).skipped == (
    (
      '001/anger/take000/img_0003.jpg',
      'a link that leads out of the folder',
    ),
    ('001/anger/take000/img_0004.jpg', 'a link to nothing'),
    ('001/anger/take000/img_0005.jpg', 'a link to nothing'),
    ('002', 'a link that leads out of the folder'),
    ('003', 'a link to a folder'),
  )


@pytest.mark.parametrize('locked', ['002', '002/fear', '002/fear/take000'])
def test_an_unreadable_folder_costs_its_own_clips(
  tmp_path, monkeypatch, locked
):
  tiny.mug_take(tmp_path / '001/anger/take000')
  tiny.mug_take(tmp_path / '002/fear/take000')
  iterdir = pathlib.Path.iterdir

  def refusing(path):
    if path == tmp_path / locked:
      raise PermissionError(13, 'Permission denied')
    return iterdir(path)

  monkeypatch.setattr(pathlib.Path, 'iterdir', refusing)
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert found.skipped == ((locked, 'cannot be listed (Permission denied)'),)


def test_a_name_that_is_not_utf8_is_skipped_and_spelt_out(tmp_path):
  take = tiny.mug_take(tmp_path / '001/anger/take000')
  try:
    tiny.mug_take(tmp_path / '001/j\udcffy/take000')
    (take / 'cover\udcff.jpg').touch()
  except (OSError, UnicodeError):
    pytest.skip('this file system knows only UTF-8')
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert found.skipped == (('001/j\\udcffy', 'its name is not UTF-8'),)
  assert 'cover\\udcff.jpg' in found.notes[0].remark
  json.dumps([found.skipped, found.notes], ensure_ascii=False).encode()


def test_a_level_of_folders_tells_what_else_it_holds(tmp_path):
  folder = tmp_path / '001'
  for name in ('001/b', 'a'):
    (folder / name).mkdir(parents=True)
  for name in '12345':
    (folder / name).touch()
  findings = Findings(tmp_path)
  assert findings.level(folder) == [folder / '001/b', folder / 'a']
  assert findings.level(folder / 'a') == []
  assert findings.found([]).skipped == (
    ('001', '1, 2, 3 and 2 more: not in the folder of a clip'),
    ('001/a', 'holds no clip'),
  )


def test_the_first_of_two_clips_of_a_name_is_kept(tmp_path):
  first, second, other, again = (
    FoundClip(
      path=tmp_path / path,
      subject='1',
      clip=clip,
      numbers=(),
      fps=1.0,
      camera='',
    )
    for path, clip in (('a', 'X'), ('b', 'x'), ('c', 'w'), ('d', 'w'))
  )
  findings = Findings(tmp_path)
  kept = list(findings.distinct([first, second, other], str.lower))
  assert kept == [first, other]
  clips, skipped, *_ = findings.found([*kept, again])
  assert clips == (first, other)
  assert skipped == (
    ('b', 'a second clip x of 1: a is taken'),
    ('d', 'a second clip w of 1: c is taken'),
  )
