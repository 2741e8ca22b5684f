"""Clips side by side for raters, and the votes of their forms."""

import csv

from folders_of_clips import clip_of, film
import numpy as np
import pytest
from smoke import command

from facegen_jax.core.errors import UserError
from facegen_jax.data import video
from facegen_jax.protocols import ballots, footage, preference
from facegen_jax.studies import ballots as counted
from facegen_jax.studies import votes

ITEMS, RATERS = 6, 4
GRAY = {'awp': 60, 'ewp': 120, 'fomm': 200}


def folders(root, names=tuple(GRAY), items=ITEMS, size=16):
  """Clips of one gray a method; returns the folders by method."""
  for name in names:
    clip = np.full((5, size, size, 3), GRAY[name], np.uint8)
    for i in range(items):
      film(root / name / f'{i:06}.mp4', clip)
  return {name: footage.listed(root / name) for name in names}


def rows(path):
  with path.open(newline='') as file:
    return list(csv.DictReader(file))


@pytest.fixture
def made(tmp_path):
  methods, out = folders(tmp_path), tmp_path / 'study'
  shown = ballots.make(methods, out, raters=RATERS, seed=0)
  return methods, out, shown


def test_every_two_methods_stand_side_by_side_both_ways(made):
  _, out, shown = made
  assert len(shown) == 3 * ITEMS * 2
  assert len({one.token for one in shown}) == len(shown)
  told = {(s.item, s.method_a, s.method_b, s.left) for s in shown}
  assert len(told) == len(shown)
  assert {s.item for s in shown} == {f'{i:06}' for i in range(ITEMS)}
  assert {(s.method_a, s.method_b) for s in shown} == {
    ('awp', 'ewp'),
    ('awp', 'fomm'),
    ('ewp', 'fomm'),
  }
  for one in shown[::7]:
    right = one.method_b if one.left == one.method_a else one.method_a
    (frame, *rest) = video.read(out / 'clips' / f'{one.token}.mp4')
    assert len(rest) == 4
    assert frame.shape == (16, 48, 3)
    for part, gray in (
      (frame[:, :15], GRAY[one.left]),
      (frame[:, 18:30], 255),
      (frame[:, 33:], GRAY[right]),
    ):
      assert np.abs(part.astype(int) - gray).max() < 5


def test_forms_name_no_method_and_balance_the_sides(made):
  _, out, shown = made
  left = {s.token: s.left == s.method_a for s in shown}
  item = {s.token: (s.item, s.method_a, s.method_b) for s in shown}
  forms = sorted((out / 'forms').iterdir())
  orders = set()
  assert [f.name for f in forms] == [f'rater_{i:02}.csv' for i in range(1, 5)]
  for form in forms:
    assert not any(name in form.read_text() for name in GRAY)
    tokens = [row['token'] for row in rows(form)]
    assert len({item[t] for t in tokens}) == len(tokens) == 3 * ITEMS
    assert sum(left[t] for t in tokens) == len(tokens) // 2
    orders.add(tuple(tokens))
  assert len(orders) == RATERS


def filled(out, shown, choose):
  """Fills all forms in: `choose(shown)` is a method, or None."""
  by_token = {s.token: s for s in shown}
  for form in (out / 'forms').iterdir():
    lines = []
    for row in rows(form):
      one = by_token[row['token']]
      wanted = choose(one)
      side = 'left' if wanted == one.left else 'right'
      lines.append(f'{one.token},{side if wanted else ""}')
    form.write_text('\n'.join(['token,choice', *lines]) + '\n')


def test_votes_are_of_the_methods_whatever_their_side(made):
  methods, out, shown = made

  def choose(one):
    if one.method_b == 'fomm':
      return one.method_a
    return one.method_b if one.item == '000003' else None

  filled(out, shown, choose)
  found = counted.count(out)
  assert found == (RATERS * (2 * ITEMS + 1), RATERS * (ITEMS - 1))
  cast = {(v.a, v.b): v for v in votes.read(out / 'votes.csv')}
  preference.check(list(cast.values()), methods)
  for pair in (('awp', 'fomm'), ('ewp', 'fomm')):
    assert cast[pair].chosen.shape == (RATERS, ITEMS)
    assert (cast[pair].chosen == 1).all()
  assert cast['awp', 'ewp'].items == ('000003',)
  assert (cast['awp', 'ewp'].chosen == 0).all()


def test_wrong_forms_are_told(made):
  _, out, shown = made
  form = out / 'forms/rater_01.csv'
  form.write_text(f'token,choice\n{shown[0].token},both\n')
  with pytest.raises(UserError, match=r"rater_01\.csv, line 2: choice 'both'"):
    counted.count(out)
  form.write_text('token,choice\nzzzzzz,left\n')
  with pytest.raises(UserError, match='zzzzzz is no video of this study'):
    counted.count(out)


def test_folders_that_cannot_be_compared(tmp_path):
  methods, out = folders(tmp_path, ('awp', 'fomm'), items=2), tmp_path / 'x'

  def make(**changed):
    return ballots.make(methods | changed, out, raters=1, seed=0)

  with pytest.raises(UserError, match='two methods or more'):
    ballots.make({'awp': methods['awp']}, out, raters=1, seed=0)
  head = 'file,source_clip,source_frame,driving_clip\n'
  for name, driver in (('awp', 'fear'), ('fomm', 'anger')):
    path = tmp_path / name / 'pairs.csv'
    path.write_text(f'{head}000000.mp4,joy,0,fear\n000001.mp4,joy,0,{driver}\n')
  with pytest.raises(UserError, match='000001 is not of one portrait'):
    make()
  film(tmp_path / 'other' / 'a.mp4', clip_of())
  with pytest.raises(UserError, match='share no clip'):
    make(fomm=footage.listed(tmp_path / 'other'))
  film(tmp_path / 'big' / '000000.mp4', clip_of(size=32))
  (tmp_path / 'awp/pairs.csv').unlink()
  with pytest.raises(UserError, match='make them alike'):
    make(fomm=footage.listed(tmp_path / 'big'))


def test_as_typed(tmp_path):
  folders(tmp_path, ('awp', 'fomm'), items=2)
  out = tmp_path / 'study'
  given = [f'--generated={n}={tmp_path / n}' for n in ('awp', 'fomm')]
  done = command('ballots', *given, f'--out={out}', '--raters=2')
  assert done.returncode == 0, done.stderr
  assert '4 videos' in done.stdout
  again = command('ballots', *given, f'--out={out}')
  assert again.returncode == 2
  assert 'holds ballots already' in again.stderr
  done = command('ballots', f'--out={out}', '--count')
  assert done.returncode == 0, done.stderr
  assert '0 votes, 4 not cast' in done.stdout
