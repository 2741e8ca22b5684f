"""A folder of generated clips: reading, leaks, what is amiss."""

import json

import numpy as np
import pytest
from tiny_generated import blocks, row, write
from tiny_recognition import recogniser

from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets, generated
from facegen_jax.data.folds import Person

WORDS = ['anger', 'happiness', 'surprise']


def read(folder, size=16):
  return generated.read(folder, dataset='casme2', size=size)


def test_clips_are_the_videos_resized(tmp_path):
  ramp = np.arange(0, 160, 20, dtype=np.uint8)[:, None, None, None]
  video = np.broadcast_to(ramp + 40, (8, 32, 32, 3)).copy()
  write(tmp_path, [video], [row(0, 'fear', 'sub02', 'sub01')], ['sub03'])
  (clip,) = read(tmp_path, size=20).clips
  assert (clip.subject, clip.emotion, len(clip)) == ('sub02', 'fear', 8)
  assert clip.generated
  assert str(clip.extra['source_subject']) == 'sub01'
  for i in range(8):
    assert clip.picture(i).shape == (20, 20, 3)
    assert np.abs(clip.picture(i).mean() - video[i].mean()) < 3


def test_everybody_who_has_a_part_is_known(tmp_path):
  video = np.zeros((2, 16, 16, 3), np.uint8)
  rows = [row(0, 'fear', 'a', 'b'), row(1, 'fear', 'samm/011', 'samm/011')]
  made = read(write(tmp_path, [video] * 2, rows, ['c', 'mug/003']))
  assert made.people == {
    Person('casme2', 'a'): 'driver',
    Person('casme2', 'b'): 'source',
    Person('casme2', 'c'): 'trained on',
    Person('samm', '011'): 'source',
    Person('mug', '003'): 'trained on',
  }
  assert made.described['clips'] == 2
  assert made.described['driven_by_the_same_person'] == 0.5
  assert made.described['generator']['system'] == 'rendered truth'


LEAKS = {'a': 'driver', 'b': 'source', 'c': 'trained on'}


@pytest.mark.parametrize('person', LEAKS)
def test_a_tested_person_with_a_part_is_named(tmp_path, person):
  video = np.zeros((2, 16, 16, 3), np.uint8)
  made = read(write(tmp_path, [video], [row(0, 'fear', 'a', 'b')], ['c']))
  pattern = rf'{tmp_path}.* {person} \({LEAKS[person]}\)\. Train the generator'
  with pytest.raises(UserError, match=pattern):
    generated.refuse_leak(made, ['x', person], 'casme2')
  generated.refuse_leak(made, ['x', 'y'], 'casme2')
  # A person of another dataset only shares the name.
  generated.refuse_leak(made, ['x', person], 'samm')


def test_loading_refuses_the_leak(tmp_path, data_dir):
  config = recogniser(data_dir)
  plain = datasets.load(config.data)
  tested = plain.held_out.subjects[0]
  good = blocks(tmp_path / 'good', plain.train.subjects, WORDS)
  config = recogniser(data_dir, data__generated=str(good))
  found = datasets.load(config.data)
  assert [c.generated for c in found.train] == (
    [False] * len(plain.train) + [True] * 3
  )
  assert len(found.held_out) == len(plain.held_out)
  assert found.described['generated']['clips'] == 3
  bad = blocks(
    tmp_path / 'bad', plain.train.subjects, WORDS, trained_on=[tested]
  )
  config = recogniser(data_dir, data__generated=str(bad))
  with pytest.raises(UserError, match=rf'bad: .*{tested} \(trained on\)'):
    datasets.load(config.data)


def without(name):
  return lambda folder: (folder / name).unlink()


def table(text):
  return lambda folder: (folder / 'labels.csv').write_text(text)


def about(value):
  return lambda folder: (folder / 'generator.json').write_text(value)


HEAD = 'file,emotion,subject,source_subject\n'
AMISS = {
  'no table': (without('labels.csv'), r'labels\.csv cannot be read.*file,emo'),
  'other columns': (table('file,emotion\n'), 'first line must be file,emotion'),
  'no row': (table(HEAD), 'has no row'),
  'empty cell': (table(HEAD + '00000.mp4,fear,,b\n'), 'line 2: give'),
  'too many cells': (table(HEAD + '00000.mp4,fear,a,b,c\n'), 'line 2: give'),
  'a file twice': (table(HEAD + '00000.mp4,fear,a,b\n' * 2), 'line 3: .* once'),
  'no video': (table(HEAD + 'x.mp4,fear,a,b\n'), r'x\.mp4: no such video'),
  'no generator': (
    without('generator.json'),
    r'generator\.json cannot be read',
  ),
  'no JSON': (about('{'), r'generator\.json cannot be read'),
  'nobody named': (about('{"system": "x"}'), 'names nobody'),
  'one name': (about('{"trained_on": "sub01"}'), 'names nobody'),
  'a number': (about('{"trained_on": [1]}'), 'names nobody'),
}


@pytest.mark.parametrize('case', AMISS)
def test_what_is_amiss_is_named(tmp_path, case):
  harm, pattern = AMISS[case]
  folder = blocks(tmp_path / 'made', ['a'], WORDS)
  harm(folder)
  with pytest.raises(UserError, match=pattern):
    read(folder)


def test_a_broken_video_is_named_when_it_is_wanted(tmp_path):
  folder = blocks(tmp_path / 'made', ['a'], WORDS)
  (folder / '00001.mp4').write_bytes(b'no video')
  clips = read(folder).clips
  assert clips[0].picture(0).shape == (16, 16, 3)
  with pytest.raises(UserError, match=r'00001\.mp4'):
    clips[1].picture(0)


def test_a_generator_that_saw_nobody_may_say_so(tmp_path):
  folder = blocks(tmp_path / 'made', ['a'], WORDS)
  assert json.loads((folder / 'generator.json').read_text())['trained_on'] == []
  assert set(read(folder).people) == {Person('casme2', 'a')}
