"""The README's own commands, as a user types them."""

import json
import shutil
import time

import av
import numpy as np
import pytest
from smoke import ROOT, command, main_words

from facegen_jax import animate, evaluation
from facegen_jax.data import video


@pytest.mark.parametrize(
  'module',
  [
    'main',
    'animate',
    'ballots',
    'compare',
    'data.prepare',
    'encode',
    'evaluate',
    'micro_study',
    'recognise',
    'report.make',
    'studies.analyse',
    'studies.power',
    'transfer_clips',
    'weights.convert',
    'weights.parity',
  ],
)
def test_help(module):
  done = command(module, '--help')
  assert done.returncode in (0, 1)  # absl ends --help with 1
  assert '--' in done.stdout + done.stderr


def test_help_needs_no_compiler():
  code = 'import facegen_jax.main, sys; print("jax" in sys.modules)'
  import subprocess
  import sys

  done = subprocess.run(
    [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True
  )
  assert done.stdout.strip() == 'False', done.stderr


def test_main_trains_and_evaluates(typed, data_dir, tmp_path):
  workdir, done = typed
  assert done.returncode == 0, done.stderr
  assert 'full 20/20' in done.stderr
  shutil.copytree(workdir, tmp_path / 'a')
  words = main_words(tmp_path / 'a', data_dir)
  done = command('main', *words, '--mode=evaluate')
  assert done.returncode == 0, done.stderr
  assert 'face verification' in done.stdout
  path = tmp_path / 'a/evaluation/results.json'
  found = path.read_bytes()
  path.unlink()
  again = command('evaluate', f'--workdir={tmp_path / "a"}')
  assert again.returncode == 0, again.stderr
  assert (again.stdout, path.read_bytes()) == (done.stdout, found)


def test_evaluate_before_training(tmp_path):
  done = command('evaluate', f'--workdir={tmp_path}')
  assert done.returncode == 2
  assert 'no checkpoint' in done.stderr


@pytest.fixture(scope='module')
def results(trained, data_dir, tmp_path_factory):
  from smoke import smoke_config

  workdir = shutil.copytree(trained, tmp_path_factory.mktemp('e') / 'run')
  return workdir / 'evaluation', evaluation.evaluate(
    smoke_config(data_dir), workdir
  )


def test_results_say_who_measured(results):
  folder, found = results
  assert json.loads((folder / 'results.json').read_text()) == found
  assert 'VGG-16 of width 4' in found['face_verification']['extractor']
  assert 'synth_face' in found['expression_similarity']['extractor']
  assert found['pairs'] == 24
  assert found['step'] == 20


def test_truth_figures_of_doing_nothing_are_those_of_the_pictures(results):
  truth = results[1]['truth']
  assert truth['target_unchanged']['ssim'] > truth['result']['ssim']
  assert truth['target_unchanged']['psnr'] > truth['source_unchanged']['psnr']
  assert 0 < truth['changed_share'] < 0.5


def test_evaluation_leaves_a_sheet_and_a_clip(results):
  folder, _ = results
  assert (folder / 'sheet.png').is_file()
  frames = list(video.read(folder / 'clip.mp4'))
  assert len(frames) == 6
  assert all(f.dtype == np.uint8 for f in frames)


@pytest.fixture
def face_model(shared):
  return str(shared / 'data/models/face_landmarker.task')


def with_sound(path, video_path):
  """The clip with a second of a tone."""
  with av.open(str(video_path)) as source, av.open(str(path), 'w') as out:
    stream = source.streams.video[0]
    picture = out.add_stream_from_template(stream)
    sound = out.add_stream('aac', rate=16000, layout='mono')
    for packet in source.demux(stream):
      if packet.dts is not None:
        packet.stream = picture
        out.mux(packet)
    tone = np.sin(np.arange(16384) / 8).astype(np.float32)[None] * 0.3
    for i in range(0, tone.shape[1], 1024):
      frame = av.AudioFrame.from_ndarray(
        tone[:, i : i + 1024], format='fltp', layout='mono'
      )
      frame.sample_rate, frame.pts = 16000, i
      out.mux(sound.encode(frame))
    out.mux(sound.encode(None))
  return path


def test_animate_keeps_length_rate_and_sound(
  trained, shared, face_model, tmp_path
):
  faces = shared / 'data/faces'
  driving = with_sound(tmp_path / 'd.mp4', faces / 'pyfeat_single_face.mp4')
  out = tmp_path / 'out.mp4'
  count = animate.animate(
    trained,
    faces / 'sadtalker_happy1.jpg',
    driving,
    out,
    face_landmarker=face_model,
  )
  was, now = video.probe(driving), video.probe(out)
  assert (count, now.frames) == (was.frames, was.frames)
  assert now.fps == was.fps
  assert abs(now.duration - was.duration) < 0.05
  assert now.has_audio
  assert min(now.width, now.height) >= 256
  assert out.with_suffix('.png').is_file()


def test_animate_from_a_picture_into_the_whole_portrait(
  trained, shared, face_model, tmp_path
):
  faces, out = shared / 'data/faces', tmp_path / 'out.mp4'
  done = command(
    'animate',
    f'--workdir={trained}',
    f'--source={faces / "liveportrait_d9.jpg"}',
    f'--driving={faces / "sadtalker_sad1.jpg"}',
    f'--out={out}',
    f'--face_landmarker={face_model}',
    '--view=paste',
  )
  assert done.returncode == 0, done.stderr
  info = video.probe(out)
  assert (info.width, info.height, info.frames) == (512, 512, 25)


def test_make_help_is_quick_and_names_the_commands():
  import subprocess

  start = time.monotonic()
  done = subprocess.run(
    ['make', 'help'], cwd=ROOT, capture_output=True, text=True
  )
  assert time.monotonic() - start < 30  # a hang, not a speed, is what this sees
  assert 'make demo' in done.stdout
  assert 'make test' in done.stdout
