"""SMIC-E's long clips and their sheet, from fake trees."""

import pytest
import tiny_downloads as tiny
from tiny_downloads import only

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.smic.parse import parse


@pytest.mark.mini_trees
def test_long_clips_hold_the_short_ones(mini):
  found = parse(mini / 'smic', image_set='long')
  names = {clip.clip for clip in found.clips}
  rows = {skipped.reason.split()[2] for skipped in found.skipped}
  wanted = tiny.expected(mini, 'smic')['other']['smic_e_rows']
  assert names | rows >= set(wanted)
  short = {(c.subject, c.clip): c for c in parse(mini / 'smic').clips}
  assert names
  for clip in found.clips:
    twin = short[clip.subject, clip.clip]
    assert set(twin.numbers) <= set(clip.numbers)
    assert (clip.onset, clip.offset) == (twin.onset, twin.offset)
    assert clip.emotion == twin.emotion


@pytest.mark.parametrize(
  ('cells', 'limits', 'remark'),
  [
    ((7, 9), (7, 9), None),
    (('7', 9.0), (7, 9), None),
    ((2, 9), (5, 9), 'onset 2 before the first frame 5'),
    ((7, 91), (7, 14), 'offset 91 beyond the last frame 14'),
    ((70, 91), (None, 14), 'onset 70 beyond the last frame 14: not given'),
    (('/', 9), (None, 9), 'not given'),
    ((None, 9), (None, 9), 'onset is empty'),
  ],
)
def test_onset_and_offset_of_long_clips(tmp_path, cells, limits, remark):
  tiny.smic_long(tmp_path, (1, 's1_ne_01', None, *cells, 'Negative'))
  found = parse(tmp_path, image_set='long')
  clip = only(found.clips)
  assert (clip.onset, clip.offset) == limits
  assert (clip.subject, clip.emotion, clip.apex) == ('s1', 'negative', None)
  remarks = ' '.join(note.remark for note in found.notes)
  assert remark in remarks if remark else not remarks


@pytest.mark.parametrize(('apex', 'taken'), [(8, 8), (3, None), ('x', None)])
def test_an_apex_is_taken_where_it_fits(tmp_path, apex, taken):
  row = (1, 's1_ne_01', None, 7, 9, 'negative', apex)
  tiny.smic_long(tmp_path, row, head=(*tiny.SMIC_HEAD, 'ApexF'))
  found = parse(tmp_path, image_set='long')
  assert only(found.clips).apex == taken
  assert bool(found.notes) == (taken is None)


def test_second_expressions_and_other_subjects_are_noted(tmp_path):
  row = (2, 's01_ne_01', None, 7, 9, 'negative', 11, 12)
  tiny.smic_long(tmp_path, row, head=(*tiny.SMIC_HEAD, 'Onset2F', 'Offset2F'))
  found = parse(tmp_path, image_set='long')
  clip = only(found.clips)
  assert (clip.onset, clip.subject) == (7, 's1')
  remarks = ' '.join(note.remark for note in found.notes)
  assert 'a second expression from 11' in remarks
  assert 'of subject 2: taken as of s1' in remarks


def test_rows_and_long_clips_without_each_other(tmp_path):
  good = (1, 's1_ne_01', None, 7, 9, 'negative')
  gone = (3, 's3_ne_03', None, 1, 2, 'negative')
  nameless = (3, None, None, 1, 2, 'negative')
  tiny.smic_long(tmp_path, good, gone, nameless, good)
  tiny.smic_frames(tmp_path / 'HS_long' / 'SMIC-HS-E' / 's01' / 's1_po_09', [1])
  found = parse(tmp_path, image_set='long')
  assert only(found.clips).clip == 's1_ne_01'
  assert [skipped.reason for skipped in found.skipped] == [
    'has no row in SMIC-HS-E_annotation.xlsx',
    'row 3: s3_ne_03 has no folder with pictures',
    'row 4: names no clip',
    'row 5: a second row of s1_ne_01, row 2 is taken',
  ]


def test_long_clips_of_each_part_and_a_level_more(tmp_path):
  tiny.smic_long(tmp_path, (1, 's1_ne_01', None, 7, 9, 'negative'))
  tiny.smic_long(tmp_path, (1, 's1_ne_01', None, 8, 9, 'negative'), part='VIS')
  people = tmp_path / 'HS_long' / 'SMIC-HS-E'
  (people / 'HS').mkdir()
  (people / 's01').rename(people / 'HS' / 's01')
  assert only(parse(tmp_path, 'HS', 'long').clips).onset == 7
  assert only(parse(tmp_path, 'VIS', 'long').clips).onset == 8
  with pytest.raises(UserError, match='SMIC-NIR-E'):
    parse(tmp_path, 'NIR', 'long')


def test_a_missing_sheet_or_column_is_named(tmp_path):
  row = (1, 's1_ne_01', None, 7, 9, 'negative')
  tiny.smic_long(tmp_path, row[:-1], head=tiny.SMIC_HEAD[:-1])
  with pytest.raises(UserError, match=r'SMIC-HS-E_annotation.*Emotion.*onsetf'):
    parse(tmp_path, image_set='long')
  next(tmp_path.glob('*/*.xlsx')).unlink()
  with pytest.raises(UserError, match='no SMIC-HS-E_annotation'):
    parse(tmp_path, image_set='long')
