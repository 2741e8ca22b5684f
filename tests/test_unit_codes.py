"""facegen_jax.unit_codes: faces of a person from that person's code at rest."""

import numpy as np
import pytest
from test_units import SIX, painted
import tiny_codes
import tiny_edits

from facegen_jax import unit_codes
from facegen_jax.core.errors import UserError


def encoded(faces, **from_rest):
  """Codes and what is told of them, from random starts, in few updates."""
  encoder = tiny_codes.encoder(start='random', iterations=3, stop=False)
  wanted = tiny_edits.UNITS['from_rest'] | from_rest
  units = tiny_edits.UNITS | {'iterations': 0, 'from_rest': wanted}
  return unit_codes.encode(encoder, units, *faces)


def test_what_a_search_adds_cancels_within_a_person():
  faces = painted()
  way = np.zeros((tiny_codes.LAYERS, tiny_codes.W))
  way[:, 0] = 1
  alike = {}
  for iterations in (0, 60):
    codes, told = encoded(faces, iterations=iterations, rate=0.5)
    changes = codes[1::3] - codes[::3]  # from rest to AU6
    alike[iterations] = [
      (x * way).sum() / np.linalg.norm(x) / np.linalg.norm(way) for x in changes
    ]
  assert faces[1][1, SIX] == 1
  assert min(alike[60]) > 0.9 > 0.5 > np.mean(alike[0])
  assert told['from_rest'] == len(codes)
  assert told['then']['optimizer'] == 'sgd' and told['start'] == 'random'


def test_people_without_a_neutral_face_keep_their_codes():
  pictures, shown, people = (x[1:] for x in painted(people=2))
  before, _ = encoded((pictures, shown, people))
  after, told = encoded((pictures, shown, people), iterations=5)
  assert told['from_rest'] == 3
  np.testing.assert_array_equal(after[:2], before[:2])
  assert (after[2:] != before[2:]).any((1, 2)).all()


def test_same_pictures_of_a_person_have_one_code():
  pictures, shown, people = painted(people=2)
  pictures[2] = pictures[1]
  codes, _ = encoded((pictures, shown, people), iterations=5)
  np.testing.assert_allclose(codes[2], codes[1], atol=1e-6)


@pytest.mark.parametrize(
  ('field', 'value'),
  [('optimizer', 'lion'), ('iterations', -1), ('rate', 0), ('pixels', -1)],
)
def test_bad_values(field, value):
  with pytest.raises(UserError, match=f'config.units.from_rest.{field}='):
    encoded(painted(people=2), **{field: value})
