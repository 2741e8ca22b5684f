"""Which portraits are moved by which clips."""

import dataclasses

import numpy as np
import pytest
from tiny_clips import clips_of
from tiny_recognition import worded

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.data.megc2021 import MEGC2021_DRIVING
from facegen_jax.data.three_classes import class_of
from facegen_jax.transfers import pairs as pairs_lib


def every(clips, seed=0, others=False):
  return pairs_lib.every(clips, 'mug', seed=seed, others=others)


def test_n_squared_pairs_of_first_frames_once_each():
  found = every(worded(subjects=3))
  assert len(found.rows) == 144
  assert len({tuple(row) for row in found.rows.tolist()}) == 144
  assert not found.rows[:, 1].any()
  assert found.own_clip() == 1 / 12
  assert found.own_person() == pytest.approx(1 / 3)
  assert found.name(0) == 'mug/s0/e0'


def test_the_order_is_the_seed_s():
  clips = worded(subjects=3)
  a, b, c = (every(clips, seed).rows for seed in (0, 0, 1))
  np.testing.assert_array_equal(a, b)
  assert (a != c).any()
  # A prefix is a sample of all portraits and drivers, not the first ones.
  assert len(set(a[:24, 0].tolist())) > 6
  assert len(set(a[:24, 2].tolist())) > 6


def test_cross_is_all_without_pairs_of_one_person():
  found = every(worded(subjects=3), others=True)
  assert len(found.rows) == 96
  assert found.own_person() == 0
  with pytest.raises(UserError, match='needs 2 people'):
    every(worded(subjects=1), others=True)


def test_a_clip_of_one_frame_is_a_portrait_and_drives_nothing():
  clips = list(worded(subjects=2))
  clips[1] = dataclasses.replace(clips[1], frames=clips[1].frames[:1])
  found = every(Clips(clips))
  assert len(found.rows) == 8 * 7
  assert 1 not in found.rows[:, 2]
  assert 1 in found.rows[:, 0]
  assert found.still == ('mug/s0/e1',)


def test_clips_without_a_class_have_no_part():
  clips = list(worded(subjects=2))
  clips[0] = dataclasses.replace(clips[0], emotion='neutral')
  assert len(every(Clips(clips)).rows) == 49
  with pytest.raises(UserError, match='none of the 4 training clips of mug'):
    every(clips_of(2))  # which have no words


def test_the_analogue_of_megc2021_is_of_nine_people_and_two_faces():
  clips = worded(subjects=11)
  found = pairs_lib.like_megc2021(clips, 'mug', seed=3)
  assert len(found.rows) == 18
  drivers = [clips[i] for i in dict.fromkeys(found.rows[:, 2].tolist())]
  assert [class_of('mug', c.emotion) for c in drivers] == [0, 0, 0] + [
    1
  ] * 3 + [2] * 3
  faces = {(s, t) for s, t, _ in found.rows.tolist()}
  assert len(faces) == 2
  assert all(clips[s].neutral() == t for s, t in faces)
  people = {c.subject for c in drivers} | {clips[s].subject for s, _ in faces}
  assert len(people) == 11
  again = pairs_lib.like_megc2021(clips, 'mug', seed=3)
  np.testing.assert_array_equal(found.rows, again.rows)


def test_five_people_suffice_and_four_do_not():
  found = pairs_lib.like_megc2021(worded(subjects=5), 'mug', seed=0)
  assert len(set(found.rows[:, 2].tolist())) == 9
  assert found.own_person() == 0
  with pytest.raises(
    UserError, match=r'4 held-out people of mug 2 remain.*neg'
  ):
    pairs_lib.like_megc2021(worded(subjects=4), 'mug', seed=0)


def published(*datasets, without=()):
  """Tiny clips with the names of the drivers, and others."""
  like = clips_of(1, emotions=(0,))[0]
  words = ('disgust', 'happiness', 'surprise')
  out = {name: [] for name in datasets}
  for i, (person, clip) in enumerate(MEGC2021_DRIVING):
    if person.database in out and clip not in without:
      one = dataclasses.replace(
        like, subject=person.subject, name=clip, emotion=words[i % 3]
      )
      other = dataclasses.replace(one, name='another')
      out[person.database] += [other, one]
  return {name: Clips(clips) for name, clips in out.items()}


def templates():
  face = clips_of(2, emotions=(0,), frames=1)
  return Clips(
    dataclasses.replace(c, name=n, subject=n)
    for c, n in zip(face, ('man', 'woman'), strict=True)
  )


def test_nine_published_drivers_on_two_faces():
  found = pairs_lib.megc2021(published('casme2', 'samm', 'smic'), templates())
  assert len(found.rows) == 18
  drivers = dict.fromkeys(found.rows[:, 2].tolist())
  assert [found.name(i) for i in drivers] == [
    '/'.join((*person, clip)) for person, clip in MEGC2021_DRIVING
  ]
  faces = dict.fromkeys(found.rows[:, 0].tolist())
  assert [found.person(i) for i in faces] == ['template/man', 'template/woman']


def test_a_dataset_alone_has_three_drivers():
  found = pairs_lib.megc2021(published('samm'), templates())
  assert len(found.rows) == 6


def test_a_driver_that_lacks_is_named():
  given = published('samm', without=('018_3_1',))
  with pytest.raises(UserError, match='samm lacks the driving clip 018_3_1'):
    pairs_lib.megc2021(given, templates())
  with pytest.raises(UserError, match=r'clips of casme2, samm, smic.*of mug'):
    pairs_lib.megc2021({'mug': Clips([])}, templates())
