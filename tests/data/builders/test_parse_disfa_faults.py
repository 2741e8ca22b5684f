"""DISFA with faults: none of them reaches another person."""

import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.disfa.parse import parse


def test_a_broken_video_loses_no_other(tmp_path):
  tiny.disfa(tmp_path, subjects=('SN001', 'SN003'))
  (tmp_path / 'Videos_LeftCamera' / 'LeftVideoSN003_comp.avi').write_text('x')
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert {clip.subject for clip in found.clips} == {'SN001'}
  (skipped,) = found.skipped
  assert skipped.path == 'Videos_LeftCamera/LeftVideoSN003_comp.avi'
  assert skipped.reason.startswith('not a readable video')


def test_videos_and_labels_without_each_other(tmp_path):
  tiny.disfa(tmp_path)
  videos = tmp_path / 'Videos_LeftCamera'
  (videos / 'LeftVideoSN008_comp.avi').touch()
  (videos / 'notes.txt').touch()
  (tmp_path / 'ActionUnit_Labels' / 'SN009').mkdir()
  (tmp_path / 'ActionUnit_Labels' / 'old').mkdir()
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert {clip.subject for clip in found.clips} == {'SN001'}
  assert [skipped.reason for skipped in found.skipped] == [
    'no left video of SN009',
    'not named like a person, SN001',
    'no labels of SN008',
    'not named like a video, LeftVideoSN001_comp.avi',
  ]


def test_a_second_video_is_skipped(tmp_path):
  tiny.disfa(tmp_path)
  (tmp_path / 'Videos_LeftCamera' / 'LeftVideoSN001_Comp.mp4').touch()
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert len(found.clips) == 1
  assert [s.reason for s in found.skipped] == ['a second video of SN001']


def test_links_out_are_skipped(tmp_path):
  labels = tiny.disfa_person(tmp_path / 'in')
  (tmp_path / 'out.avi').touch()
  videos = tmp_path / 'in' / 'Videos_LeftCamera'
  (videos / 'LeftVideoSN002_comp.avi').symlink_to(tmp_path / 'out.avi')
  (tmp_path / 'out').mkdir()
  (labels.parent / 'SN002').symlink_to(tmp_path / 'out')
  found = parse(tmp_path / 'in', frame_counts=tiny.DISFA_COUNTS)
  assert {clip.subject for clip in found.clips} == {'SN001'}
  assert [skipped.reason for skipped in found.skipped] == [
    'a link that leads out of the folder'
  ] * 2


@pytest.mark.parametrize(
  ('name', 'count', 'remark'),
  [
    ('SN001_{:04d}_lm.mat', 6, None),
    ('SN001_{:04d}_lm.mat', 7, '7 landmark files for 6 frames: not read'),
    ('l0{:04d}_lm.mat', 6, '6 of 6 landmark files have names that begin'),
  ],
)
def test_landmark_files_are_counted_not_read(tmp_path, name, count, remark):
  tiny.disfa(tmp_path)
  folder = tmp_path / 'Landmark_Points' / 'SN001' / 'tmp_frame_lm'
  tiny.frames(folder, range(count), name)
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert len(found.clips) == 1
  assert [note.remark[: len(remark or '')] for note in found.notes] == (
    [remark] if remark else []
  )


def test_nothing_useful_raises(tmp_path):
  with pytest.raises(UserError, match='no camera'):
    parse(tmp_path, 'top')
  with pytest.raises(UserError, match='window of 0'):
    parse(tmp_path, window=0)
  with pytest.raises(UserError, match='ActionUnit_Labels beside Videos_Left'):
    parse(tmp_path)
  tiny.disfa(tmp_path)
  with pytest.raises(UserError, match='Videos_RightCamera'):
    parse(tmp_path, 'right')
