"""Sheets of few and many clips."""

import numpy as np
import pytest

from facegen_jax.data.crops.contact_sheet import contact_sheet

NONE = np.zeros((0, 2))
GREEN = (0, 255, 0)


def _rows(count, side=96):
  return [
    (f's{i}', np.full((side, side, 3), i % 200, np.uint8), NONE)
    for i in range(count)
  ]


def _thumbnails(sheet, count, columns=10):
  return [
    sheet[i // columns * 112 :, i % columns * 100 :][:96, :96]
    for i in range(count)
  ]


@pytest.mark.parametrize(
  ('count', 'lines', 'columns'),
  [
    (1, 1, 1),
    (9, 1, 9),
    (10, 1, 10),
    (11, 2, 10),
    (200, 20, 10),
    (1000, 20, 10),
  ],
)
def test_size(count, lines, columns):
  sheet = contact_sheet(_rows(count))
  assert sheet.dtype == np.uint8
  assert sheet.shape == (lines * 112 - 4, columns * 100 - 4, 3)


def test_every_picture_is_in_its_cell():
  sheet = contact_sheet(_rows(7), columns=3)
  assert sheet.shape == (3 * 112 - 4, 3 * 100 - 4, 3)
  for i, found in enumerate(_thumbnails(sheet, 7, 3)):
    np.testing.assert_array_equal(found, i)
  np.testing.assert_array_equal(sheet[224:, 100:], 255)  # no eighth


def test_many_clips_are_drawn_evenly():
  rows = [
    ('', np.full((8, 8, 3), (i // 256, i % 256, 0), np.uint8), NONE)
    for i in range(1000)
  ]
  found = [
    int(t[0, 0, 0]) * 256 + int(t[0, 0, 1])
    for t in _thumbnails(contact_sheet(rows), 200)
  ]
  assert found[0] == 0 and found[-1] == 999
  assert set(np.diff(found)) == {5, 6}


@pytest.mark.parametrize('side', [48, 96, 192])
def test_landmarks_are_single_green_dots(side):
  points = np.array([[0, 0], [side / 4, side / 2], [side - 1, 3], [-9, 500]])
  sheet = contact_sheet([('', np.zeros((side, side, 3), np.uint8), points)])
  shown = min(side, 96)
  scale = shown / side
  green = {tuple(p[::-1]) for p in np.argwhere((sheet == GREEN).all(axis=-1))}
  wanted = (points[:3] + 0.5) * scale - 0.5
  assert len(green) == 3  # the one outside is left out
  for point in wanted:
    assert min(np.abs(np.array(g) - point).max() for g in green) <= 0.5 + 1e-9
  thumbnail = sheet[:shown, :shown].reshape(-1, 3)
  assert (thumbnail != 0).any(axis=1).sum() == 3


def test_long_names_stay_in_their_strip():
  picture = np.full((120, 240, 3), 10, np.uint8)
  rows = [(name, picture, NONE) for name in ('m' * 300, 'ü€/sub01/EP02_01f')]
  sheet = contact_sheet(rows)
  np.testing.assert_array_equal(sheet[:48, :96], 10)
  np.testing.assert_array_equal(sheet[:96, 96:100], 255)
  np.testing.assert_array_equal(sheet[:, 96:100], 255)
  assert (sheet[96:, :96] < 128).any() and (sheet[96:, 100:] < 128).any()


@pytest.mark.parametrize(('count', 'columns'), [(0, 10), (3, 0)])
def test_nothing_to_show(count, columns):
  with pytest.raises(ValueError, match='no sheet'):
    contact_sheet(_rows(count), columns)
