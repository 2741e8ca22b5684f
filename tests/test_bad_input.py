"""Every mistake ends in one line: the thing, the place, the cure; code 2."""

import shutil
import sys
import urllib.error

import numpy as np
from PIL import Image
import pytest
from smoke import command, main_words, smoke_config

from facegen_jax import animate, evaluation, runs, train
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.data import encode, landmarker_file, pictures
from facegen_jax.run_settings import changed


def picture(path, side=64, value=90):
  Image.fromarray(np.full((side, side, 3), value, np.uint8)).save(path)
  return path


def movie(path, frames=12, side=64):
  with encode.Writer(path, rate=25, width=side, height=side) as writer:
    for i in range(frames):
      writer.write(np.full((side, side, 3), 10 * i % 256, np.uint8))
  return path


def folder_config(config, root):
  return changed(config, data__name='folder', data__manual_dir=str(root))


# ---- what the command line says -------------------------------------------

FLAGS = {
  'unknown field': ('--config.model.widht=3', r'widht'),
  'wrong type': ('--config.batch_size=many', r'batch_size|many'),
  'unknown variant': (
    '--config=configs/aipgan.py:tiny',
    r'there is paper, cpu',
  ),
  'no config file': ('--config=configs/nobody.py', r'configs/nobody.py'),
  'unknown mode': ('--mode=dance', r'dance'),
  'stray word': ('evaluate', r"'evaluate'"),
  'unknown flag': ('--speed=3', r'speed'),
}


@pytest.mark.parametrize('case', FLAGS)
def test_flags(case, tmp_path):
  word, pattern = FLAGS[case]
  words = main_words(tmp_path, tmp_path)
  if word.startswith('--config='):
    words = words[1:2]
  assert_one_line(command('main', *words, word), pattern)


def assert_one_line(done, pattern):
  import re

  assert done.returncode == 2, done.stderr
  lines = [x for x in done.stderr.splitlines() if x.startswith('facegen_jax:')]
  assert len(lines) == 1, done.stderr
  assert 'Traceback' not in done.stderr
  assert re.search(pattern, lines[0]), lines[0]


def test_user_error_anywhere_is_exit_code_2(tmp_path):
  done = command(
    'main', *main_words(tmp_path, tmp_path), '--config.data.name=nobody'
  )
  assert_one_line(done, r"config\.data\.name='nobody'.*synth_face")


# ---- values of the config --------------------------------------------------

VALUES = {
  'system': ({'system': 'aipgam'}, r"config\.system='aipgam'.*aipgan"),
  'dataset': ({'data__name': 'mgu'}, r"data\.name='mgu'"),
  'form of CEB': ({'model__ceb': 'cubic'}, r"model\.ceb='cubic'.*pairwise"),
  'norm': (
    {'model__norms__decoder': 'layer'},
    r"norms\.decoder='layer'.*group",
  ),
  'pixel target': ({'loss__pixel_target': 'all'}, r"pixel_target='all'"),
  'identity map': ({'loss__identity_map': 'mean'}, r"identity_map='mean'"),
  'size': ({'model__channels': (4, 4)}, r'channels has 2 levels.* 4 to reach'),
  'devices': ({'devices': 64}, r'config\.devices=64'),
  'held out': ({'data__held_out': 0.9}, r'2 to train on'),
  'identities': ({'data__synth_face__identities': 0}, r'identities'),
  'weights': (
    {'features__identity_weights': '/nowhere/vgg.pth'},
    r'/nowhere/vgg\.pth',
  ),
}


@pytest.mark.parametrize('case', VALUES)
def test_config_values(case, config, tmp_path):
  values, pattern = VALUES[case]
  with pytest.raises(UserError, match=pattern):
    train.train(changed(config, **values), tmp_path)


# ---- folders, videos and pictures ------------------------------------------


def test_folder_not_given(config, tmp_path):
  with pytest.raises(UserError, match='manual_dir'):
    train.train(changed(config, data__name='folder'), tmp_path)


def test_folder_missing(config, tmp_path):
  with pytest.raises(UserError, match='nowhere'):
    train.train(folder_config(config, tmp_path / 'nowhere'), tmp_path / 'run')


def test_folder_empty(config, tmp_path):
  (tmp_path / 'mine').mkdir()
  with pytest.raises(UserError, match='mine'):
    train.train(folder_config(config, tmp_path / 'mine'), tmp_path / 'run')


def animated(trained, source, driving, out):
  return animate.animate(trained, source, driving, out)


def test_portrait_missing(trained, tmp_path):
  with pytest.raises(UserError, match=r'face\.jpg'):
    animated(
      trained,
      tmp_path / 'face.jpg',
      movie(tmp_path / 'd.mp4'),
      tmp_path / 'o.mp4',
    )


def test_portrait_of_20_pixels(trained, tmp_path):
  with pytest.raises(UserError, match=r'small\.png.*20'):
    animated(
      trained,
      picture(tmp_path / 'small.png', 20),
      movie(tmp_path / 'd.mp4'),
      tmp_path / 'o.mp4',
    )


def test_nan_pixels(tmp_path):
  path = tmp_path / 'nan.tiff'
  Image.fromarray(np.full((64, 64), np.nan, np.float32)).save(path)
  with pytest.raises(UserError, match=r'nan\.tiff.*(?i:nan|finite)'):
    pictures.read(path)


def test_driving_is_garbage(trained, tmp_path):
  (tmp_path / 'd.mp4').write_bytes(b'no video at all' * 99)
  with pytest.raises(UserError, match=r'd\.mp4'):
    animated(
      trained,
      picture(tmp_path / 'p.png'),
      tmp_path / 'd.mp4',
      tmp_path / 'o.mp4',
    )


def test_driving_is_cut_off(tmp_path):
  from facegen_jax.data import video

  path = movie(tmp_path / 'd.mp4', frames=200)
  whole = path.read_bytes()
  path.write_bytes(whole[: len(whole) // 2])
  with pytest.raises(UserError, match=r'd\.mp4'):
    list(video.frames(path))


def test_no_face(trained, shared, tmp_path):
  model = str(shared / 'data/models/face_landmarker.task')
  with pytest.raises(UserError, match=r'p\.png: no face'):
    animate.animate(
      trained,
      picture(tmp_path / 'p.png'),
      movie(tmp_path / 'd.mp4'),
      tmp_path / 'o.mp4',
      face_landmarker=model,
    )
  assert not (tmp_path / 'o.mp4').exists()


def test_no_model_and_no_network(trained, tmp_path, monkeypatch):
  def offline(*args, **kwargs):
    raise urllib.error.URLError('no network')

  monkeypatch.setattr(landmarker_file.urllib.request, 'urlopen', offline)
  monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
  monkeypatch.delenv('FACEGEN_FACE_LANDMARKER', raising=False)
  with pytest.raises(UserError, match=r'face_landmarker\.task'):
    animated(
      trained,
      picture(tmp_path / 'p.png'),
      movie(tmp_path / 'd.mp4'),
      tmp_path / 'o.mp4',
    )


def test_model_of_another_kind(trained, tmp_path):
  (tmp_path / 'm.task').write_bytes(b'x' * 1000)
  with pytest.raises(UserError, match=r'm\.task'):
    animate.animate(
      trained,
      picture(tmp_path / 'p.png'),
      movie(tmp_path / 'd.mp4'),
      tmp_path / 'o.mp4',
      face_landmarker=str(tmp_path / 'm.task'),
    )


# ---- checkpoints and disks -------------------------------------------------


def test_evaluate_before_training(config, tmp_path):
  with pytest.raises(UserError, match='no checkpoints'):
    evaluation.evaluate(config, tmp_path / 'new')


def test_checkpoint_of_another_config(trained, config, tmp_path):
  run = shutil.copytree(trained, tmp_path / 'run')
  with pytest.raises(
    UserError, match=r'config\.model\.fused_dim=16, now it is 8'
  ):
    train.train(changed(config, model__fused_dim=8), run)


def test_checkpoint_of_other_people(trained, config, tmp_path):
  run = shutil.copytree(trained, tmp_path / 'run')
  fewer = changed(config, data__synth_face__identities=6)
  with pytest.raises(
    UserError, match=r'identity_features/.*fc8/bias is \(6,\) there and \(4,\)'
  ):
    train.train(fewer, run)


def cut(run):
  """Cuts the files of the newest checkpoint short: its step."""
  steps = [int(p.name) for p in (run / 'checkpoints').iterdir()]
  for path in (run / 'checkpoints' / str(max(steps)) / 'state').rglob('*'):
    if path.is_file():
      path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
  return max(steps), sorted(steps)[-2]


def test_checkpoint_cut_off(trained, config, tmp_path, caplog):
  run = shutil.copytree(trained, tmp_path / 'run')
  broken, whole = cut(run)
  _, state, _ = runs.open_generator(run)
  assert state.step == whole
  assert f'checkpoints/{broken} is not used' in caplog.text
  assert train.train(config, run).step == 20


def test_full_disk_while_saving(config, tmp_path, monkeypatch):
  def full(self, *args, **kwargs):
    raise OSError(28, 'No space left on device')

  monkeypatch.setattr(
    sys.modules[Checkpoints.__module__].ocp.CheckpointManager, 'save', full
  )
  with pytest.raises(UserError, match='no space left'):
    train.train(config, tmp_path)


def test_out_folder_missing(trained, shared, tmp_path):
  model = str(shared / 'data/models/face_landmarker.task')
  face = shared / 'data/faces/sadtalker_happy1.jpg'
  with pytest.raises(UserError, match='nowhere'):
    animate.animate(
      trained, face, face, tmp_path / 'nowhere/o.mp4', face_landmarker=model
    )


def test_a_bad_clip_is_skipped_counted_and_listed(shared, data_dir, tmp_path):
  from facegen_jax.data.builders import report
  from facegen_jax.data.builders.folder.prepare import configured, prepare

  root = tmp_path / 'mine'
  root.mkdir()
  for name in ('sadtalker_happy1.jpg', 'liveportrait_d9.jpg'):
    shutil.copy(shared / 'data/faces' / name, root)
  picture(root / 'tiny.png', 20)
  picture(root / 'wall.png', 128)
  (root / 'broken.mp4').write_bytes(b'nothing')
  model = shared / 'data/models/face_landmarker.task'
  config = configured(root, size=16, face_landmarker=model)
  builder = prepare(config, tmp_path / 'data')
  assert builder.info.splits['full'].num_examples == 2
  text = report.read(builder.data_dir).text()
  for name in ('tiny.png', 'wall.png', 'broken.mp4'):
    assert name in text


def test_smoke_config_is_untouched(data_dir):
  assert smoke_config(data_dir).system == 'aipgan'
