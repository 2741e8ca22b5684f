import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data import clips as clips_lib
from facegen_jax.data import folds
from facegen_jax.data.folds import Fold, Person


def persons(count, database='mug'):
  return [Person(database, f'{i:03d}') for i in range(count)]


def keys(count, clips=3):
  """Clips in turn, so that a cut anywhere would part a person's clips."""
  return [(p, f'take{c}') for c in range(clips) for p in persons(count)]


def test_fold_names_the_people_on_both_sides():
  a, b, c = persons(3)
  Fold((a, b), (c,))
  with pytest.raises(ValueError, match=r'mug/000, mug/002$'):
    Fold((a, b, c), (c, a))
  with pytest.raises(ValueError, match=r'mug/001$'):
    Fold(((a, 'x'), (b, 'x')), ((b, 'y'), (c, 'x')))


def test_same_number_in_two_databases_is_two_people():
  fold = Fold((Person('casme2', '01'),), (Person('smic', '01'),))
  assert len(folds.people(fold.train + fold.test)) == 2


def test_key_without_a_person_is_refused():
  with pytest.raises(TypeError, match='neither a Person'):
    folds.people([('mug', '001')])


@pytest.mark.parametrize(
  ('share', 'count', 'out'),
  [(0.2, 10, 2), (0.1, 10, 1), (0.3, 10, 3), (0.1, 2, 1), (0.2, 52, 10)],
)
def test_split_holds_out_the_share_and_at_least_one(share, count, out):
  fold = folds.split(persons(count), share, 0)
  assert len(fold.test) == out
  assert sorted(fold.train + fold.test) == persons(count)


def test_split_of_clips_keeps_a_persons_clips_together():
  all_keys = keys(10)
  fold = folds.split(all_keys, 0.3, 1)
  assert len(folds.people(fold.test)) == 3
  assert len(fold.test) == 9
  assert not set(folds.people(fold.train)) & set(folds.people(fold.test))
  for side in (fold.train, fold.test):
    assert list(side) == [key for key in all_keys if key in side]
  alone = folds.split(persons(10), 0.3, 1)
  assert set(folds.people(fold.test)) == set(alone.test)


def test_split_by_seed_whatever_the_order():
  a, b = (folds.split(p, 0.3, 0) for p in (persons(10), persons(10)[::-1]))
  assert set(a.test) == set(b.test)
  # A published result names its seed: it must mean the same people for ever.
  assert [p.subject for p in a.test] == ['002', '004', '006']
  others = [folds.split(persons(10), 0.3, seed) for seed in range(1, 6)]
  assert any(o.test != a.test for o in others)


@pytest.mark.parametrize('share', [0.1, 0.25, 0.3, 0.5])
@pytest.mark.parametrize('seed', [0, 7])
def test_split_is_that_of_clips(share, seed):
  clips = clips_of(subjects=9)
  people = [Person('', subject) for subject in clips.subjects]
  fold = folds.split(people, share, seed, train_at_least=2)
  wanted = clips_lib.split_by_subject(clips, share, seed)
  assert tuple(p.subject for p in fold.train) == wanted.train.subjects
  assert tuple(p.subject for p in fold.test) == wanted.held_out.subjects


def test_nobody_is_held_out_only_at_nought():
  fold = folds.split(persons(3), 0.0, 0)
  assert fold == Fold(tuple(persons(3)), ())


@pytest.mark.parametrize('share', [-0.1, 1, 1.5, np.nan])
def test_share_out_of_range_names_the_field(share):
  with pytest.raises(UserError, match=r'config\.data\.held_out='):
    folds.split(persons(5), share, 0)


@pytest.mark.parametrize(
  ('count', 'share', 'least'),
  [(0, 0.2, 1), (1, 0.2, 1), (3, 0.9, 1), (2, 0.2, 2)],
)
def test_too_few_people_is_one_line(count, share, least):
  with pytest.raises(UserError, match=rf'{least} to train on.*held_out$') as e:
    folds.split(persons(count), share, 0, train_at_least=least)
  assert '\n' not in str(e.value)


def test_leave_one_out_tests_everybody_once():
  mixed = [*keys(3), (Person('samm', '001'), 'x')]
  done = list(folds.leave_one_out(mixed))
  assert [folds.people(f.test) for f in done] == [
    (p,) for p in (*persons(3), Person('samm', '001'))
  ]
  assert sorted(key for f in done for key in f.test) == sorted(mixed)
  assert all(len(f.train) + len(f.test) == len(mixed) for f in done)


def test_leave_one_out_needs_two_at_once():
  with pytest.raises(UserError, match='at least 2'):
    folds.leave_one_out(keys(1))
