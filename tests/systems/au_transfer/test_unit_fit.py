"""What is fitted, to whom, and how it is measured on people left out."""

import dataclasses

import numpy as np
import pytest
from tiny_clips import clips_of
from tiny_units import LAYERS, WIDTH

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import unit_faces, unit_fit
from facegen_jax.systems.au_transfer.unit_planes import How

SIX, TWELVE = AUS.index(6), AUS.index(12)


def faces(people=12, apart=4.0, seed=0):
  """Codes of people: neutral twice, AU6 and AU12 alone and a weak AU6."""
  rng = np.random.default_rng(seed)
  shown = np.zeros((5, 12))
  shown[2, SIX], shown[3, TWELVE], shown[4, SIX] = 1, 0.8, 0.3
  ways = np.zeros((12, WIDTH))
  ways[SIX, 0], ways[TWELVE, 1] = apart, apart
  intensities = np.tile(shown, (people, 1))
  who = np.repeat([f'p{i:02d}' for i in range(people)], 5)
  codes = rng.standard_normal((people, WIDTH)).repeat(5, 0)
  codes += intensities @ ways + 0.1 * rng.standard_normal(codes.shape)
  codes = codes[:, None] + 0.1 * rng.standard_normal((len(who), LAYERS, WIDTH))
  return codes.astype(np.float32), intensities, who


@pytest.mark.parametrize('space', ['w', 'wplus'])
@pytest.mark.parametrize('normal', ['svm', 'paired', 'regressed'])
def test_planted_units_are_fitted(space, normal):
  found = unit_fit.fit(*faces(), How(space=space, normal=normal))
  units = found.units
  assert units['names'] == ('AU6', 'AU12')
  np.testing.assert_allclose(np.linalg.norm(units['normals'], axis=1), 1)
  rows = units['normals'].reshape(2, -1, WIDTH).mean(1)
  assert (abs(rows).argmax(1) == [0, 1]).all() and (
    rows[[0, 1], [0, 1]] > 0
  ).all()
  assert (units['accuracy_train'] > 0.95).all()
  assert (units['accuracy_held'] > 0.9).all()
  assert (units['mean_positive'] > units['mean_neutral'] + 2).all()
  assert (units['spread'] > 0).all()
  # The weak AU6 is neither neutral nor a face with it.
  np.testing.assert_array_equal(units['counts'], [[12, 24, 12, 12]] * 2)
  notes = unit_fit.shown_units(*faces()[1:], How())[1]
  told = [note.partition(':')[0] for note in notes]
  assert told == [f'AU{au}' for au in AUS if au not in (6, 12)]


def test_codes_that_follow_from_labels_tell_nothing_apart():
  units, _ = unit_fit.fit(*faces(), How(normal='walked'))
  wanted, _ = unit_fit.fit(*faces(), How(normal='regressed'))
  np.testing.assert_array_equal(units['normals'], wanted['normals'])
  assert np.isnan([units['accuracy_train'], units['accuracy_held']]).all()


@pytest.mark.parametrize('normal', ['paired', 'regressed', 'walked'])
def test_nobody_has_two_faces(normal):
  codes, intensities, _ = faces()
  everybody = np.arange(len(codes)).astype(str)
  with pytest.raises(UserError, match='nobody shows AU6, AU12 in one face'):
    unit_fit.shown_units(intensities, everybody, How(normal=normal))
  unit_fit.fit(codes, intensities, everybody, How())


def test_people_left_out_tell_what_training_faces_hide():
  """With more numbers than faces anything is parted; new people are not."""
  codes, intensities, who = faces(people=10, apart=0.0)
  noise = np.random.default_rng(1).standard_normal((len(codes), LAYERS, 40))
  people = np.repeat(
    np.random.default_rng(2).standard_normal((10, 1, 40)), 5, 0
  )
  found = unit_fit.fit(noise + 3 * people, intensities, who, How(space='wplus'))
  assert (found.units['accuracy_train'] == 1).all()
  assert (found.units['accuracy_held'] < 0.8).all()


def test_nobody_is_on_both_sides():
  _, _, who = faces()
  masks = list(unit_fit._folds(who))
  assert len(masks) == unit_fit.FOLDS
  for out in masks:
    assert out.any() and not {*who[out]} & {*who[~out]}
  assert (np.sum(masks, 0) == 1).all()
  assert not list(unit_fit._folds(who[:5]))


def test_one_person_has_no_figure_of_others():
  codes, intensities, who = faces()
  found = unit_fit.fit(codes[:5], intensities[:5], who[:5], How(fewest=1))
  assert np.isnan(found.units['accuracy_held']).all()
  notes = unit_fit.shown_units(intensities[:5], who[:5], How(fewest=1))[1]
  assert 'AU6, AU12: fewer than 10 people' in notes[-1]


def test_rows_and_the_chosen_penalty():
  found = unit_fit.fit(*faces(), How(space='wplus', rows=2, c=0))
  assert found.units['normals'].shape == (2, 2 * WIDTH)
  assert found.units['rows'] == found.how.rows == 2
  assert found.how.c in unit_fit.PENALTIES
  more = unit_fit.fit(*faces(), How(rows=99))
  assert more.units['rows'] == LAYERS


def test_nothing_depends_on_the_scale_of_codes():
  codes, intensities, who = faces(apart=1.0)
  one = unit_fit.fit(codes, intensities, who, How()).units
  two = unit_fit.fit(codes / 100 + 5, intensities, who, How()).units
  np.testing.assert_allclose(one['normals'], two['normals'], atol=1e-3)
  for name in ('accuracy_train', 'accuracy_held'):
    np.testing.assert_array_equal(one[name], two[name])
  far = [x['mean_positive'] - x['mean_neutral'] for x in (one, two)]
  np.testing.assert_allclose(far[0], 100 * far[1], rtol=0.01)


def test_the_same_faces_give_the_same_numbers():
  one, two = (unit_fit.fit(*faces(), How(c=0)).units for _ in range(2))
  for name in ('normals', 'intercepts', 'accuracy_held'):
    np.testing.assert_array_equal(one[name], two[name])


def test_what_cannot_be_fitted():
  codes, intensities, who = faces(people=4)
  with pytest.raises(UserError, match='no neutral face'):
    unit_fit.fit(codes, intensities + 0.1, who, How())
  with pytest.raises(UserError, match=r'no unit is shown at 0\.8.*by 5 people'):
    unit_fit.fit(codes, intensities, who, How(fewest=5))


def test_frames_of_a_person_are_spread_and_counted():
  clips = clips_of(subjects=3, frames=41, emotions=(SIX, TWELVE))
  chosen = unit_faces.choose(clips, least=0.8, most=4)
  for who in clips.subjects:
    mine = [c for c in chosen if clips[c.clip].subject == who]
    values = np.stack([clips[i].au_intensities[t] for i, t in mine])
    assert unit_faces.neutral(values).sum() == 4
    assert (
      (values[:, SIX] >= 0.8).sum() == (values[:, TWELVE] >= 0.8).sum() == 4
    )
    assert ((values >= 0.8).any(1) | unit_faces.neutral(values)).all()
  # The first and the last that show a unit are among them.
  shown = np.flatnonzero(clips[0].au_intensities[:, SIX] >= 0.8)
  times = [t for i, t in chosen if i == 0 and t in shown]
  assert (times[0], times[-1]) == (shown[0], shown[-1])
  few = unit_faces.choose(clips, least=0.8, most=4, people=2)
  assert {clips[c.clip].subject for c in few} == {*clips.subjects[:2]}


def test_ungraded_and_generated_clips_are_passed_over():
  graded, bare = clips_of(subjects=2), clips_of(subjects=2, aus=False)
  made = [dataclasses.replace(clip, generated=True) for clip in graded]
  found = unit_faces.choose(Clips([*bare, *made, *graded]), least=0.5, most=9)
  assert {c.clip for c in found} == set(range(8, 12))
  with pytest.raises(UserError, match='--labels'):
    unit_faces.choose(Clips([*bare, *made]), least=0.5, most=9)
