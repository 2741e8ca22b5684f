"""DISFA's parser on the fake tree and on small ones without a fault."""

import re

import cv2
import numpy as np
import pytest
import tiny_downloads as tiny

from facegen_jax.data.builders.disfa.parse import parse
from facegen_jax.data.vocabulary import AUS


def _assert_skipped(found, want):
  (reason,) = [
    s.reason for s in found.skipped if s.path.endswith(want['subject'])
  ]
  for name in want['missing_au_files']:
    au = re.findall(r'\d+', str(name))[-1]
    assert re.search(rf'_au{au}\.txt', reason)


@pytest.mark.mini_trees
@pytest.mark.parametrize('camera', ['left', 'right'])
@pytest.mark.parametrize('window', [3, 100])
def test_every_frame_of_the_fake_tree(mini, camera, window):
  found = parse(mini / 'disfa', camera, window)
  for want in tiny.expected(mini, 'disfa')['clips']:
    clips = [c for c in found.clips if c.subject == want['subject']]
    if want['missing_au_files']:
      _assert_skipped(found, want)
      assert not clips
      continue
    numbers = [n for clip in clips for n in clip.numbers]
    assert numbers == list(range(want['n_usable']))
    graded = np.concatenate([clip.au_intensities for clip in clips])
    labels = [want['labels'][f'AU{au}'][: want['n_usable']] for au in AUS]
    np.testing.assert_allclose(graded * 5, np.transpose(labels), atol=1e-6)
    for clip in clips:
      assert clip.path == mini / 'disfa' / want[camera]
      assert clip.clip == f'{camera}_{clip.numbers[0]:04d}'
      assert (clip.fps, clip.camera, clip.frames) == (20, camera, ())
    assert {len(clip.numbers) for clip in clips[:-1]} <= {window}


@pytest.mark.mini_trees
def test_quirks_of_the_fake_tree_are_noted(mini):
  notes = parse(mini / 'disfa').notes
  for want in tiny.expected(mini, 'disfa')['clips']:
    remarks = ' '.join(n.remark for n in notes if want['subject'] in n.path)
    if want['n_video'] != want['n_labels'] and not want['missing_au_files']:
      assert f'{want["n_video"]} frames but labels of' in remarks
    if 'one_landmark_file_too_many' in want['quirk']:
      assert f'landmark files for {want["n_video"]} frames' in remarks
    if 'landmark_names_l0' in want['quirk']:
      assert 'names that begin with l0' in remarks
    if set(want['quirk']) <= {'capital_C_in_Comp'}:
      assert not remarks


def test_windows_and_their_names(tmp_path):
  tiny.disfa(tmp_path)
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS, window=4)
  assert tiny.clip_numbers(found) == {
    'left_0000': (0, 1, 2, 3),
    'left_0004': (4, 5),
  }
  assert not found.skipped + found.notes
  for clip in found.clips:
    wanted = [[(n + 1 + au) % 6 / 5 for au in AUS] for n in clip.numbers]
    np.testing.assert_allclose(clip.au_intensities, wanted, atol=1e-6)
    assert (clip.emotion, clip.onset, clip.offset) == ('', None, None)


def test_frames_are_counted_in_the_video(tmp_path):
  picture = cv2.imencode('.png', np.zeros((16, 16, 3), np.uint8))[1].tobytes()
  tiny.disfa_person(tmp_path, frame=picture, shown=5)
  found = parse(tmp_path)
  assert tiny.clip_numbers(found) == {'left_0000': (0, 1, 2, 3, 4)}
  (note,) = found.notes
  assert note.remark == '5 frames but labels of 6: 5 are used'


def test_names_in_any_case_and_nested(tmp_path):
  root = tmp_path / 'DISFA' / 'DISFA'
  labels = tiny.disfa_person(root)
  for path in list(labels.iterdir()):
    path.rename(path.with_name(path.name.upper().replace('TXT', 'Txt')))
  videos = root / 'Videos_LeftCamera'
  (videos / 'LeftVideoSN001_comp.avi').rename(
    videos / 'leftvideosn001_COMP.AVI'
  )
  inner = root / 'video_leftcamera'
  inner.mkdir()
  videos.rename(inner / 'Video_LeftCamera')
  labels.parent.rename(root / 'actionunit_labels')
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert tiny.clip_numbers(found) == {'left_0000': tuple(range(6))}
  assert not found.skipped + found.notes
