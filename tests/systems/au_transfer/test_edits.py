"""Where edited codes lie, and frames between."""

import numpy as np
import pytest
from tiny_units import LAYERS, NUMBERS, WIDTH, units_of

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS, EMOTIONS
from facegen_jax.systems.au_transfer import edits
from facegen_jax.systems.au_transfer.descriptors import (
  EXPRESSIONS,
  descriptor,
  parse,
)

BOTH = pytest.mark.parametrize('space', ['w', 'wplus'])


def codes_of(count=3, seed=0):
  shape = (count, LAYERS, WIDTH)
  return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@BOTH
@pytest.mark.parametrize('strength', [1.0, 0.4, -0.5])
def test_adding_leads_towards_the_mean_of_faces_with_the_unit(space, strength):
  units, codes = units_of(space), codes_of()
  found = edits.edit(codes, units, descriptor({12: strength}))
  before, after = units.distances(codes)[:, 1], units.distances(found)[:, 1]
  goal = units.mean_positive[1]
  np.testing.assert_allclose(
    after, before + strength * (goal - before), atol=1e-5
  )
  # Along the normal and nowhere else.
  move = (found - codes).mean(1) if space == 'w' else (found - codes)
  move = move.reshape(3, -1)[:, : units.normals.shape[1]]
  across = move - (move @ units.normals[1])[:, None] * units.normals[1]
  np.testing.assert_allclose(across, 0, atol=1e-5)


@BOTH
@pytest.mark.parametrize('mode', edits.MODES)
def test_held_units_keep_their_distance(space, mode):
  units, codes = units_of(space), codes_of()
  strengths = descriptor({6: 1, 12: 0.5})
  free = edits.edit(codes, units, strengths, mode=mode)
  held = edits.edit(codes, units, strengths, mode=mode, hold=AUS)
  rest = [i for i, au in enumerate(NUMBERS) if au not in (6, 12)]
  before = units.distances(codes)[:, rest]
  np.testing.assert_allclose(units.distances(held)[:, rest], before, atol=1e-5)
  assert abs(units.distances(free)[:, rest] - before).max() > 0.05


@BOTH
@pytest.mark.parametrize('hold', [(), AUS])
def test_setting_reaches_all_distances_at_once(space, hold):
  units, codes = units_of(space), codes_of()
  strengths = descriptor({6: 1, 12: 0.5})
  found = edits.edit(codes, units, strengths, mode='set', hold=hold)
  m, n = units.mean_positive, units.mean_neutral
  goal = [m[0], n[1] + 0.5 * (m[1] - n[1])]
  after = units.distances(found)[:, :2]
  np.testing.assert_allclose(after, np.tile(goal, (3, 1)), atol=1e-5)
  again = edits.edit(found, units, strengths, mode='set', hold=hold)
  np.testing.assert_allclose(again, found, atol=1e-5)


@BOTH
@pytest.mark.parametrize('hold', [(), AUS])
def test_shifting_changes_all_faces_alike(space, hold):
  units, codes = units_of(space), codes_of()
  wish = {'mode': 'shift', 'hold': hold}
  found = edits.edit(codes, units, descriptor({6: 1, 12: 0.5}), **wish)
  change = (units.distances(found) - units.distances(codes))[:, :2]
  m, n = units.mean_positive, units.mean_neutral
  goal = [m[0] - n[0], 0.5 * (m[1] - n[1])]
  np.testing.assert_allclose(change, np.tile(goal, (3, 1)), atol=1e-5)
  move = found - codes
  np.testing.assert_allclose(move, move[:1].repeat(3, 0), atol=1e-6)


def test_setting_is_the_shortest_way():
  units, codes = units_of('wplus'), codes_of(1)
  found = edits.edit(codes, units, descriptor({6: 1, 12: 1}), mode='set')
  move = (found - codes).reshape(-1)
  span = units.normals[:2]
  share = np.linalg.lstsq(span.T, move, rcond=None)[0]
  np.testing.assert_allclose(share @ span, move, atol=1e-5)


@BOTH
def test_only_the_first_rows_move(space):
  units, codes = units_of(space, rows=3), codes_of()
  strengths = descriptor({6: 1})
  found = edits.edit(codes, units, strengths)
  moved = abs(found - codes).max((0, 2)) > 1e-4
  assert moved.tolist() == [True] * 3 + [False] * (LAYERS - 3)
  less = edits.edit(codes, units, strengths, layers=2)
  np.testing.assert_array_equal(less[:, :2], found[:, :2])
  np.testing.assert_array_equal(less[:, 2:], codes[:, 2:])


def test_gains_in_deviations():
  units, codes = units_of('w'), codes_of()
  found = edits.edit(codes, units, descriptor({6: 0.5}), multiple=3)
  change = units.distances(found)[:, 0] - units.distances(codes)[:, 0]
  np.testing.assert_allclose(change, 1.5 * units.spread[0], atol=1e-5)


def test_nothing_is_pushed_and_a_unit_without_boundary():
  units, codes = units_of('w'), codes_of()
  for mode in edits.MODES:
    found = edits.edit(codes, units, np.zeros(12), mode=mode)
    np.testing.assert_array_equal(found, codes)
  assert edits.missing(units, descriptor({6: 1, 26: 1})) == (26,)
  with pytest.raises(
    UserError, match=r'no boundary of AU26.*there is AU6, AU12'
  ):
    edits.edit(codes, units, descriptor({26: 1}))


def test_each_face_is_edited_as_if_alone():
  units, codes = units_of('w'), codes_of()
  for mode in edits.MODES:
    wish = {'strengths': descriptor({6: 1, 12: 1}), 'mode': mode, 'hold': AUS}
    whole = edits.edit(codes, units, **wish)
    one = edits.edit(codes[1:2], units, **wish)
    np.testing.assert_allclose(one[0], whole[1], atol=1e-6)


def test_coefficients():
  np.testing.assert_allclose(edits.schedule(5), [0, 0.25, 0.5, 0.75, 1])
  smooth = edits.schedule(9, 'smooth')
  steps = np.diff(smooth)
  assert (steps > 0).all() and steps[0] < steps[3] > steps[-1]
  back = edits.schedule(5, back=True)
  np.testing.assert_allclose(back, [0, 0.5, 1, 0.5, 0])


def test_frames_run_from_the_face_to_the_edited_one():
  codes = codes_of(2)
  found = edits.frames(codes, codes + 2, np.array([0, 0.5, 1]))
  assert found.shape == (3, 2, LAYERS, WIDTH) and found.dtype == np.float32
  np.testing.assert_array_equal(found[0], codes)
  np.testing.assert_allclose(found[1], codes + 1, atol=1e-6)


def test_the_printed_equations_do_what_is_said_of_them():
  units = units_of('w')
  normal, codes = units.normals[0], codes_of(4).mean(1)
  neutral = codes - (codes @ normal + 1)[:, None] * normal  # distance -1
  printed = edits.literal_distance(neutral, normal, 0.0)
  np.testing.assert_allclose(printed @ normal, -2, atol=1e-5)
  made = edits.literal_interpolation(codes, units.normals[:2], [1, 0.5], [0, 1])
  np.testing.assert_array_equal(made[0], 0)
  wanted = codes + units.normals[0] + 0.5 * units.normals[1]
  np.testing.assert_allclose(made[1], wanted)


def test_descriptors():
  happy = [0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0]  # the paper's
  np.testing.assert_array_equal(EXPRESSIONS['happiness'], happy)
  assert tuple(EXPRESSIONS) == EMOTIONS
  assert len({tuple(e) for e in EXPRESSIONS.values()}) == 6
  found = parse('au06=1, AU12 = -0.5')
  assert found[AUS.index(6)] == 1 and found[AUS.index(12)] == -0.5
  assert np.count_nonzero(found) == 2


@pytest.mark.parametrize(
  ('text', 'told'),
  [
    ('AU7=1', r'no unit AU7; there is AU1, AU2'),
    ('AU6=1,AU06=0.5', 'AU6 is named twice'),
    ('AU6=3', r'AU6=3 is outside \[-1, 2\]'),
    ('AU6=nan', 'outside'),
    ('AU6', r"'AU6' is no unit and strength; write AU6=1"),
    ('AU6=much', 'no unit and strength'),
    ('AU6=1,', 'no unit and strength'),
    ('', 'no unit and strength'),
  ],
)
def test_what_is_no_descriptor(text, told):
  with pytest.raises(UserError, match=told):
    parse(text)
