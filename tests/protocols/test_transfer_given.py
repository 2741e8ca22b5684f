"""Systems with other words for the same are given the same pairs."""

import types

import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.protocols import transfer, transfer_given


def system(*takes, landmarked=False):
  return types.SimpleNamespace(TAKES=takes, landmarked=landmarked)


@pytest.fixture(scope='module')
def clips():
  return clips_of(subjects=3, frames=9)


def chosen(clips, **more):
  return transfer.pairs(clips, count=7, per_source=2, seed=0, **more)


def test_neutral_targets_are_the_same_people(clips):
  some, rest = chosen(clips), chosen(clips, neutral=True)
  assert [p.source for p in some] == [p.source for p in rest]
  assert [p.target[0] for p in some] == [p.target[0] for p in rest]
  assert all(clips[c].neutral() == t for c, t in (p.target for p in rest))
  assert any(clips[c].neutral() != t for c, t in (p.target for p in some))


def test_a_source_and_a_target_are_given_as_they_are(clips):
  seen = []

  def generate(**given):
    seen.append(given)
    return given['target']

  made, further = transfer_given.adapted(
    system('source', 'target'), clips, generate
  )
  shown = transfer.pictures(clips, chosen(clips), made, None, 4, further)
  assert [sorted(given) for given in seen] == [['source', 'target']] * 2
  np.testing.assert_array_equal(shown.result, shown.target)


def test_a_driver_moves_the_target(clips):
  """The picture is the target; the driver began neutral."""
  seen, pairs = [], chosen(clips)

  def generate(**given):
    seen.append(given)
    return given['source'] + given['driving'] - given['first']

  made, further = transfer_given.adapted(
    system('source', 'driving', 'first', landmarked=True), clips, generate
  )
  shown = transfer.pictures(clips, pairs, made, None, 4, further)
  first = [clips[p.source[0]] for p in pairs]
  first = to_unit(np.stack([clip.picture(clip.neutral()) for clip in first]))
  np.testing.assert_allclose(
    shown.result, shown.target + shown.source - first, atol=1e-6
  )
  wanted = {
    'source': [p.target for p in pairs],
    'driving': [p.source for p in pairs],
    'first': [(p.source[0], clips[p.source[0]].neutral()) for p in pairs],
  }
  for name, frames in wanted.items():
    found = np.concatenate([given[f'{name}_landmarks'] for given in seen])
    points = [clips[c].landmarks[t] for c, t in frames]
    np.testing.assert_array_equal(found[: len(pairs)], np.stack(points))


def test_landmarks_only_where_they_are_wanted(clips):
  _, further = transfer_given.adapted(
    system('source', 'driving', 'first'), clips, None
  )
  assert set(further(chosen(clips))) == {'first'}


def test_a_system_that_transfers_nothing(clips):
  with pytest.raises(UserError, match='takes picture and label transfers noth'):
    transfer_given.adapted(system('picture', 'label'), clips, None)
