"""Tables of workbooks by the names of their columns."""

import openpyxl
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import sheet

_COLUMNS = {
  'subject': ('Subject',),
  'onset': ('Onset Frame', 'OnsetFrame'),
  'note': ('Notes',),
}


def _write(path, rows):
  book = openpyxl.Workbook()
  for row in rows:
    book.active.append(row)
  book.create_sheet('second').append(['Subject', 'OnsetFrame', 'Notes'])
  book.save(path)
  return path


def _read(path, optional=()):
  return sheet.read(path, key='subject', columns=_COLUMNS, optional=optional)


def test_rows_keep_types_and_line_numbers(tmp_path):
  path = _write(
    tmp_path / 'a.xlsx',
    [
      ['Subject', None, 'OnsetFrame', 'Notes'],
      ['01', 'x', 3, ' blank '],
      [None, 'only outside of the columns'],
      [],
      [1, None, '/', '  '],
      [2],
    ],
  )
  assert _read(path) == [
    (2, {'subject': '01', 'onset': 3, 'note': 'blank'}),
    (5, {'subject': 1, 'onset': '/', 'note': None}),
    (6, {'subject': 2, 'onset': None, 'note': None}),
  ]


def test_the_header_is_found_below_notes_that_name_a_column(tmp_path):
  path = _write(
    tmp_path / 'a.xlsx',
    [
      ['a title'],
      ['Subject', 'what the column means'],
      [],
      [' notes', 'SUBJECT', 'onset  FRAME ', 'Subject'],
      ['x', '006', 7, 'second of a name'],
    ],
  )
  assert _read(path) == [
    (5, {'subject': '006', 'onset': 7, 'note': 'x'}),
  ]


def test_an_optional_column_may_lack(tmp_path):
  path = _write(tmp_path / 'a.xlsx', [['Subject', 'OnsetFrame'], ['01', 3]])
  rows = _read(path, ('note',))
  assert rows == [(2, {'subject': '01', 'onset': 3, 'note': None})]


@pytest.mark.parametrize(
  'rows',
  [
    [['title'], ['Subject', 'Emotion'], ['01', 'fear']],
    [['title'], ['Who', 'Emotion', 'Notes'], ['01', 'fear']],
  ],
)
def test_a_lacking_column_names_file_wanted_and_found(tmp_path, rows):
  path = _write(tmp_path / 'a.xlsx', rows)
  with pytest.raises(UserError) as error:
    _read(path)
  for part in (str(path), 'Subject', 'Onset Frame', 'Notes', 'emotion'):
    assert part in str(error.value)
  assert '\n' not in str(error.value)


def test_an_empty_sheet_is_told(tmp_path):
  with pytest.raises(UserError, match='found nothing'):
    _read(_write(tmp_path / 'a.xlsx', []))


@pytest.mark.parametrize(
  'content', [b'', b'junk', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(600)]
)
def test_a_damaged_or_locked_workbook_is_one_error(tmp_path, content):
  path = tmp_path / 'a.xlsx'
  path.write_bytes(content)
  with pytest.raises(UserError, match=r'a\.xlsx: no readable workbook'):
    _read(path)


def test_a_truncated_workbook_is_one_error(tmp_path):
  path = _write(tmp_path / 'a.xlsx', [['Subject', 'OnsetFrame', 'Notes']] * 50)
  path.write_bytes(path.read_bytes()[:-900])
  with pytest.raises(UserError, match='no readable workbook'):
    _read(path)


@pytest.mark.parametrize(
  ('cell', 'number'),
  [(3, 3), (3.0, 3), ('03', 3), ('-1', -1), (' 3.0 ', 3)]
  + [(cell, None) for cell in ('1_2', '/', 3.5, None, True, float('inf'), '')],
)
def test_whole_numbers(cell, number):
  assert sheet.whole(cell) == number
