"""Planted directions are found again, and what is known of projections."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer import boundaries
from facegen_jax.weights.npz import read_npz
from facegen_jax.weights.parity import check

WIDTH = 12


@pytest.fixture(scope='module')
def golden(goldens):
  path = goldens / 'stylegan_vgg_resnet' / 'latent_boundaries.npz'
  if not path.is_file():
    pytest.skip(f'{path} is missing')
  return path


def planted(people=40, seed=0, apart=3.0):
  """Codes of people, each neutral and with one of two overlapping units."""
  rng = np.random.default_rng(seed)
  ways = np.eye(WIDTH)[:2] + 0.5 * np.eye(WIDTH)[1:3]
  ways /= np.linalg.norm(ways, axis=1, keepdims=True)
  who = np.repeat(np.arange(people), 6)
  shown = np.tile(
    [[0, 0], [0, 0], [1, 0], [1, 0.5], [0, 1], [0.5, 1]], (people, 1)
  )
  codes = 2 * rng.standard_normal((people, WIDTH))[who]
  codes += apart * shown @ ways + 0.05 * rng.standard_normal((len(who), WIDTH))
  return codes, shown, who, ways


def cosine(a, b):
  return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_parity(golden):
  row = check(golden)
  assert row.verdict == 'ok', row


def test_svm_finds_the_reference_normal(golden):
  arrays = read_npz(golden)
  plane = boundaries.svm(
    arrays['in/train_codes'], arrays['in/train_labels'] == 1
  )
  assert plane.coef @ plane.unit().coef == pytest.approx(
    np.linalg.norm(plane.coef)
  )
  assert cosine(plane.coef, arrays['out/boundary'][0]) > 0.9999
  np.testing.assert_allclose(plane.coef, arrays['out/svc_coef'][0], atol=1e-6)


def test_svm_gives_both_classes_the_same_weight():
  rng = np.random.default_rng(1)
  few, many = rng.normal(1, 1, (20, 1)), rng.normal(-1, 1, (2000, 1))
  x, y = np.concatenate([few, many]), np.arange(2020) < 20
  plane = boundaries.svm(x, y)
  even = boundaries.svm(
    np.concatenate([np.repeat(few, 100, 0), many]), np.arange(4000) < 2000
  )
  edges = [-p.intercept / p.coef[0] for p in (plane, even)]
  assert abs(edges[0]) < 0.5
  assert edges[0] == pytest.approx(edges[1], abs=0.1)


def test_a_small_penalty_gives_the_difference_of_the_means():
  codes, shown, _, _ = planted(seed=2)
  part = (shown == 0).all(1) | (shown[:, 0] == 1)
  x, y = codes[part], shown[part, 0] == 1
  way = x[y].mean(0) - x[~y].mean(0)
  assert cosine(boundaries.svm(x, y, c=1e-7).coef, way) > 0.999


def test_pairs_take_the_person_out():
  codes, shown, who, ways = planted(seed=3, apart=1.0)
  part = (shown == 0).all(1) | ((shown[:, 0] == 1) & (shown[:, 1] == 0))
  x, y, people = codes[part], shown[part, 0] == 1, who[part]
  found = boundaries.paired(x, y, people).unit()
  assert cosine(found.coef, ways[0]) > 0.999
  assert cosine(boundaries.svm(x, y).coef, ways[0]) < 0.999
  middles = [x[side].mean(0) @ found.coef + found.intercept for side in (y, ~y)]
  assert middles[0] == pytest.approx(-middles[1])
  with pytest.raises(UserError, match=r"nobody shows both.*'svm'"):
    boundaries.paired(x, y, np.where(y, people, people + 1000))


def test_regression_parts_units_that_come_together():
  codes, shown, who, ways = planted(seed=4)
  normals = boundaries.regressed(codes, shown, who)
  assert abs(cosine(normals[0], ways[1])) < 0.01
  assert abs(cosine(normals[1], ways[0])) < 0.01
  # One unit of intensity is one unit along a normal's own direction.
  np.testing.assert_allclose(normals @ (3 * ways).T, np.eye(2), atol=0.02)


def test_projection_leaves_the_held_distances():
  rng = np.random.default_rng(5)
  normal, held = rng.standard_normal(WIDTH), rng.standard_normal((3, WIDTH))
  normal /= np.linalg.norm(normal)
  found = boundaries.decoupled(normal, held)
  np.testing.assert_allclose(held @ found, 0, atol=1e-12)
  assert np.linalg.norm(found) == pytest.approx(1)
  assert found @ normal > 0
  twice = np.concatenate([held, held[:1] + held[1:2]])  # collinear
  np.testing.assert_allclose(boundaries.decoupled(normal, twice), found)
  assert boundaries.decoupled(normal, held[:0]) is normal
  with pytest.raises(UserError, match='nothing of it is left'):
    boundaries.decoupled(held[0] - 2 * held[2], held)


def test_spaces():
  codes = np.random.default_rng(6).standard_normal((2, 4, 3))
  np.testing.assert_allclose(
    boundaries.flat(codes, 'w', 2), codes[:, :2].mean(1)
  )
  np.testing.assert_array_equal(
    boundaries.flat(codes, 'wplus', 2), codes[:, :2].reshape(2, 6)
  )


def test_accuracy_is_that_of_both_classes():
  d = np.array([1.0, -1, -1, -1, -1, -1])
  positive = np.array([True, True, False, False, False, False])
  assert boundaries.accuracy(d, positive) == 0.75
  assert np.isnan(boundaries.accuracy(d, positive | True))
