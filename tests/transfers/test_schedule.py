"""Frames of all pairs in batches, whichever of them are wanted."""

import dataclasses

import numpy as np
from tiny_recognition import worded

from facegen_jax.data.clips import Clips
from facegen_jax.transfers import pairs as pairs_lib
from facegen_jax.transfers.schedule import Reader, Schedule


def some_pairs(clips=None):
  """Nine pairs of clips of 5, 4 and 3 frames."""
  clips = clips or list(worded(subjects=1, emotions=(0, 3, 5)))
  clips = [
    dataclasses.replace(
      c, frames=c.frames[: 5 - i], landmarks=c.landmarks[: 5 - i]
    )
    for i, c in enumerate(clips)
  ]
  return pairs_lib.every(Clips(clips), 'mug', seed=0, others=False)


def test_every_frame_has_one_place():
  pairs = some_pairs()
  schedule = Schedule(pairs, 7)
  batches = schedule.needed(np.ones(9, bool))
  frames = [f for number in batches for f in schedule.frames(number)]
  wanted = [
    (pair, t)
    for pair, (_, _, driver) in enumerate(pairs.rows.tolist())
    for t in range(len(pairs.clips[driver]))
  ]
  assert frames == wanted
  assert {len(schedule.frames(n)) for n in batches[:-1]} == {7}


def test_some_pairs_need_the_batches_of_their_frames():
  schedule = Schedule(some_pairs(), 7)
  whole = schedule.needed(np.ones(9, bool))
  for k in range(1, 2**9, 37):
    wanted = np.array([bool(k >> i & 1) for i in range(9)])
    holds = [
      n for n in whole if any(wanted[pair] for pair, _ in schedule.frames(n))
    ]
    assert schedule.needed(wanted).tolist() == holds
  assert schedule.needed(np.array([True])).tolist() == [0]
  assert not len(schedule.needed(np.zeros(9, bool)))


def test_batches_hold_portrait_driver_and_its_first_frame():
  pairs = some_pairs()
  schedule = Schedule(pairs, 7)
  reader = Reader(pairs, schedule, size=16, landmarked=True)
  last = schedule.needed(np.ones(9, bool))[-1]
  for number in (0, last):
    frames, given = reader.read(number)
    assert {len(x) for x in given.values()} == {7}
    for row, (pair, t) in enumerate(frames):
      source, _, driver = pairs.rows[pair]
      places = {
        'source': (source, 0),
        'driving': (driver, t),
        'first': (driver, 0),
      }
      for name, (i, at) in places.items():
        clip = pairs.clips[i]
        np.testing.assert_array_equal(given[name][row], clip.picture(at))
        np.testing.assert_array_equal(
          given[f'{name}_landmarks'][row], clip.landmarks[at]
        )
  plain = Reader(pairs, schedule, size=16, landmarked=False)
  assert set(plain.read(0).given) == {'source', 'driving', 'first'}


def test_what_does_not_decode_spoils_its_pairs_alone():
  pairs = some_pairs()
  i = next(k for k, c in enumerate(pairs.clips) if len(c) == 4)
  clips = list(pairs.clips)
  frames = [*clips[i].frames]
  frames[2] = b'no picture'
  clips[i] = dataclasses.replace(clips[i], frames=tuple(frames))
  pairs = pairs._replace(clips=Clips(clips))
  schedule = Schedule(pairs, 7)
  reader = Reader(pairs, schedule, size=16, landmarked=False)
  for number in schedule.needed(np.ones(9, bool)):
    reader.read(number)
  spoilt = {n for n in range(9) if reader.damage(n)}
  # As a portrait it is only its first frame.
  assert spoilt == set(np.flatnonzero(pairs.rows[:, 2] == i).tolist())
  (pair, *_) = spoilt
  assert list(reader.damage(pair)) == [i]
  assert 'frame 2' in reader.damage(pair)[i]


def test_pictures_of_another_size_are_told():
  pairs = some_pairs()
  reader = Reader(pairs, Schedule(pairs, 7), size=32, landmarked=False)
  assert reader.read(0).given['source'].shape == (7, 32, 32, 3)
  assert '16x16 px' in next(iter(reader.damage(0).values()))
