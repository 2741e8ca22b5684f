"""What a recogniser is trained on: frames, classes, generated clips once."""

import dataclasses
import logging

import numpy as np
import pytest
from tiny_generated import blocks
from tiny_recognition import recogniser, worded

from facegen_jax.core.errors import UserError
from facegen_jax.data import generated, pipeline
from facegen_jax.data.clips import Clips
from facegen_jax.systems.recognition import examples
from facegen_jax.systems.recognition.examples import Examples


def test_frames_are_uniform_from_the_first_to_the_last():
  assert examples.indices(15, 8).tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
  assert examples.indices(20, 8).tolist() == [0, 2, 5, 8, 10, 13, 16, 19]
  assert examples.indices(3, 8).tolist() == [0, 0, 0, 0, 1, 1, 1, 2]
  assert examples.indices(1, 8).tolist() == [0] * 8


@pytest.mark.parametrize('size', [8, 16, 24])
def test_frames_are_resized_rgb(size):
  clip = worded()[2]
  found = examples.frames(clip, 8, size, gray=False)
  assert found.shape == (8, size, size, 3)
  assert found.dtype == np.uint8
  first, last = clip.picture(0), clip.picture(len(clip) - 1)
  if size == 16:
    np.testing.assert_array_equal(found[0], first)
    np.testing.assert_array_equal(found[-1], last)
  means = [x.mean((0, 1)) for x in (found[0], first)]
  np.testing.assert_allclose(*means, atol=4)


def test_gray_is_luma_in_three_channels():
  clip = worded()[0]
  found = examples.frames(clip, 1, 16, gray=True)[0]
  luma = clip.picture(0) @ [0.299, 0.587, 0.114]
  for channel in range(3):
    np.testing.assert_allclose(found[..., channel], luma, atol=1)


def test_clips_without_a_class_are_left_out_and_counted(caplog):
  clips = list(worded(subjects=1))
  clips[0] = dataclasses.replace(clips[0], emotion='')
  clips[1] = dataclasses.replace(clips[1], emotion='bored')
  with caplog.at_level(logging.INFO):
    found = examples.labelled(clips, 'folder')
  assert found.labels.tolist() == [1, 2]
  assert [c.name for c in found.clips] == ['e3', 'e5']
  assert found.counts() == {'negative': 0, 'positive': 1, 'surprise': 1}
  assert 'left out without a class' in caplog.text
  assert "1 'bored'" in caplog.text


def test_classes_go_by_the_dataset():
  clips = worded(subjects=1)  # anger, disgust, happiness, surprise
  of = {d: examples.labelled(clips, d).labels.tolist() for d in ('samm', 'mug')}
  assert of == {'samm': [0, 0, 1, 2], 'mug': [0, 0, 1, 2]}
  assert examples.labelled(clips, 'casme2').labels.tolist() == [0, 1, 2]
  assert examples.labelled(clips, 'smic').labels.tolist() == [2]


def with_generated(tmp_path, clips, count):
  words = [('anger', 'happiness', 'surprise')[i % 3] for i in range(count)]
  folder = blocks(tmp_path / 'made', clips.subjects, words)
  made = generated.read(folder, dataset='synth_face', size=16)
  return Clips((*clips, *made.clips))


def drawn(config, data, batches, position=None):
  """Labels and generated pixels of batches, and the position after each."""
  made = pipeline.batches(
    lambda i, rng: data.example(i) | {'i': np.int64(i)},
    len(data),
    batch_size=config.batch_size,
    seed=config.seed,
  )
  if position is not None:
    made.set_state(position)
  return [(next(made), made.get_state()) for _ in range(batches)]


@pytest.fixture
def both(tmp_path):
  """A run of 8 steps of 3 over 12 real clips and 24 generated ones."""
  config = recogniser(batch_size=3, stages__steps=8)
  data = Examples(config, with_generated(tmp_path, worded(), 24))
  return config, data


def test_a_run_uses_each_generated_clip_once_and_real_ones_alike(both):
  config, data = both
  rows = [batch for batch, _ in drawn(config, data, data.steps)]
  colours = np.concatenate([b['generated'][:, 0, 0, 0] for b in rows])
  assert len(np.unique(colours, axis=0)) == len(colours) == 24
  real = np.concatenate([b['clip'] for b in rows]).reshape(24, -1)
  _, times = np.unique(real, axis=0, return_counts=True)
  assert times.tolist() == [2] * 12


def test_order_of_generated_clips_is_the_seeds(both, tmp_path):
  config, data = both
  clips = with_generated(tmp_path / 'again', worded(), 24)
  same = Examples(config, clips)
  other = Examples(recogniser(batch_size=3, stages__steps=8, seed=1), clips)
  picked = [
    [int(x.example(i)['generated'][0, 0, 0, 0]) for i in range(24)]
    for x in (data, same, other)
  ]
  assert picked[0] == picked[1] != picked[2]


def test_a_resumed_run_meets_the_same_clips(both):
  config, data = both
  unbroken = drawn(config, data, 8)
  resumed = drawn(config, data, 4, position=unbroken[3][1])
  for (a, _), (b, _) in zip(unbroken[4:], resumed, strict=True):
    for name in a:
      np.testing.assert_array_equal(a[name], b[name])


def test_steps_come_from_passes_unless_given():
  clips = worded()  # 12
  epochs = recogniser(stages__steps=0, stages__epochs=5, batch_size=8)
  assert Examples(epochs, clips).steps == 8  # 60 / 8 = 7.5
  given = recogniser(stages__steps=5, stages__epochs=9, batch_size=8)
  assert Examples(given, clips).steps == 5


def test_shuffled_labels_are_the_same_in_other_places():
  clips = worded(subjects=20)
  plain, mixed, again, other = (
    Examples(recogniser(data__shuffle_labels=s, seed=seed), clips).real.labels
    for s, seed in ((False, 0), (True, 0), (True, 0), (True, 1))
  )
  assert sorted(plain) == sorted(mixed)
  assert (plain != mixed).mean() > 0.4
  assert mixed.tolist() == again.tolist() != other.tolist()


def test_shuffling_takes_the_generated_clips_too(tmp_path):
  clips = with_generated(tmp_path, worded(), 24)
  config = recogniser(data__shuffle_labels=True)
  labels = Examples(config, clips).generated.labels.tolist()
  assert labels != [0, 1, 2] * 8
  assert sorted(labels) == sorted([0, 1, 2] * 8)


def test_a_class_that_is_missing_is_named():
  with pytest.raises(UserError, match='show no surprise'):
    Examples(recogniser(), worded(emotions=(0, 3)))


def test_a_run_of_no_length_is_refused():
  with pytest.raises(UserError, match=r'stages\.epochs'):
    Examples(recogniser(stages__steps=0, stages__epochs=0), worded())
