"""The detector on real faces, and all that can be wrong with its model."""

import hashlib
import io
import sys
import urllib.error

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, landmarker_file, pictures, video


@pytest.fixture(scope='module')
def model(shared):
  return shared / 'data' / 'models' / 'face_landmarker.task'


@pytest.fixture(scope='module')
def landmarker(model):
  with faces.Landmarker(model) as made:
    yield made


@pytest.fixture
def no_model(monkeypatch, tmp_path):
  """A user without a model: no variable, an empty cache."""
  monkeypatch.delenv(landmarker_file.VARIABLE, raising=False)
  monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
  return tmp_path / 'cache' / 'facegen_jax' / 'face_landmarker.task'


def _portrait(shared, name='sadtalker_happy1.jpg'):
  return pictures.read(shared / 'data' / 'faces' / name)


def test_a_face_has_its_parts_in_place(landmarker, shared):
  (face,) = landmarker.detect(_portrait(shared))
  assert face.points478.shape == (478, 2)
  points = face.landmarks68
  assert points.shape == (68, 2) and points.dtype == np.float32
  left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
  mouth, chin = points[48:60].mean(axis=0), points[8]
  assert left[0] < right[0]  # the picture's left
  assert max(left[1], right[1]) < mouth[1] < chin[1]
  assert points[0, 0] < left[0] and right[0] < points[16, 0]
  assert len(face.blendshapes) == 52
  assert face.blendshapes['mouthSmileLeft'] > 0.8
  x0, y0, x1, y1 = face.box
  assert face.area == pytest.approx((x1 - x0) * (y1 - y0))


# Landmark i of a mirrored face is landmark _MIRRORED[i] of the face.
_MIRRORED = (
  *range(16, -1, -1),
  *range(26, 16, -1),
  *(27, 28, 29, 30, 35, 34, 33, 32, 31),
  *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
  *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
  *(64, 63, 62, 61, 60, 67, 66, 65),
)


def test_pixel_centres_are_integers(landmarker, shared):
  # A mirror takes x to width - 1 - x; were edges counted, to width - x.
  sums = []
  for path in sorted((shared / 'data' / 'faces').glob('*.jpg')):
    picture = pictures.read(path)
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    one = landmarker.detect(picture)[0].landmarks68
    two = landmarker.detect(mirrored)[0].landmarks68[list(_MIRRORED)]
    sums.append((one[:, 0] + two[:, 0]).mean() - (picture.shape[1] - 1))
  assert len(sums) > 4
  assert abs(np.mean(sums)) < 0.3


def test_no_face(landmarker):
  assert landmarker.detect(np.full((128, 128, 3), 90, np.uint8)) == []
  assert faces.largest([]) is None


def test_two_faces_largest_first(landmarker, shared):
  large = _portrait(shared, 'pyfeat_single_face.jpg')
  small = _portrait(shared, 'sadtalker_sad1.jpg')
  both = np.full((large.shape[0], large.shape[1] + 230, 3), 128, np.uint8)
  both[:, : large.shape[1]] = large
  both[: small.shape[0], -small.shape[1] :] = small
  found = landmarker.detect(both)
  assert len(found) == 2
  assert found[0].area > found[1].area
  assert faces.largest(found) is found[0]
  assert found[0].box[0] < large.shape[1] < found[1].box[0]


def _at(x, side=50.0):
  return faces.Face(
    np.zeros((478, 2)), np.zeros((68, 2)), {}, (x, 0, x + side, side), side**2
  )


def test_same_follows_one_person():
  small, large = _at(0, 50), _at(200, 80)
  assert faces.same([small, large], None) is large
  assert faces.same([small, large], _at(10)) is small
  assert faces.same([large], small) is None
  assert faces.same([], small) is None


def test_68_points_are_means_of_mesh_points():
  mesh = np.random.default_rng(0).normal(size=(3, 478, 2))
  points = faces.to_68(mesh)
  assert points.shape == (3, 68, 2)
  np.testing.assert_allclose(points[:, 8], mesh[:, 152])
  np.testing.assert_allclose(points[:, 36], mesh[:, 33])
  np.testing.assert_allclose(points[:, 3], (mesh[:, 132] + mesh[:, 58]) / 2)


def test_wrong_pictures_are_refused(landmarker):
  for bad in (np.zeros((64, 64, 3)), np.zeros((64, 64), np.uint8)):
    with pytest.raises(ValueError, match='wants h w 3 uint8'):
      landmarker.detect(bad)


def test_every_frame_of_a_clip_has_its_face(landmarker, shared):
  clip = shared / 'data' / 'faces' / 'pyfeat_single_face.mp4'
  shots = list(video.read(clip))[::6]
  assert [len(landmarker.detect(shot)) for shot in shots] == [1] * len(shots)


def test_loading_is_quiet(model, capfd):
  with faces.Landmarker(model) as made:
    made.detect(np.zeros((64, 64, 3), np.uint8))
  assert capfd.readouterr().err == ''


def test_the_model_is_looked_for_in_order(no_model, monkeypatch, tmp_path):
  content = b'model'
  monkeypatch.setattr(
    landmarker_file, 'SHA256', hashlib.sha256(content).hexdigest()
  )
  no_model.parent.mkdir(parents=True)
  no_model.write_bytes(content)
  assert landmarker_file.find() == no_model
  named, given = tmp_path / 'named', tmp_path / 'given'
  named.write_bytes(b'1')
  given.write_bytes(b'2')
  monkeypatch.setenv(landmarker_file.VARIABLE, str(named))
  assert landmarker_file.find() == named
  assert landmarker_file.find(given) == given
  with pytest.raises(UserError, match=r'nowhere: no such file .*download'):
    landmarker_file.find(tmp_path / 'nowhere')
  monkeypatch.setenv(landmarker_file.VARIABLE, str(tmp_path / 'gone'))
  with pytest.raises(UserError, match=landmarker_file.VARIABLE):
    landmarker_file.find()


def _answer(monkeypatch, content):
  calls = []

  def urlopen(url, timeout):
    calls.append((url, timeout))
    return io.BytesIO(content)

  monkeypatch.setattr(landmarker_file.urllib.request, 'urlopen', urlopen)
  return calls


def test_the_model_is_downloaded_once(no_model, monkeypatch):
  content = b'the model'
  monkeypatch.setattr(
    landmarker_file, 'SHA256', hashlib.sha256(content).hexdigest()
  )
  calls = _answer(monkeypatch, content)
  assert landmarker_file.find() == no_model
  assert landmarker_file.find() == no_model
  assert len(calls) == 1 and calls[0][0] == landmarker_file.URL
  assert no_model.read_bytes() == content
  no_model.write_bytes(content[:4])  # damaged since
  landmarker_file.find()
  assert len(calls) == 2 and no_model.read_bytes() == content
  assert list(no_model.parent.iterdir()) == [no_model]


def test_a_wrong_download_is_not_kept(no_model, monkeypatch):
  _answer(monkeypatch, b'a placeholder')
  with pytest.raises(UserError, match=r'13 bytes, wrong SHA-256') as error:
    landmarker_file.find()
  assert str(no_model) in str(error.value)
  assert not no_model.exists()


def test_offline_says_where_to_put_the_model(no_model, monkeypatch):
  def urlopen(url, timeout):
    raise urllib.error.URLError('Name or service not known')

  monkeypatch.setattr(landmarker_file.urllib.request, 'urlopen', urlopen)
  with pytest.raises(UserError) as error:
    faces.Landmarker()
  text = str(error.value)
  for part in (
    str(no_model),
    landmarker_file.URL,
    landmarker_file.VARIABLE,
    '--face_landmarker',
    'Name or service not known',
  ):
    assert part in text
  assert '\n' not in text


def test_a_file_that_is_no_model_is_named(tmp_path):
  (tmp_path / 'a.task').write_bytes(b'version https://git-lfs')
  with pytest.raises(UserError, match=r'a\.task: not a FaceLandmarker model'):
    faces.Landmarker(tmp_path / 'a.task')


def test_a_missing_system_library_is_named(tmp_path, monkeypatch):
  (tmp_path / 'a.task').write_bytes(b'')
  missing = OSError('libEGL.so.1: cannot open shared object file')

  class Broken:
    def create_from_options(self, options):
      raise missing

  from mediapipe.tasks.python import vision

  monkeypatch.setattr(vision, 'FaceLandmarker', Broken())
  with pytest.raises(UserError, match=r'libEGL\.so\.1.*libegl1 libgles2'):
    faces.Landmarker(tmp_path / 'a.task')


def test_mediapipe_loads_only_when_it_is_needed():
  # `--help` and readers of prepared data must not pay for it.
  import subprocess

  code = (
    'import sys; from facegen_jax.data import faces; '
    'sys.exit("mediapipe" in sys.modules)'
  )
  assert subprocess.run([sys.executable, '-c', code]).returncode == 0
