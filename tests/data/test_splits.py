"""Which clips are taken, and whom training never sees."""

import ml_collections
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data import published_folds, splits
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.megc2021 import MEGC2021_DRIVING


def config(**more):
  defaults = {
    'name': 'mug',
    'camera': '',
    'keep_out': '',
    'split': 'share',
    'held_out': 0.3,
    'seed': 0,
  }
  return ml_collections.ConfigDict(defaults | more)


def named(*names, session=''):
  """A clip of each (subject, clip)."""
  like = vars(clips_of(1, emotions=(0,))[0])
  return Clips(
    Clip(**like | {'subject': s, 'name': n, 'session': session})
    for s, n in names
  )


def test_seven_to_three_of_the_people():
  clips = clips_of(subjects=10)
  train, out = splits.split(clips, config())
  assert (len(train.subjects), len(out.subjects)) == (7, 3)
  assert set(train.subjects) | set(out.subjects) == set(clips.subjects)


def test_a_published_split_tests_on_its_people():
  people = published_folds.mug_52()
  everyone = [p.subject for p in (*people.train, *people.test)]
  clips = named(*((s, 'x') for s in everyone))
  train, out = splits.split(clips, config(split='mug_52'))
  assert out.subjects == tuple(sorted(p.subject for p in people.test))
  assert len(train.subjects) == 42


@pytest.mark.parametrize('number', [1, 2, 3])
def test_folds_of_disfa_hold_out_nine(number):
  fold = published_folds.disfa_folds()[number - 1]
  everyone = [p.subject for p in (*fold.train, *fold.test)]
  clips = named(*((s, 'x') for s in everyone))
  train, out = splits.split(clips, config(split=f'disfa_{number}'))
  assert (len(train.subjects), len(out.subjects)) == (18, 9)
  assert out.subjects == tuple(sorted(p.subject for p in fold.test))


def test_one_subject_is_left_out():
  train, out = splits.split(clips_of(subjects=3), config(split='without:s1'))
  assert out.subjects == ('s1',) and train.subjects == ('s0', 's2')


@pytest.mark.parametrize(
  ('split', 'message'),
  [
    ('halves', r"split='halves': there is share, mug_52"),
    ('without:s9', 'holds out 0 of the 3 people'),
    ('mug_52', 'holds out 0 of the 3 people'),
  ],
)
def test_splits_that_cannot_be(split, message):
  with pytest.raises(UserError, match=message):
    splits.split(clips_of(subjects=3), config(split=split))


def test_one_camera():
  strong = named(('a', 'x'), session='VL Strong')
  both = Clips((*strong, *named(('a', 'y'), session='VL Dark')))
  kept = splits.chosen(both, config(camera='VL Strong'))
  assert [clip.name for clip in kept] == ['x']
  with pytest.raises(UserError, match="has 'VL Dark', 'VL Strong'"):
    splits.chosen(both, config(camera='NI Strong'))


def test_driving_clips_are_kept_out():
  driving = [
    (person.subject, clip)
    for person, clip in MEGC2021_DRIVING
    if person.database == 'casme2'
  ]
  clips = named(*driving, (driving[0][0], 'other'), ('sub02', driving[0][1]))
  chosen = splits.chosen(clips, config(name='casme2', keep_out='megc2021'))
  assert [(c.subject, c.name) for c in chosen] == [
    (driving[0][0], 'other'),
    ('sub02', driving[0][1]),
  ]
  people = config(name='casme2', keep_out='megc2021_people')
  assert [c.subject for c in splits.chosen(clips, people)] == ['sub02']
  assert len(splits.chosen(clips, config(name='casme2'))) == len(clips)
  with pytest.raises(UserError, match="keep_out='megc'"):
    splits.chosen(clips, config(keep_out='megc'))
