import pathlib
import re

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.mug.parse import parse


@pytest.mark.mini_trees
def test_every_clip_of_the_fake_tree_is_as_it_was_made(mini):
  expected = tiny.expected(mini, 'mug')['clips']
  found = parse(mini / 'mug')
  by_path = {c.path.relative_to(mini).as_posix(): c for c in found.clips}
  plain = [c for c in expected if re.fullmatch('take[0-9]+', c['take'])]
  assert by_path.keys() == {clip['path'] for clip in plain}
  assert len(set(tiny.names(found))) == len(found.clips) > 0
  named = {pathlib.PurePath(entry.path).name for entry in found.skipped}
  assert named >= {clip['take'] for clip in expected if clip not in plain}
  for wanted in plain:
    clip = by_path[wanted['path']]
    session = wanted['session'] or ''
    name = [session, wanted['emotion'], wanted['take']]
    assert clip.subject == wanted['subject']
    assert clip.clip == '/'.join(filter(None, name))
    assert (clip.emotion, clip.camera) == (wanted['emotion'], session)
    assert len(clip.frames) == len(clip.numbers) == wanted['n_frames']
    assert clip.frames[0].name == wanted['first']
    assert clip.frames[-1].name == wanted['last']
    numbers = [int(path.stem[4:]) for path in clip.frames]
    assert list(clip.numbers) == numbers == sorted(numbers)


def test_a_take_is_a_clip_at_19_frames_a_second(tmp_path):
  take = tiny.mug_take(
    tmp_path / 'subjects3/001/anger/take000', (12, 9, 10, 11)
  )
  (take / 'movie.avi').touch()
  (take / 'Thumbs.db').touch()
  clips, skipped, notes, _ = parse(tmp_path)
  assert len(clips) == 1 and skipped == notes == ()
  clip = clips[0]
  assert (clip.path, clip.fps, clip.camera) == (take, 19, '')
  assert clip.numbers == (9, 10, 11, 12)
  assert clip.frames[0] == take / 'img_0009.jpg'
  assert clip.onset is clip.apex is clip.offset is None
  assert clip.aus == () and clip.au_intensities is None


def test_a_session_is_detected_above_and_below_an_emotion(tmp_path):
  tiny.mug_take(tmp_path / '011/session0/anger/take000')
  tiny.mug_take(tmp_path / '011/fear/Session1/take000')
  tiny.mug_take(tmp_path / '011/sadness/take000')
  found = parse(tmp_path)
  assert {c.clip: c.camera for c in found.clips} == {
    'session0/anger/take000': 'session0',
    'session1/fear/take000': 'session1',
    'sadness/take000': '',
  }


@pytest.mark.parametrize(
  'folder',
  ['001/001/anger', 'subjects3/subjects3/001/anger', 'a/b/c/001/anger/anger'],
)
def test_nested_archives_are_entered(tmp_path, folder):
  tiny.mug_take(tmp_path / folder / 'take000')
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert found.skipped == ()


def test_takes_of_other_names_wait_for_the_flag(tmp_path):
  for name in ('take000', 'take001end', 'nsg_take002', 'Take003'):
    tiny.mug_take(tmp_path / '001/anger' / name)
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert {entry.path for entry in found.skipped} == {
    '001/anger/Take003',
    '001/anger/nsg_take002',
    '001/anger/take001end',
  }
  assert {entry.reason for entry in found.skipped} == {
    'not named take and digits'
  }
  found = parse(tmp_path, other_takes=True)
  assert len(found.clips) == 4 and found.skipped == ()


def test_a_take_with_a_video_alone_is_skipped_and_named(tmp_path):
  tiny.mug(tmp_path)
  (tiny.mug_take(tmp_path / '001/anger/take001', ()) / 'film.avi').touch()
  tiny.mug_take(tmp_path / '001/anger/take002', ())
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert found.skipped == (
    ('001/anger/take001', 'no frames, only film.avi'),
    ('001/anger/take002', 'no frames'),
  )


def test_unknown_and_missing_emotions_are_kept_with_a_note(tmp_path):
  tiny.mug_take(tmp_path / '001/Anger/take000')
  tiny.mug_take(tmp_path / '001/contempt/take000')
  tiny.mug_take(tmp_path / '001/take005')
  found = parse(tmp_path)
  assert {c.clip: c.emotion for c in found.clips} == {
    'anger/take000': 'anger',
    'contempt/take000': '',
    'take005': '',
  }
  assert found.notes == (
    (
      '001/contempt/take000',
      '"contempt" is no emotion of MUG: taken without an emotion',
    ),
    ('001/take005', 'no emotion: taken without an emotion'),
  )


def test_a_second_clip_of_a_name_is_skipped(tmp_path):
  tiny.mug(tmp_path)
  second = tiny.mug_take(tmp_path / '001/session0/anger/take000')
  third = tiny.mug_take(tmp_path / '001/001/anger/take000')
  found = parse(tmp_path)
  assert len(found.clips) == 2
  assert second in [clip.path for clip in found.clips]
  assert found.skipped == (
    (
      '001/anger/take000',
      'a second clip anger/take000 of 001: '
      f'{third.relative_to(tmp_path)} is taken',
    ),
  )


def test_what_is_no_take_is_skipped_and_named(tmp_path):
  tiny.mug_take(tmp_path / '001/anger/take000/inner')
  tiny.mug_take(tmp_path / '001/anger/take000/inner2')
  (tmp_path / '001/anger/take000/img_0000.jpg').touch()
  (tmp_path / '001/anger/img_0000.jpg').touch()
  (tmp_path / '001/fear').mkdir()
  (tmp_path / '002').mkdir()
  (tmp_path / 'landmarks').mkdir()
  found = parse(tmp_path)
  assert tiny.names(found) == [('001', 'anger/take000')]
  assert sorted(found.skipped) == [
    ('001/anger', 'img_0000.jpg: not in the folder of a clip'),
    ('001/anger/take000/inner', 'a folder in a clip'),
    ('001/anger/take000/inner2', 'a folder in a clip'),
    ('001/fear', 'holds no clip'),
    ('002', 'holds no clip'),
    ('landmarks', 'not a subject: not three digits'),
  ]


def test_a_folder_that_is_not_mug_is_an_error(tmp_path):
  tiny.mug_take(tmp_path / '006/006_1_2')
  with pytest.raises(UserError, match=r'MUG .*not found'):
    parse(tmp_path)
  with pytest.raises(UserError, match='no such folder'):
    parse(tmp_path / 'missing')
