"""Tables of OpenFace 2 and py-feat, and all that can be wrong with one."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors import au_tables
from facegen_jax.metrics.extractors.au_tables import OPENFACE2, PY_FEAT
from facegen_jax.metrics.extractors.extractor import features

NAN = np.nan
OPENFACE = (
  'frame, face_id, timestamp, confidence, success, AU06_r, AU12_r, '
  'AU06_c, AU12_c, AU28_c\n'
)
FEX = 'FaceRectX,FaceScore,AU06,AU12,AU43,happiness,input,frame\n'


@pytest.fixture
def path(tmp_path):
  return tmp_path / 'clip.csv'


def _write(path, text, encoding='utf-8'):
  path.write_bytes(text.encode(encoding))
  return path


def test_openface_intensities_and_failures(path):
  rows = (
    '1, 0, 0.000, 0.98, 1, 0.50, 5.00, 1.00, 0.00, 0\n'
    '2, 0, 0.033, 0.02, 0, 0.00, 9.99, 0.00, 0.00, 0\n'
    '\r\n'
    '4,0,0.100,0.98,1,0,1.25,0,1,0\n'
  )
  table = au_tables.read(_write(path, OPENFACE + rows, 'utf-8-sig'), OPENFACE2)
  assert table.aus == (6, 12)
  np.testing.assert_array_equal(
    table.values, [[0.5, 5], [NAN, NAN], [NAN, NAN], [0, 1.25]]
  )
  assert table.values.dtype == np.float32
  assert table.missing == 2
  np.testing.assert_array_equal(
    au_tables.pick(table, (12, 6, 12))[3], [1.25, 0, 1.25]
  )


def test_py_feat_counts_from_nought_and_leaves_cells_empty(path):
  rows = (
    '10,0.9,0.25,1.0,0,0.1,clip.mp4,0.0\n'
    ',,,,,,clip.mp4,1.0\n'
    'nan,nan,nan,NaN,nan,nan,clip.mp4,2.0\n'
    '10,0.9,0,0.75,0,0.1,"a, b.mp4",3.0\n'
  )
  table = au_tables.read(_write(path, FEX + rows), PY_FEAT)
  assert table.aus == (6, 12, 43)
  np.testing.assert_array_equal(
    table.values,
    [[0.25, 1, 0], [NAN, NAN, NAN], [NAN, NAN, NAN], [0, 0.75, 0]],
  )
  assert table.missing == 2


def test_a_table_is_an_extractor_of_its_clip(path):
  rows = '1,0,0,1,1,2.5,5,1,1,0\n2,0,0,0,0,0,0,0,0,0\n'
  table = au_tables.read(_write(path, OPENFACE + rows), OPENFACE2)
  made = au_tables.extractor(table, (12, 6))
  found = features(made, np.zeros((2, 8, 8, 3), np.uint8))
  np.testing.assert_array_equal(found.rows, [[1, 0.5], [NAN, NAN]])
  assert found.missing == 1
  assert made.name == 'OpenFace 2 AU12, AU6 (clip.csv)'
  with pytest.raises(UserError, match='of 2 frames for 3'):
    features(made, np.zeros((3, 8, 8, 3), np.uint8))


def test_action_units_that_a_tool_lacks(path):
  table = au_tables.read(
    _write(path, OPENFACE + '1,0,0,1,1,0,0,0,0,0\n'), OPENFACE2
  )
  with pytest.raises(UserError, match=r'OpenFace 2 .* AU16, AU28; .* 6, 12'):
    au_tables.pick(table, (16, 12, 28))


@pytest.mark.parametrize(
  ('row', 'reason'),
  [
    ('2,0,0,1,1,5.01,0', 'column AU06_r: "5.01" is not in 0 to 5'),
    ('2,0,0,1,1,0,-0.1', 'column AU12_r: "-0.1" is not in 0 to 5'),
    ('2,0,0,1,1,nan,0', 'column AU06_r: "nan" is not a number'),
    ('2,0,0,1,1,1_2,0', 'column AU06_r: "1_2" is not a number'),
    ('2,0,0,1,1,inf,0', 'column AU06_r: "inf" is not in 0 to 5'),
    ('2,0,0,1,1,0', 'column AU12_r: "" is not a number'),
    ('2,0,0,1,2,0,0', 'column success: "2" is not in 0 to 1'),
    ('2,0,0,1,0.5,0,0', 'column success: "0.5" is not whole'),
    ('2,0,0,1,,0,0', 'column success: "" is not a number'),
    ('0,0,0,1,1,0,0', 'column frame: "0" is not in 1 to'),
    ('99999999,0,0,1,1,0,0', 'column frame: "99999999" is not in 1 to'),
    ('1.5,0,0,1,1,0,0', 'column frame: "1.5" is not whole'),
    ('two,0,0,1,1,0,0', 'column frame: "two" is not a number'),
    ('1,1,0,1,1,0,0', 'a second row for frame 1; keep one face'),
  ],
)
def test_a_bad_row_is_named_by_file_line_and_cure(path, row, reason):
  _write(path, f'{OPENFACE}1,0,0,1,1,0,0,0,0,0\n{row}\n')
  with pytest.raises(UserError) as error:
    au_tables.read(path, OPENFACE2)
  message = str(error.value)
  assert message.startswith(f'{path}: line 3')
  assert reason in message and ';' in message and '\n' not in message


def test_py_feat_lies_in_the_unit_range(path):
  _write(path, FEX + '1,1,0.5,1.5,0,0,a,0\n')
  with pytest.raises(UserError, match=r'line 2, column AU12: "1.5".* 0 to 1'):
    au_tables.read(path, PY_FEAT)
  _write(path, FEX + '1,1,0.5,,0,0,a,0\n')
  with pytest.raises(UserError, match=r'column AU12: "" is not a number'):
    au_tables.read(path, PY_FEAT)


@pytest.mark.parametrize(
  ('tool', 'text', 'reason'),
  [
    (OPENFACE2, '', 'lacks the column frame, success, AU01_r and the like'),
    (OPENFACE2, FEX, 'lacks the column success, AU01_r'),
    (PY_FEAT, OPENFACE, 'lacks the column AU01 and the like of py-feat'),
    (OPENFACE2, OPENFACE.replace('frame, ', ''), 'lacks the column frame of'),
    (OPENFACE2, OPENFACE.replace('12_r', '06_r'), 'has AU06_r twice'),
    (OPENFACE2, OPENFACE, 'line 2: no row of a frame'),
  ],
)
def test_what_is_no_table_of_the_tool(path, tool, text, reason):
  with pytest.raises(UserError) as error:
    au_tables.read(_write(path, text), tool)
  message = str(error.value)
  assert message.startswith(f'{path}: line ') and reason in message
  assert message.endswith(tool.cure)


@pytest.mark.parametrize(
  ('content', 'reason'),
  [
    (OPENFACE.encode('utf-16'), 'not UTF-8'),
    (b'frame\xe9', 'not UTF-8'),
    (b'"' + b'a' * 200_000, 'cannot be read'),
  ],
)
def test_files_that_cannot_be_read(path, content, reason):
  path.write_bytes(content)
  with pytest.raises(UserError, match=reason):
    au_tables.read(path, OPENFACE2)
  with pytest.raises(UserError, match='no such table; run FeatureExtraction'):
    au_tables.read(path.parent, OPENFACE2)
  with pytest.raises(UserError, match='no such table; save'):
    au_tables.read(path.with_name('none.csv'), PY_FEAT)
