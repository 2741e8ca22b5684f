import pathlib

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.oulu_casia import PUBLISHED
from facegen_jax.data.builders.oulu_casia.parse import parse


@pytest.mark.mini_trees
@pytest.mark.parametrize('image_set', ['original', 'preprocessed'])
def test_every_clip_of_the_fake_tree_is_as_it_was_made(mini, image_set):
  crops = image_set == 'preprocessed'
  expected = [
    clip
    for clip in tiny.expected(mini, 'oulu_casia')['clips']
    if clip['image_set'].lower().startswith('pre') == crops
  ]
  found = parse(mini / 'oulu_casia', image_set)
  by_path = {c.path.relative_to(mini).as_posix(): c for c in found.clips}
  assert by_path.keys() == {clip['path'] for clip in expected}
  assert len(set(tiny.names(found))) == len(found.clips) > 0
  for wanted in expected:
    clip = by_path[wanted['path']]
    where = wanted['modality'], wanted['lighting']
    assert clip.subject == wanted['subject']
    assert clip.clip == '_'.join((*where, wanted['emotion']))
    assert clip.emotion == wanted['emotion'].lower()
    assert clip.camera == ' '.join(where)
    assert len(clip.frames) == len(clip.numbers) == wanted['n_frames']
    assert clip.frames[0].name == wanted['first']
    assert clip.frames[-1].name == wanted['last']
    assert clip.onset == int(pathlib.Path(wanted['first']).stem)
    assert clip.apex == int(pathlib.Path(wanted['last']).stem)


def test_a_clip_runs_from_the_first_frame_to_the_apex(tmp_path):
  folder = tiny.oulu_casia_clip(
    tmp_path / 'OriginalImg/NI/Dark/P080/Surprise', range(7, 12)
  )
  (folder / 'Thumbs.db').touch()
  clips, skipped, notes, _ = parse(tmp_path)
  assert len(clips) == 1 and skipped == notes == ()
  clip = clips[0]
  assert (clip.path, clip.subject) == (folder, 'P080')
  assert (clip.clip, clip.camera) == ('NI_Dark_Surprise', 'NI Dark')
  assert (clip.emotion, clip.fps) == ('surprise', 25)
  assert clip.numbers == (7, 8, 9, 10, 11)
  assert (clip.onset, clip.apex, clip.offset) == (7, 11, None)
  assert clip.aus == () and clip.au_intensities is None


def test_all_six_conditions_are_read_in_order(tmp_path):
  tiny.oulu_casia(
    tmp_path,
    bands=('VL', 'NI'),
    lights=('Strong', 'Weak', 'Dark'),
    subjects=('P002', 'P001'),
  )
  found = parse(tmp_path)
  assert len(found.clips) == 12
  assert len({clip.camera for clip in found.clips}) == 6
  assert tiny.names(found) == sorted(tiny.names(found))


def test_pictures_of_other_kinds_do_not_become_the_apex(tmp_path):
  folder = tiny.oulu_casia_clip(tmp_path / 'VL/Dark/P001/Fear')
  for name in ('000.bmp', '099.png', '001.jpg', '002.JPEG', 'note.txt'):
    (folder / name).touch()
  found = parse(tmp_path)
  clip = found.clips[0]
  assert (clip.numbers, clip.apex) == ((0, 1, 2), 2)
  assert [path.name for path in clip.frames][:2] == ['000.jpeg', '001.jpeg']
  assert {note.path for note in found.notes} == {'VL/Dark/P001/Fear'}
  assert [note.remark for note in found.notes] == [
    'left out, no numbered pictures: note.txt',
    'left out, of another kind or with a number that is taken: 000.bmp, '
    '001.jpg, 002.jpeg and 1 more',
  ]


def test_a_set_that_was_saved_anew_as_png_is_read(tmp_path):
  folder = tmp_path / 'VL/Dark/P001/Fear'
  folder.mkdir(parents=True)
  for name in ('9.png', '10.png'):
    (folder / name).touch()
  found = parse(tmp_path)
  assert found.clips[0].numbers == (9, 10)
  assert found.notes == found.skipped == ()


def test_odd_clips_are_kept_with_a_note(tmp_path):
  top = tmp_path / 'VL/Strong'
  tiny.oulu_casia_clip(top / 'p003/ANGER', (0, 2))
  tiny.oulu_casia_clip(top / 'P001/Fear', (4,))
  tiny.oulu_casia_clip(top / 'P001/Contempt')
  found = parse(tmp_path)
  labels = {c.clip: (c.emotion, c.onset, c.apex) for c in found.clips}
  assert labels == {
    'VL_Strong_Anger': ('anger', 0, 2),
    'VL_Strong_Fear': ('fear', None, None),
    'VL_Strong_Contempt': ('', 0, 2),
  }
  assert {clip.subject for clip in found.clips} == {'P001', 'P003'}
  remarks = {note.path: note.remark for note in found.notes}
  assert remarks.keys() == {
    'VL/Strong/p003/ANGER',
    'VL/Strong/P001/Fear',
    'VL/Strong/P001/Contempt',
  }
  assert remarks['VL/Strong/p003/ANGER'].startswith('1 of the numbers 0..2')
  assert 'single frame' in remarks['VL/Strong/P001/Fear']
  assert '"Contempt"' in remarks['VL/Strong/P001/Contempt']


def test_a_second_clip_of_a_name_is_skipped(tmp_path):
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/Anger')
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/P001/anger')
  found = parse(tmp_path)
  assert [clip.path.name for clip in found.clips] == ['Anger']
  assert found.skipped == (
    (
      'VL/Strong/P001/P001/anger',
      'a second clip VL_Strong_Anger of P001: VL/Strong/P001/Anger is taken',
    ),
  )


def test_what_is_no_clip_is_skipped_and_named(tmp_path):
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/Anger')
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/Fear', ())
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/Anger/old')
  (tmp_path / 'VL/Strong/P001/000.jpeg').touch()
  for name in ('Strong/P002', 'Strong/S01', 'Bright', 'Dark'):
    (tmp_path / 'VL' / name).mkdir()
  (tmp_path / 'NI').mkdir()
  found = parse(tmp_path)
  assert tiny.names(found) == [('P001', 'VL_Strong_Anger')]
  assert sorted(found.skipped) == [
    ('NI', 'holds no clip'),
    ('VL/Bright', 'not one of Strong, Weak, Dark'),
    ('VL/Dark', 'holds no clip'),
    ('VL/Strong/P001', '000.jpeg: not in the folder of a clip'),
    ('VL/Strong/P001/Anger/old', 'a folder in a clip'),
    ('VL/Strong/P001/Fear', 'no frames'),
    ('VL/Strong/P002', 'holds no clip'),
    ('VL/Strong/S01', 'not a subject: not P and three digits'),
  ]


def test_a_set_that_does_not_exist_is_an_error(tmp_path):
  with pytest.raises(UserError, match='original, preprocessed'):
    parse(tmp_path, 'videos')
  with pytest.raises(UserError, match='no such folder'):
    parse(tmp_path / 'missing')


def test_published_counts_add_up():
  assert sum(PUBLISHED['emotions'].values()) == PUBLISHED['clips']
