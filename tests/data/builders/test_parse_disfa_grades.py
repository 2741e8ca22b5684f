"""Faults in DISFA's label files, in small trees."""

import numpy as np
import pytest
import tiny_downloads as tiny

from facegen_jax.data.builders.disfa.parse import parse
from facegen_jax.data.vocabulary import AUS


@pytest.mark.parametrize('line', ['3,x', '3,7', '3', 'x,1', '-3,1', '\0'])
def test_a_bad_line_loses_its_frame_alone(tmp_path, line):
  path = tiny.disfa_person(tmp_path) / 'SN001_au4.txt'
  lines = path.read_text().splitlines()
  lines[2] = line
  path.write_text('\r\n'.join(lines))
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS, window=4)
  assert tiny.clip_numbers(found) == {
    'left_0000': (0, 1, 3),
    'left_0004': (4, 5),
  }
  assert found.clips[0].au_intensities.shape == (3, 12)
  assert np.isfinite(found.clips[0].au_intensities).all()
  assert [note.remark for note in found.notes] == [
    "no 'frame,grade 0 to 5' in line 3: passed over",
    'no grade of decoded frame 2: left out of the clip',
  ]


def test_lines_go_by_their_frame_not_their_place(tmp_path):
  path = tiny.disfa_person(tmp_path) / 'SN001_au4.txt'
  lines = path.read_text().splitlines()
  path.write_text('\n'.join(['2,0', *lines[::-1], '']))
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  column = found.clips[0].au_intensities[:, AUS.index(4)]
  wanted = [(n + 1 + 4) % 6 / 5 for n in range(6)]
  wanted[1] = 0  # the first of two lines
  np.testing.assert_allclose(column, wanted, atol=1e-6)
  (note,) = found.notes
  assert note.remark == 'a frame again in line 6: the first is taken'


def test_the_shortest_label_file_counts(tmp_path):
  labels = tiny.disfa_person(tmp_path)
  (labels / 'SN001_au4.txt').write_text('1,0\n2,0\n')
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert tiny.clip_numbers(found) == {'left_0000': (0, 1)}
  remarks = [note.remark for note in found.notes]
  assert 'the label files end at frames 2, 6: 2 are used' in remarks
  assert '6 frames but labels of 2: 2 are used' in remarks


def test_an_empty_label_file_leaves_no_clip(tmp_path):
  (tiny.disfa_person(tmp_path) / 'SN001_au4.txt').write_text('')
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert not found.clips
  assert [s.reason for s in found.skipped] == ['no frame is labelled']


def test_missing_label_files_are_named(tmp_path):
  tiny.disfa(tmp_path)
  labels = tiny.disfa_person(tmp_path, 'SN002')
  (labels / 'SN002_au4.txt').rename(labels / 'SN001_au4.txt')
  (labels / 'SN002_au26.txt').unlink()
  found = parse(tmp_path, frame_counts=tiny.DISFA_COUNTS)
  assert {clip.subject for clip in found.clips} == {'SN001'}
  assert [skipped.reason for skipped in found.skipped] == [
    'SN002_au4.txt, SN002_au26.txt missing',
    'not a label file of SN002',
  ]
