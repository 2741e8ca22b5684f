"""Tables of landmarks: OpenFace 2's, and all that can be wrong with one."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data.crops import landmark_csv

POINTS = [f'{axis}_{i}' for axis in 'xy' for i in range(68)]
HEADER = ['subject', 'clip', 'frame', *POINTS]


def _row(frame, shift=0.0, subject='sub01', clip='EP02_01f', **changed):
  cells = dict(zip(HEADER, (subject, clip, frame), strict=False))
  cells |= {f'x_{i}': i + shift for i in range(68)}
  cells |= {f'y_{i}': 1000 + i + shift for i in range(68)}
  return cells | changed


def _write(path, rows, header=HEADER, gap=',', encoding='utf-8'):
  lines = [gap.join(header)]
  lines += [gap.join(str(row.get(k, 'x')) for k in header) for row in rows]
  path.write_text('\n'.join(lines) + '\n', encoding=encoding)
  return path


@pytest.fixture
def path(tmp_path):
  return tmp_path / 'landmarks.csv'


def test_frames_by_clip(path):
  rows = [_row(7), _row(9, 0.25), _row(7, 5, clip='x'), _row(0, subject='02')]
  found = landmark_csv.read(_write(path, rows))
  assert {key: list(value) for key, value in found.items()} == {
    ('sub01', 'EP02_01f'): [7, 9],
    ('sub01', 'x'): [7],
    ('02', 'EP02_01f'): [0],
  }
  face = found['sub01', 'EP02_01f'][9]
  assert face.shape == (68, 2) and face.dtype == np.float32
  np.testing.assert_array_equal(face[:, 0], np.arange(68) + 0.25)
  np.testing.assert_array_equal(face[:, 1], np.arange(68) + 1000.25)


def test_openfaces_blanks_other_columns_and_failures(path):
  header = ['success', *reversed(HEADER), 'X_0', 'pose_Tx']
  rows = [
    _row(1, success=0, x_3='nan'),
    _row(1, success=1),
    _row(2, success=' 0'),
    _row(3, success='1.0'),
  ]
  found = landmark_csv.read(_write(path, rows, header, ', ', 'utf-8-sig'))
  assert list(found['sub01', 'EP02_01f']) == [1, 3]
  assert found['sub01', 'EP02_01f'][1][3, 0] == 3


def test_blank_lines_are_passed_over(path):
  _write(path, [_row(1)])
  path.write_text(path.read_text().replace('\n', '\r\n\r\n') + ',,,\n')
  assert list(landmark_csv.read(path)['sub01', 'EP02_01f']) == [1]


@pytest.mark.parametrize(
  ('row', 'reason'),
  [
    (_row(2, x_5='nan'), 'column x_5: "nan" is not a number'),
    (_row(2, y_67=''), 'column y_67: "" is not a number'),
    (_row(2, x_0='1_2'), 'column x_0: "1_2" is not a number'),
    (_row(2, x_0='inf'), 'column x_0: "inf" is not a number'),
    (_row('two'), 'column frame: "two" is not a number'),
    (_row(1.5), 'column frame: "1.5" is not the number of a frame'),
    (_row(-1), 'column frame: "-1" is not the number of a frame'),
    (_row(2, clip=' '), 'column clip: "" is not a name'),
    (_row(1, 3), 'a second row for frame 1 of sub01 EP02_01f; keep one'),
  ],
)
def test_a_bad_row_is_named_by_its_line(path, row, reason):
  with pytest.raises(UserError) as error:
    landmark_csv.read(_write(path, [_row(1), row]))
  assert f'{path}: line 3' in str(error.value) and reason in str(error.value)
  assert '\n' not in str(error.value)


def test_a_short_row(path):
  _write(path, [_row(1)])
  path.write_text(path.read_text() + 'sub01,EP02_01f,2,1,2\n')
  with pytest.raises(UserError, match='line 3, column x_2: "" is not a number'):
    landmark_csv.read(path)


@pytest.mark.parametrize(
  ('header', 'reason'),
  [
    ([*HEADER[:1], *HEADER[2:]], 'lacks the column clip;'),
    (HEADER[:-1], 'lacks the column y_67;'),
    (HEADER[:3], 'lacks the columns x_0, x_1, x_2, x_3, x_4, ...;'),
    ([name.upper() for name in HEADER], 'lacks the columns subject, clip,'),
  ],
)
def test_missing_columns_are_named(path, header, reason):
  with pytest.raises(UserError, match='line 1') as error:
    landmark_csv.read(_write(path, [_row(1)], header))
  assert str(path) in str(error.value) and reason in str(error.value)


def test_missing_file(path):
  with pytest.raises(UserError, match='no such landmark file'):
    landmark_csv.read(path)
  with pytest.raises(UserError, match='no such landmark file'):
    landmark_csv.read(path.parent)


@pytest.mark.parametrize(
  ('content', 'reason'),
  [
    (b'', 'line 1 lacks'),
    (','.join(HEADER).encode(), 'no row has a face'),
    (','.join(HEADER).encode('utf-16'), 'not UTF-8'),
    (b'subject,clip\xe9', 'not UTF-8'),
    (b'"' + b'a' * 200_000, 'cannot be read'),
  ],
)
def test_no_table(path, content, reason):
  path.write_bytes(content)
  with pytest.raises(UserError, match=reason) as error:
    landmark_csv.read(path)
  assert str(path) in str(error.value)
