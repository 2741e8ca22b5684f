"""Extractors fitted to pictures: people apart, action units read off."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors import fitted
from facegen_jax.metrics.extractors.extractor import features


def faces(people=8, each=12, seed=0):
  """Random faces; AU 0 lights the lower half, AU 1 the left edge, and noise."""
  rng = np.random.default_rng(seed)
  rows = []
  for who in range(people):
    face = rng.integers(60, 140, (32, 32, 3))
    for _ in range(each):
      aus = rng.random(2)
      picture = face + rng.normal(0, 4, face.shape)
      picture[16:] += 60 * aus[0]
      picture[:, :8] += 40 * aus[1]
      rows.append((np.uint8(picture), np.uint8(face), aus, f'p{who}'))
  columns = zip(*rows, strict=True)
  pictures, neutrals, aus, who = columns
  return np.stack(pictures), np.stack(neutrals), np.stack(aus), who


def test_action_units_of_strangers():
  reader = fitted.ActionUnits(*faces(), told='of the test')
  pictures, neutrals, aus, _ = faces(people=1, seed=1)
  found = reader.read(pictures, neutrals[0])
  np.testing.assert_allclose(found, aus, atol=0.1)
  assert np.abs(reader.read(neutrals[:1], neutrals[0])).max() == 0
  assert 'of the test' in reader.name


def test_people_are_nearer_to_themselves():
  pictures, _, _, who = faces()
  embed = fitted.fisherfaces(pictures, who, told='of the test')
  shown, _, _, names = faces(people=4, each=4, seed=2)
  rows = features(embed, shown).rows
  far = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
  same = np.equal.outer(names, names)
  assert far[same].max() < far[~same].min()
  assert embed.normalised and 'of 8 people, of the test' in embed.name


def test_too_few_are_refused():
  pictures, neutrals, aus, who = faces(people=2)
  with pytest.raises(UserError, match=r'24 pictures of 2 people.*judge'):
    fitted.fisherfaces(pictures, who, told='')
  with pytest.raises(UserError, match=r'24 pictures of 2 people.*mediapipe'):
    fitted.ActionUnits(pictures, neutrals, aus, who, told='')
