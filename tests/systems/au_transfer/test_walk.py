"""Directions learned through a generator whose own directions are known."""

import functools

import jax
import numpy as np
import pytest
import tiny_codes

from facegen_jax.core.levels import to_uint8
from facegen_jax.systems.au_transfer import walk

HOW = walk.How(steps=200, batch=16, rate=0.05)
PEOPLE, UNITS = 6, 3
_RNG = np.random.default_rng(5)


def faces_of(ways, moved, lost=0.0):
  """Faces of people whose codes move along `ways` k r w.

  `lost` is light on all pictures of a person that no code holds.
  """
  rest = 0.3 * _RNG.standard_normal((PEOPLE, tiny_codes.LAYERS, tiny_codes.W))
  rest = np.float32(rest)
  shown = np.float32(_RNG.uniform(0, 1, (40, UNITS)))
  whose = np.int32(np.arange(40) % PEOPLE)
  codes = walk.at(rest[whose], shown, ways, moved)
  light = np.float32(lost * _RNG.uniform(-1, 1, PEOPLE))[:, None, None, None]
  return walk.Faces(
    to_uint8(0.8 * tiny_codes.render(codes) + light[whose]),
    shown,
    whose,
    rest,
    np.broadcast_to(-light, (PEOPLE, tiny_codes.SIDE, tiny_codes.SIDE, 3)),
  )


def learned(faces, rows, moved, how=HOW):
  """Directions after all steps, and the losses."""
  step = jax.jit(
    functools.partial(
      walk.learn,
      lambda codes: 0.8 * tiny_codes.render(codes),
      lambda pictures: pictures[:, 0].reshape(len(pictures), -1),
    ),
    static_argnums=(2, 3),
  )
  faces, found = jax.device_put(faces), walk.begin(faces, rows, how)
  losses = []
  for key in jax.random.split(jax.random.key(0), how.steps):
    found, loss = step(faces, found, moved, how, key)
    losses.append(loss)
  return found.ways, losses


@pytest.mark.parametrize('lost', [0.0, 0.15], ids=['held', 'partly lost'])
@pytest.mark.parametrize(('rows', 'moved'), [(2, 2), (1, 2), (1, 1)])
def test_planted_directions_are_found(rows, moved, lost):
  ways = np.float32(0.4 * _RNG.standard_normal((UNITS, rows, tiny_codes.W)))
  got, losses = learned(faces_of(ways, moved, lost), rows, moved)
  assert losses[-1] < 0.01 * losses[0]
  np.testing.assert_allclose(got, ways, atol=0.03)


def test_features_tell_what_pixels_hardly_do():
  """Features see the first row; all others are spoiled."""
  ways = np.float32(0.4 * _RNG.standard_normal((UNITS, 2, tiny_codes.W)))
  faces = faces_of(ways, 2)
  spoiled = np.array(faces.pictures)
  spoiled[:, 1:] = 255 - spoiled[:, 1:]
  faces = faces._replace(pictures=spoiled)

  def seen(feature):
    how = HOW._replace(feature=feature)
    got, _ = learned(faces, 2, 2, how)
    whose, shown = faces.whose, faces.shown
    made = walk.at(faces.codes[whose], shown, got, 2)
    true = walk.at(faces.codes[whose], shown, ways, 2)
    gap = tiny_codes.render(made) - tiny_codes.render(true)
    return np.abs(gap[:, 0]).mean()

  assert seen(100.0) < 0.5 * seen(0.0)


def test_rows_that_do_not_move():
  codes = np.zeros((2, 3, 4), np.float32)
  ways = np.ones((1, 1, 4), np.float32)
  got = walk.at(codes, np.float32([[1], [0.5]]), ways, moved=2)
  np.testing.assert_array_equal(got[:, :2, 0], [[1, 1], [0.5, 0.5]])
  assert not got[:, 2].any()
