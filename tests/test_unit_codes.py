"""facegen_jax.unit_codes: faces encoded, and walked to."""

import numpy as np
import pytest
from test_units import SIX, painted
import tiny_codes
import tiny_edits

from facegen_jax import unit_codes
from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer.unit_config import how_of


def encoded(faces, normal='walked', start='random', **more):
  """Codes and what is told of them, those at rest found in few updates."""
  encoder = tiny_codes.encoder(start=start, iterations=3, stop=False)
  units = tiny_edits.UNITS | {'iterations': 0, 'normal': normal} | more
  return unit_codes.encode(encoder, units, how_of(units), *faces)


def test_what_a_search_adds_cancels():
  faces = painted()
  assert faces[1][1, SIX] == 1
  cosines = {}
  for normal in ('regressed', 'walked'):
    codes, told = encoded(faces, normal)
    changes = (codes[1::3] - codes[::3])[..., 0]  # from rest to AU6, as painted
    sizes = np.linalg.norm(codes[1::3] - codes[::3], axis=(1, 2))
    cosines[normal] = changes.sum(1) / sizes / tiny_codes.LAYERS**0.5
  assert min(cosines['walked']) > 0.9 > 0.5 > np.mean(cosines['regressed'])
  assert told['faces'] == 6 and told['walk']['faces'] == 12
  assert told['walk']['last_loss'] < 0.5 * told['walk']['first_loss']


@pytest.mark.parametrize('space', ['w', 'wplus'])
def test_rows(space):
  codes, _ = encoded(painted(), space=space, layers=1)
  change = codes[1::3] - codes[::3]
  assert change[:, 0].any() and not change[:, 1:].any()
  np.testing.assert_allclose(change, change[:1].repeat(6, 0), atol=1e-6)


def test_people_without_a_neutral_face_are_encoded():
  faces = [x[1:] for x in painted(people=2)]
  codes, told = encoded(faces)
  alone, _ = encoded([x[:3] for x in faces], 'regressed')
  np.testing.assert_allclose(codes[:2], alone[:2], atol=1e-6)
  assert told['faces'] == 3 and told['walk']['faces'] == 2


def test_nobody_at_rest():
  faces = [np.delete(x, [0, 3], 0) for x in painted(people=2)]
  assert 'walk' not in encoded(faces)[1]


@pytest.mark.parametrize(
  ('field', 'value'),
  [('steps', 0), ('batch', 0), ('rate', 0.0), ('feature', -1.0)],
)
def test_bad_values(field, value):
  wanted = tiny_edits.UNITS['walk'] | {field: value}
  with pytest.raises(UserError, match=f'config.units.walk.{field}='):
    encoded(painted(people=2), walk=wanted)


def test_directions_that_run_away():
  wanted = tiny_edits.UNITS['walk'] | {'rate': 1e38}
  with pytest.raises(UserError, match=r'lower config\.units\.walk'):
    encoded(painted(people=2), walk=wanted)
