"""AffectNet's sheets as labels of a folder, and reports on many files."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures
from facegen_jax.data.builders import report
from facegen_jax.data.builders.folder import affectnet, labels, plan
from facegen_jax.data.builders.folder.label import Label
from facegen_jax.data.builders.folder.prepare import configured, judge, prepare

HEADER = (
  'subDirectory_filePath,face_x,face_y,face_width,face_height,'
  'facial_landmarks,expression,valence,arousal\n'
)


def _row(file, expression):
  return f'{file},134,134,899,899,181.6;530.9;188.4;627.8,{expression},0.1,-2\n'


def _sheet(folder, text, name='training.csv'):
  path = folder / name
  path.write_text(text, encoding='utf-8')
  return path


def _touch(root, *names):
  for name in names:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'x')


# ------------------------------------------------------------------- the sheet


def test_every_expression(tmp_path):
  rows = [_row(f'7/{code}.jpg', code) for code in range(11)]
  read = labels.read(_sheet(tmp_path, HEADER + ''.join(rows)))
  words = [read[f'7/{code}.jpg'].emotion for code in range(8)]
  assert words == [
    'neutral',
    'happiness',
    'sadness',
    'surprise',
    'fear',
    'disgust',
    'anger',
    '',
  ]
  assert [read[f'7/{code}.jpg'].left_out for code in range(11)] == [
    *[''] * 8,
    'expression 8, none',
    'expression 9, uncertain',
    'expression 10, no face',
  ]
  assert len({label.subject for label in read.values()}) == 11
  assert read['7/1.jpg'] == Label('happiness', '7/1')


def test_columns_are_found_by_their_names(tmp_path):
  text = 'expression,"subDirectory_filePath",knn\n3,".\\1\\a, b.v2.JPG",0\n'
  path = _sheet(tmp_path, '\ufeff' + text, 'labels.csv')
  read = labels.read(labels.find(tmp_path, None))
  assert labels.find(tmp_path, None) == path
  assert read == {'1/a, b.v2.JPG': Label('surprise', '1/a, b.v2')}


@pytest.mark.parametrize('name', ['training.csv', 'Validation.csv'])
def test_a_sheet_without_a_first_line(tmp_path, name):
  rows = _row('1/a.jpg', 6) + '\n' + _row('2/b.png', 0)
  path = labels.find(tmp_path, _sheet(tmp_path, rows, name))
  assert labels.read(path) == {
    '1/a.jpg': Label('anger', '1/a'),
    '2/b.png': Label('neutral', '2/b'),
  }
  # Under another name nothing says that these are AffectNet's columns.
  with pytest.raises(UserError, match="has no column 'file'"):
    labels.read(_sheet(tmp_path, rows, 'mine.csv'))


def test_another_table_may_be_called_training(tmp_path):
  path = _sheet(tmp_path, 'file,emotion\na.png,fear\n')
  assert not affectnet.is_sheet(path)
  assert labels.read(path) == {'a.png': Label('fear')}
  assert not affectnet.is_sheet(_sheet(tmp_path, ''))


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    (_row('1/a.jpg', 11), r"line 2: expression is '11' for 1/a\.jpg; .* 0, n"),
    (_row('1/a.jpg', '1.0'), "line 2: expression is '1.0'"),
    (_row('1/a.jpg', ''), "line 2: expression is ''"),
    (_row('', 1), 'line 2: names no file'),
    (_row('1/a.jpg', 1) + '2/b.jpg,134\n', 'line 3: only 2 cells'),
    (
      _row('1/a.jpg', 1) + _row('1/a.jpg', 1) + _row('./1/a.jpg', 2),
      r'line 4: a second row for 1/a\.jpg, which says something else',
    ),
    ('1/a.jpg,"1\n', 'not a table of comma-separated'),
  ],
)
def test_bad_rows_are_named(tmp_path, text, message):
  path = _sheet(tmp_path, HEADER + text)
  with pytest.raises(UserError, match=message) as error:
    labels.read(path)
  assert str(error.value).startswith(str(path))
  assert '\n' not in str(error.value).strip()


def test_bad_sheets_are_named(tmp_path):
  path = _sheet(tmp_path, 'subDirectory_filePath,valence\na.jpg,0\n')
  with pytest.raises(UserError, match="has no column 'expression'"):
    labels.read(path)
  path.write_bytes((HEADER + _row('1/ä.jpg', 1)).encode('latin-1'))
  with pytest.raises(UserError, match=r'training\.csv: not a table'):
    labels.read(path)


# ------------------------------------------------------------------ the folder


def test_pictures_without_a_use_are_counted(tmp_path):
  root = tmp_path / 'images'
  _touch(root, '1/a.jpg', '1/b.jpg', '2/c.jpg', '2/d.jpg', '3/e.jpg', '3/f.txt')
  rows = [('1/a.jpg', 6), ('1/b.jpg', 10), ('2/c.jpg', 8), ('2/d.jpg', 10)]
  rows += [('9/gone.jpg', 1), ('9/gone_too.jpg', 10)]
  path = _sheet(tmp_path, HEADER + ''.join(_row(*row) for row in rows))
  made = plan.planned(root, path)
  assert [item.path for item in made.items] == ['1/a.jpg']
  assert made.owners == {'1/a.jpg': ('1/a', 'a')}
  assert made.found == 6
  assert made.skipped == (
    ('3/f.txt', 'neither a video nor a picture'),
    ('training.csv: 9/gone.jpg', 'a row without a file'),
    ('training.csv', 'expression 10, no face: 2 left out'),
    ('training.csv', 'expression 8, none: 1 left out'),
    ('training.csv', 'not in this sheet: 1 left out'),
  )


def test_a_sheet_of_another_folder_is_one_error(tmp_path):
  _touch(tmp_path / 'images', 'a.jpg')
  path = _sheet(tmp_path, HEADER + _row('images/a.jpg', 1))
  with pytest.raises(UserError, match='name the folder that its paths start'):
    configured(tmp_path / 'images', size=32, labels=path)


def test_only_the_pictures_of_the_sheet_are_the_dataset(tmp_path):
  root = tmp_path / 'images'
  _touch(root, '1/a.jpg', '1/b.jpg')
  path = _sheet(tmp_path, HEADER + _row('1/a.jpg', 1))
  before = configured(root, size=32, labels=path).fingerprint
  _touch(root, '1/c.jpg')  # the other sheet's
  assert configured(root, size=32, labels=path).fingerprint == before
  path.write_text(HEADER + _row('1/a.jpg', 2))
  assert configured(root, size=32, labels=path).fingerprint != before


def test_a_sheet_labels_real_faces(tmp_path, shared):
  root, model = tmp_path / 'images', shared / 'data/models/face_landmarker.task'
  for name, source in (
    ('1/smile.png', 'sadtalker_happy1.jpg'),
    ('1/tears.png', 'sadtalker_sad1.jpg'),
  ):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    face = pictures.read(shared / 'data' / 'faces' / source)
    pictures.write(root / name, face)
  grey = np.full((64, 64, 3), 90, np.uint8)
  pictures.write(root / '1/blank.png', grey)
  pictures.write(root / '1/nobody.png', grey)
  rows = [('1/smile.png', 1), ('1/tears.png', 7), ('1/nobody.png', 10)]
  rows.append(('1/blank.png', 0))
  path = _sheet(tmp_path, ''.join(_row(*row) for row in rows))
  config = configured(root, size=32, labels=path, face_landmarker=model)
  made = prepare(config, tmp_path / 'data')
  source = made.as_data_source(split='full')
  found = {
    e['subject'].decode(): (e['emotion'].decode(), int(e['emotion_id']))
    for e in (source[i] for i in range(len(source)))
  }
  assert found == {'1/smile': ('happiness', 3), '1/tears': ('', -1)}
  coverage = report.read(made.data_dir)
  assert (coverage.found, coverage.used, coverage.labelled) == (4, 2, 1)
  assert coverage.skipped == [
    ('training.csv', 'expression 10, no face: 1 left out'),
    ('1/blank.png', 'no face in any of 1 frames'),
  ]
  assert judge(config) == coverage


# -------------------------------------------------------------- many pictures


def test_many_rows_without_a_file_are_counted(tmp_path):
  _touch(tmp_path, 'images/a.jpg')
  rows = ''.join(f'{number:03d}.jpg,{number % 7}\n' for number in range(150))
  path = _sheet(tmp_path, f'file,subject\na.jpg,1\n{rows}', 'labels.csv')
  skipped = plan.planned(tmp_path / 'images', path).skipped
  assert len(skipped) == 101
  assert skipped[99] == ('labels.csv: 099.jpg', 'a row without a file')
  assert skipped[100] == ('labels.csv', '50 more rows without a file')


def _report(subjects, skipped):
  made = report.Report(dataset='folder', source='/f', fingerprint='0')
  made.subjects = {f'{n:06d}': 1 + n % 3 for n in range(subjects)}
  made.skipped = [
    (f'{n}.jpg', 'no face' if n % 2 else f'too small: {n % 10} px')
    for n in range(skipped)
  ]
  return made


def test_a_report_of_many_stays_readable(tmp_path):
  made = _report(subjects=20_000, skipped=5_000)
  lines = made.text().splitlines()
  assert '  clips by subject: 20000, each 1 to 3' in lines
  assert lines.count('  skipped 1.jpg: no face') == 1
  assert lines[-1] == (
    '  skipped 4500 more: 2250 x no face; 450 x too small: 0 px; '
    '450 x too small: 2 px; ...'
  )
  assert len(lines) < 520
  made.write(tmp_path)  # the file holds every one
  assert report.read(tmp_path) == made


def test_a_report_of_few_names_each():
  text = _report(subjects=2, skipped=3).text()
  assert 'clips by subject: 000000 1, 000001 2' in text
  assert text.count('  skipped ') == 3 and 'more' not in text
