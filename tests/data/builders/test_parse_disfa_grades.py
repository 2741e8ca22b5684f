"""Faults in DISFA's label files, in small trees."""

import numpy as np
import pytest

from facegen_jax.data.builders.disfa.parse import parse
from facegen_jax.data.vocabulary import AUS


def _person(root, subject='SN001', lines=6):
  labels = root / 'ActionUnit_Labels' / subject
  labels.mkdir(parents=True)
  for au in AUS:
    text = ''.join(f'{k},{(k + au) % 6}\n' for k in range(1, lines + 1))
    (labels / f'{subject}_au{au}.txt').write_text(text)
  videos = root / 'Videos_LeftCamera'
  videos.mkdir(exist_ok=True)
  (videos / f'LeftVideo{subject}_comp.avi').touch()
  return labels


def _parse(root, **more):
  """With videos of 6 frames, which are not opened."""
  return parse(root, frame_counts={'SN001': 6, 'SN002': 6}, **more)


def _numbers(found):
  return {clip.clip: clip.numbers for clip in found.clips}


@pytest.mark.parametrize('line', ['3,x', '3,7', '3', 'x,1', '-3,1', '\0'])
def test_a_bad_line_loses_its_frame_alone(tmp_path, line):
  path = _person(tmp_path) / 'SN001_au4.txt'
  lines = path.read_text().splitlines()
  lines[2] = line
  path.write_text('\r\n'.join(lines))
  found = _parse(tmp_path, window=4)
  assert _numbers(found) == {'left_0000': (0, 1, 3), 'left_0004': (4, 5)}
  assert found.clips[0].au_intensities.shape == (3, 12)
  assert np.isfinite(found.clips[0].au_intensities).all()
  assert [note.remark for note in found.notes] == [
    "no 'frame,grade 0 to 5' in line 3: passed over",
    'no grade of decoded frame 2: left out of the clip',
  ]


def test_lines_go_by_their_frame_not_their_place(tmp_path):
  path = _person(tmp_path) / 'SN001_au4.txt'
  lines = path.read_text().splitlines()
  path.write_text('\n'.join(['2,0', *lines[::-1], '']))
  found = _parse(tmp_path)
  column = found.clips[0].au_intensities[:, AUS.index(4)]
  wanted = [(n + 1 + 4) % 6 / 5 for n in range(6)]
  wanted[1] = 0  # the first of two lines
  np.testing.assert_allclose(column, wanted, atol=1e-6)
  (note,) = found.notes
  assert note.remark == 'a frame again in line 6: the first is taken'


def test_the_shortest_label_file_counts(tmp_path):
  labels = _person(tmp_path)
  (labels / 'SN001_au4.txt').write_text('1,0\n2,0\n')
  found = _parse(tmp_path)
  assert _numbers(found) == {'left_0000': (0, 1)}
  remarks = [note.remark for note in found.notes]
  assert 'the label files end at frames 2, 6: 2 are used' in remarks
  assert '6 frames but labels of 2: 2 are used' in remarks


def test_an_empty_label_file_leaves_no_clip(tmp_path):
  (_person(tmp_path) / 'SN001_au4.txt').write_text('')
  found = _parse(tmp_path)
  assert not found.clips
  assert [s.reason for s in found.skipped] == ['no frame is labelled']


def test_missing_label_files_are_named(tmp_path):
  _person(tmp_path)
  labels = _person(tmp_path, 'SN002')
  (labels / 'SN002_au4.txt').rename(labels / 'SN001_au4.txt')
  (labels / 'SN002_au26.txt').unlink()
  found = _parse(tmp_path)
  assert {clip.subject for clip in found.clips} == {'SN001'}
  assert [skipped.reason for skipped in found.skipped] == [
    'SN002_au4.txt, SN002_au26.txt missing',
    'not a label file of SN002',
  ]
