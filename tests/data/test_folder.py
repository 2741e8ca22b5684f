"""A user's folder: what is taken, what is left out and why, and reuse."""

import io
import os

import numpy as np
from PIL import Image
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, video
from facegen_jax.data.builders import report
from facegen_jax.data.builders.folder import cut, labels, plan, scan
from facegen_jax.data.builders.folder.prepare import configured, judge, prepare


@pytest.fixture(scope='module')
def model(shared):
  return shared / 'data' / 'models' / 'face_landmarker.task'


@pytest.fixture(scope='module')
def clip(shared):
  """14 frames, a face in each; None stands for a frame without one."""
  path = shared / 'data' / 'faces' / 'pyfeat_single_face.mp4'
  return list(video.read(path))[::5][:14]


def prepared(root, data_dir, on_files=None, **settings):
  return prepare(configured(root, **settings), data_dir, on_files)


def _touch(root, *names):
  for name in names:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'x')


def _save(path, shots, rate=10):
  path.parent.mkdir(parents=True, exist_ok=True)
  height, width = shots[0].shape[:2]
  with video.Writer(path, rate=rate, width=width, height=height) as writer:
    for shot in shots:
      writer.write(shot)


def _examples(made):
  source = made.as_data_source(split='full')
  return {
    f'{e["subject"].decode()}/{e["clip"].decode()}': e
    for e in (source[i] for i in range(len(source)))
  }


# ------------------------------------------------------------ the list of files


def test_scan_tells_people_and_kinds(tmp_path):
  _touch(
    tmp_path,
    'anna.mp4',
    'ben/1.MOV',
    'ben/old/2.jpg',
    'Zoe/a.webm',
    'x y.png',
    '.hidden.mp4',
    '.git/a.mp4',
    'labels.csv',
  )
  listing = scan.scan(tmp_path)
  assert listing.items == (
    scan.Item('Zoe/a.webm', 'Zoe', 'video'),
    scan.Item('anna.mp4', 'anna', 'video'),
    scan.Item('ben/1.MOV', 'ben', 'video'),
    scan.Item('ben/old/2.jpg', 'ben', 'picture'),
    scan.Item('x y.png', 'x y', 'picture'),
  )
  assert listing.skipped == ()


def test_scan_lists_what_it_refuses(tmp_path):
  root, outside = tmp_path / 'root', tmp_path / 'outside'
  _touch(root, 'a/1.mp4', 'a/notes.txt')
  _touch(outside, '2.mp4', 'b/3.mp4')
  (root / 'a' / 'out.mp4').symlink_to(outside / '2.mp4')
  (root / 'a' / 'in.mp4').symlink_to(root / 'a' / '1.mp4')
  (root / 'a' / 'lost.mp4').symlink_to(root / 'nothing.mp4')
  (root / 'b').symlink_to(outside / 'b')
  (root / 'loop').symlink_to(root)
  os.mkfifo(root / 'pipe.mp4')
  listing = scan.scan(root)
  assert [item.path for item in listing.items] == ['a/1.mp4', 'a/in.mp4']
  assert dict(listing.skipped) == {
    'a/lost.mp4': 'a link to nothing',
    'a/notes.txt': 'neither a video nor a picture',
    'a/out.mp4': 'a link that leads out of the folder',
    'b': 'a link to a folder',
    'loop': 'a link to a folder',
    'pipe.mp4': 'not a file',
  }


def test_a_name_that_is_not_utf8_is_listed(tmp_path):
  _touch(tmp_path, 'ä.mp4')
  odd = os.path.join(os.fsencode(tmp_path), b'\xe4.mp4')
  try:
    with open(odd, 'wb'):
      pass
  except OSError:
    pytest.skip('this file system holds UTF-8 names alone')
  listing = scan.scan(tmp_path)
  assert [item.path for item in listing.items] == ['ä.mp4']
  assert listing.skipped == (('\\udce4.mp4', 'its name is not UTF-8'),)


def test_a_missing_or_empty_folder_is_named(tmp_path):
  with pytest.raises(UserError, match='none: no such folder'):
    scan.scan(tmp_path / 'none')
  with pytest.raises(UserError, match='holds no video'):
    scan.scan(tmp_path)
  _touch(tmp_path, 'readme.txt', '.a.mp4')
  with pytest.raises(UserError, match='holds no video'):
    scan.scan(tmp_path)


def test_no_two_clips_share_a_name(tmp_path):
  _touch(
    tmp_path, 'a/1.mp4', 'a/1.mov', 'a/2.mp4', 'a.png', 'b/1.mp4', 'c/x/1.mp4'
  )
  items = scan.scan(tmp_path).items
  table = {'b/1.mp4': labels.Label(subject='c')}
  owned = plan.owners(items, table)
  named = dict(zip((item.path for item in items), owned, strict=True))
  assert len(set(owned)) == len(items)
  assert named['a/1.mp4'] == ('a', 'a/1.mp4')
  assert named['a/2.mp4'] == ('a', '2')
  assert named['a.png'] == ('a', 'a')
  assert named['b/1.mp4'] == ('c', '1')
  assert named['c/x/1.mp4'] == ('c', 'x/1')


# --------------------------------------------------------------------- labels


def _table(tmp_path, text, encoding='utf-8'):
  path = tmp_path / 'labels.csv'
  path.write_bytes(text.encode(encoding))
  return path


def test_labels_are_read(tmp_path):
  path = _table(
    tmp_path,
    'file,emotion,subject,onset,apex,offset\r\n'
    'a.mp4,Happiness,p1,0,5,9\r\n'
    '".\\b\\c, d.mp4", neutral ,,,,\r\n'
    'e.png,,,,,\r\n',
    encoding='utf-8-sig',
  )
  assert labels.read(path) == {
    'a.mp4': labels.Label('happiness', 'p1', 0, 5, 9),
    'b/c, d.mp4': labels.Label('neutral', '', -1, -1, -1),
    'e.png': labels.Label('', '', -1, -1, -1),
  }


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    (
      'file,emotion\na.mp4,fear\nb.mp4,joy\n',
      r"line 3: unknown emotion 'joy' for b\.mp4; use one of anger",
    ),
    ('file,emotoin\na.mp4,fear\n', "unknown column 'emotoin'"),
    ('name,emotion\na.mp4,fear\n', "has no column 'file'"),
    ('', "has no column 'file'"),
    ('file,apex\na.mp4,-3\n', "line 2: apex is '-3'"),
    ('file,apex\na.mp4,2.5\n', "line 2: apex is '2.5'"),
    ('file,emotion\n,fear\n', 'line 2: names no file'),
    ('file,emotion\na.mp4,fear,7\n', 'line 2: more cells than columns'),
    ('file\na.mp4\n./a.mp4\n', r'line 3: a second row for a\.mp4'),
  ],
)
def test_bad_labels_are_named(tmp_path, text, message):
  path = _table(tmp_path, text)
  with pytest.raises(UserError, match=message) as error:
    labels.read(path)
  assert str(error.value).startswith(str(path))


def test_labels_that_are_no_text_are_named(tmp_path):
  with pytest.raises(UserError, match=r'labels\.csv: not a table'):
    labels.read(_table(tmp_path, 'file,emotion\nä,fear\n', 'latin-1'))
  with pytest.raises(UserError, match='no such labels file'):
    labels.find(tmp_path, tmp_path / 'no.csv')
  assert labels.find(tmp_path / 'no', None) is None


# ------------------------------------------------------------------ with faces


def test_clips_are_cut_and_read_back(tmp_path, clip, model, shared):
  root = tmp_path / 'root'
  blank = np.full_like(clip[0], 90)
  _save(root / 'anna' / 'smile.mp4', [*clip[:4], blank, *clip[4:8]])
  pictures.write(root / 'ben.png', pictures.read(_jpg(shared)))
  (root / 'labels.csv').write_text(
    'file,emotion,onset,apex,offset\n'
    'anna/smile.mp4,happiness,0,5,40\n'
    'gone.mp4,fear,,,\n'
  )
  told = []
  made = prepared(
    root,
    size=64,
    data_dir=tmp_path / 'data',
    face_landmarker=model,
    on_files=lambda *done: told.append(done),
  )
  assert told == [('prepared', 1, 2), ('prepared', 2, 2)]
  examples = _examples(made)
  assert set(examples) == {'anna/smile', 'ben/ben'}
  smile = examples['anna/smile']
  numbers = [int(n) for n in smile['frame_numbers']]
  assert numbers == [0, 1, 2, 3, 5, 6, 7, 8]
  assert smile['landmarks'].shape == (8, 68, 2)
  assert smile['emotion'] == b'happiness' and smile['emotion_id'] == 3
  # Frame 5 of the footage is the fifth that is kept; 40 lies beyond it.
  assert (smile['onset'], smile['apex'], smile['offset']) == (0, 4, -1)
  assert smile['fps'] == 10
  for data, points in zip(smile['frames'], smile['landmarks'], strict=True):
    with Image.open(io.BytesIO(data)) as image:
      assert image.format == 'PNG'
      assert (image.size, image.mode) == ((64, 64), 'RGB')
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    np.testing.assert_allclose(left, [22.9, 25.1], atol=2)
    np.testing.assert_allclose(right, [40.1, 25.1], atol=2)
  single = examples['ben/ben']
  assert len(single['frames']) == 1 and single['fps'] == 0
  assert single['emotion'] == b'' and single['emotion_id'] == -1

  coverage = report.read(made.data_dir)
  assert (coverage.found, coverage.used, coverage.clips) == (2, 2, 2)
  assert coverage.frames == 9 and coverage.labelled == 1
  assert coverage.subjects == {'anna': 1, 'ben': 1}
  gone = ('labels.csv: gone.mp4', 'a row without a file')
  assert coverage.skipped == [gone]
  assert coverage.notes == [
    ('anna/smile.mp4', '1 of 9 frames have no face: left out')
  ]
  assert 'skipped labels.csv: gone.mp4: a row without a file' in coverage.text()


def _jpg(shared):
  return shared / 'data' / 'faces' / 'sadtalker_happy1.jpg'


def test_bad_files_are_skipped_and_listed(tmp_path, clip, model, shared):
  root = tmp_path / 'root'
  face = pictures.read(_jpg(shared))
  pictures.write(root_file(root, 'good.png'), face)
  (root / 'zero.mp4').write_bytes(b'')
  (root / 'noise.mp4').write_bytes(np.random.default_rng(0).bytes(5000))
  _save(root / 'cut.mp4', clip)
  content = (root / 'cut.mp4').read_bytes()
  (root / 'cut.mp4').write_bytes(content[: len(content) // 2])
  _save(root / 'blank.mp4', [np.full_like(clip[0], 90)] * 3)
  _save(root / 'tiny.mp4', [shot[:24, :24] for shot in clip[:3]])
  pictures.write(root / 'tiny.png', face[:20, :20])
  far = np.full((400, 400, 3), 90, np.uint8)
  far[:48, :48] = np.asarray(Image.fromarray(face).resize((48, 48)))
  pictures.write(root / 'far.png', far)
  Image.fromarray(np.full((64, 64), np.nan, np.float32)).save(root / 'nan.tif')
  (root / 'out.mp4').symlink_to(_jpg(shared).with_name('liveportrait_d0.mp4'))
  both = np.full((face.shape[0], 2 * face.shape[1], 3), 128, np.uint8)
  both[:, : face.shape[1]] = face
  small = np.asarray(Image.fromarray(face).resize((150, 153)))
  both[:153, -150:] = small
  pictures.write(root / 'two.png', both)
  made = prepared(
    root, size=32, data_dir=tmp_path / 'data', face_landmarker=model
  )
  assert set(_examples(made)) == {'good/good', 'two/two'}
  coverage = report.read(made.data_dir)
  assert (coverage.found, coverage.used) == (11, 2)
  reasons = dict(coverage.skipped)
  for name, part in {
    'zero.mp4': 'the file is empty',
    'noise.mp4': 'not a readable video',
    'cut.mp4': 'not a readable video',
    'blank.mp4': 'no face in any of 3 frames',
    'tiny.mp4': '24x24 px is too small',
    'tiny.png': '20x20 px is too small',
    'nan.tif': 'has NaN or infinite pixels',
    'out.mp4': 'a link that leads out of the folder',
  }.items():
    assert part in reasons.pop(name)
  assert list(reasons) == ['far.png']
  assert 'no face' in reasons['far.png'] or 'under 24 px' in reasons['far.png']
  assert coverage.notes == [('two.png', '2 faces: the largest is taken')]
  assert 'skipped zero.mp4: the file is empty' in coverage.text()


def root_file(root, name):
  root.mkdir(parents=True, exist_ok=True)
  return root / name


def test_nothing_usable_is_one_error_and_leaves_nothing(tmp_path, model):
  root, data = tmp_path / 'root', tmp_path / 'data'
  pictures.write(root_file(root, 'a.png'), np.full((64, 64, 3), 90, np.uint8))
  (root / 'b.mp4').write_bytes(b'')
  with pytest.raises(UserError) as error:
    prepared(root, size=32, data_dir=data, face_landmarker=model)
  text = str(error.value)
  assert 'none of its 2 videos and pictures can be used' in text
  assert 'no face in any of 1 frames' in text and '\n' not in text
  assert not list(data.rglob('*.array_record*'))
  with pytest.raises(UserError):  # not taken for a finished dataset
    prepared(root, size=32, data_dir=data, face_landmarker=model)


def test_a_finished_dataset_is_reused_until_something_changes(
  tmp_path, model, shared
):
  root, runs = tmp_path / 'root', []
  face = pictures.read(_jpg(shared))
  pictures.write(root_file(root, 'a.png'), face)

  def folder(**kwargs):
    settings = {'size': 32, 'face_landmarker': model} | kwargs
    made = prepared(
      root,
      data_dir=tmp_path / 'data',
      on_files=lambda *_: runs.append(1),
      **settings,
    )
    return made.data_dir

  first = folder()
  # A second time needs neither work nor a model.
  assert folder(face_landmarker=tmp_path / 'no.task') == first
  assert len(runs) == 1
  different = {first, folder(size=48), folder(zoom=1.2), folder(stride=2)}
  assert len(different) == 4 and len(runs) == 4
  os.utime(root / 'a.png', ns=(1, 1))
  different.add(folder())
  pictures.write(root / 'b.png', face)
  different.add(folder())
  (root / 'labels.csv').write_text('file,emotion\na.png,fear\n')
  different.add(folder())
  assert len(different) == 7 and len(runs) == 1 + 3 + 1 + 2 + 2


def test_an_interrupted_run_is_gone_on_with(
  tmp_path, model, shared, monkeypatch
):
  root, data = tmp_path / 'root', tmp_path / 'data'
  looked, track = [], cut.track
  monkeypatch.setattr(
    cut, 'track', lambda *args: looked.append(args) or track(*args)
  )
  for name in ('a.png', 'b.png'):
    pictures.write(root_file(root, name), pictures.read(_jpg(shared)))

  def stop(what, done, total):
    raise KeyboardInterrupt

  with pytest.raises(KeyboardInterrupt):
    prepared(root, size=32, data_dir=data, face_landmarker=model, on_files=stop)
  made = prepared(root, size=32, data_dir=data, face_landmarker=model)
  assert set(_examples(made)) == {'a/a', 'b/b'}
  assert len(looked) == 2  # the first file's face was not looked for again
  assert not (data / 'unfinished').exists() or not os.listdir(
    data / 'unfinished'
  )
  again = prepared(root, tmp_path / 'other', size=32, face_landmarker=model)
  assert report.read(made.data_dir) == report.read(again.data_dir)
  for key, example in _examples(again).items():
    assert example['frames'] == _examples(made)[key]['frames']


def test_a_full_disk_names_the_folder(tmp_path, model, shared, monkeypatch):
  root, data = tmp_path / 'root', tmp_path / 'data'
  pictures.write(root_file(root, 'a.png'), pictures.read(_jpg(shared)))

  def full(self, folder):
    raise OSError(28, 'No space left on device')

  monkeypatch.setattr(report.Report, 'write', full)
  with pytest.raises(UserError, match=r'data: .*No space left'):
    prepared(root, size=32, data_dir=data, face_landmarker=model)


def test_judging_reports_the_same_and_writes_nothing(tmp_path, model, shared):
  root = tmp_path / 'root'
  pictures.write(root_file(root, 'a.png'), pictures.read(_jpg(shared)))
  (root / 'b.mp4').write_bytes(b'')
  config = configured(root, size=32, face_landmarker=model)
  judged = judge(config)
  assert sorted(os.listdir(tmp_path)) == ['root']
  made = prepare(config, tmp_path / 'data')
  assert judged == report.read(made.data_dir)


def test_long_videos_become_several_clips(tmp_path, clip, model):
  root = tmp_path / 'root'
  _save(root_file(root, 'a.mp4'), clip)
  made = prepared(
    root,
    size=32,
    stride=2,
    max_frames=3,
    data_dir=tmp_path / 'data',
    face_landmarker=model,
  )
  examples = _examples(made)
  numbers = {
    key: [int(n) for n in example['frame_numbers']]
    for key, example in examples.items()
  }
  assert numbers == {
    'a/a@0000': [0, 2, 4],
    'a/a@0001': [6, 8, 10],
    'a/a@0002': [12],
  }
  assert all(example['fps'] == 5 for example in examples.values())


def test_frames_are_those_of_their_numbers(tmp_path, clip, model):
  # Frames dropped, strided and windowed must still match their landmarks.
  root = tmp_path / 'root'
  blank = np.full_like(clip[0], 90)
  shots = [blank, *clip[:3], blank, blank, *clip[3:7]]
  marked = [shot.copy() for shot in shots]
  for number, shot in enumerate(marked):
    shot[:, :12] = shot[:, -12:] = 20 * number  # shows its number in a crop
  _save(root_file(root, 'a.mp4'), marked)
  made = prepared(
    root,
    size=64,
    max_frames=4,
    zoom=0.6,
    data_dir=tmp_path / 'data',
    face_landmarker=model,
  )
  seen = 0
  for example in _examples(made).values():
    for number, data in zip(
      example['frame_numbers'], example['frames'], strict=True
    ):
      with Image.open(io.BytesIO(data)) as image:
        edge = np.asarray(image)[20:40, 0].mean()
      assert edge == pytest.approx(20 * int(number), abs=6)
      seen += 1
  assert seen == 7


class _Landmarker:
  """Sees one face where a picture says so; no model needed."""

  def detect(self, picture):
    from facegen_jax.data import faces

    value = int(picture[0, 0, 0])
    if not value:
      return []
    points = np.zeros((68, 2), np.float32)
    box = (0.0, 0.0, float(value), float(value))
    return [faces.Face(None, points, {}, box, float(value**2))]


def _shots(*values):
  return [np.full((64, 64, 3), value, np.uint8) for value in values]


def test_track():
  found = cut.track(_shots(0, 40, 40, 0, 40), _Landmarker())
  assert found.numbers == [1, 2, 4] and found.looked == 5 and found.most == 1
  found = cut.track(_shots(0, 40, 40, 0, 40), _Landmarker(), stride=2)
  assert found.numbers == [2, 4] and found.looked == 3
  with pytest.raises(UserError, match='no face in any of 2 frames'):
    cut.track(_shots(0, 0), _Landmarker())
  with pytest.raises(UserError, match='the face is 10 px, under 24 px'):
    cut.track(_shots(10, 10, 40), _Landmarker())
