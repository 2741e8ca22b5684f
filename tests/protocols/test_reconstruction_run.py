"""The reconstruction experiment of a run, with generators that are known."""

import types

import numpy as np
from PIL import Image
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data import to_apex
from facegen_jax.data.clips import Clips
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.protocols import reconstruction_run
from facegen_jax.protocols.judge import Judge, named, recognised

FRAMES = 6


def config_of(batch_size=4):
  return types.SimpleNamespace(
    data=types.SimpleNamespace(clip_frames=FRAMES, until='apex'),
    evaluate=types.SimpleNamespace(batch_size=batch_size, rows=2, seed=0),
  )


def perfect(clips):
  """Knows every real clip by its neutral picture and label."""
  real = {}
  for clip in clips:
    video = to_apex.to_apex(clip, FRAMES)
    real[video[0].tobytes(), clip.emotion_id] = video

  def generate(picture, label):
    pictures = np.uint8(np.rint((picture + 1) * 127.5))
    videos = [
      real.get((p.tobytes(), int(e)), np.stack([p] * FRAMES))
      for p, e in zip(pictures, label, strict=True)
    ]
    return np.float32(videos) / 127.5 - 1

  return generate


def red_of(pictures):
  """Emotion 3 or 5 by how far the lower third's red has come, of this data."""
  red = np.float32(pictures[:, -2:, :, 0]).mean((1, 2))
  rows = np.full((len(pictures), 6), 0.01, np.float32)
  rows[:, 3] = np.abs(red - 200) < 80
  rows[:, 5] = red < 120
  return rows


def evaluated(tmp_path, generate, judge=Judge, **how):
  return reconstruction_run.evaluate(
    config_of(**how), clips_of(), generate, tmp_path, judge=judge
  )


def test_the_truth_itself_gets_the_cap(tmp_path):
  clips = clips_of()
  found = evaluated(tmp_path, perfect(clips))
  made, still = (
    found['methods'][k]
    for k in (reconstruction_run.MADE, reconstruction_run.STILL)
  )
  assert made['clips'] == still['clips'] == len(clips)
  assert made['psnr'] == made['moving_psnr'] == pytest.approx(100)
  assert 5 < still['moving_psnr'] < still['psnr'] < 40
  assert found['by_emotion'].keys() == {'happiness', 'surprise'}
  assert 'acd' not in made and 'expression' not in found
  assert len(found['worst']) == 6
  names = ['sheet.png', 'expressions.png', 'clip.mp4', 'worst_1.png']
  assert all((tmp_path / name).is_file() for name in names)
  # Six expressions in rows, eight moments in columns, gaps of 2.
  with Image.open(tmp_path / 'expressions.png') as picture:
    assert picture.size == (142, 106)


@pytest.mark.parametrize('batch_size', [1, 4, 64])
def test_batches_do_not_matter(tmp_path, batch_size):
  found = evaluated(tmp_path, perfect(clips_of()), batch_size=batch_size)
  assert found['methods'][reconstruction_run.MADE]['psnr'] == 100


def test_a_judge_names_people_and_expressions(tmp_path):
  judge = Judge(
    Extractor(
      'mean colour', 'free', False, lambda x: np.float32(x).mean((1, 2)) / 255
    ),
    Extractor('red', 'free', False, red_of),
  )
  found = evaluated(tmp_path, perfect(clips_of()), lambda: judge)
  made, still = (found['methods'][k] for k in ('generated', 'real'))
  assert made['acd_i'] == pytest.approx(still['acd_i'])
  e = found['expression']
  assert e['generated'] == e['real']
  assert (e['extractor'], e['generated']['clips']) == ('red', 6)
  text = reconstruction_run.table(found | {'step': 3, 'data': {'name': 'tiny'}})
  assert 'expression recognised' in text and 'moving PSNR' in text


def test_named_looks_at_the_end_of_a_clip():
  clip = np.zeros((8, 4, 4, 3), np.uint8)
  clip[6:] = 200

  def embed(pictures):
    rows = np.full((len(pictures), 6), 0.1, np.float32)
    rows[np.arange(len(pictures)), (pictures[:, 0, 0, 0] // 100)] = 0.5
    return rows

  assert named(Extractor('x', 'free', False, embed), clip) == 2


def test_recognised_counts_by_class():
  found = recognised([3, 3, 5, 0], [3, 3, 3, 0])
  assert found['accuracy'] == 0.75
  assert found['recall']['happiness'] == pytest.approx(2 / 3)
  assert found['confusion'][3][5] == 1


def test_nobody_held_out(tmp_path):
  with pytest.raises(UserError, match='held_out'):
    reconstruction_run.evaluate(
      config_of(), Clips(()), None, tmp_path, judge=Judge
    )
