"""Flips, the prior's points of all three pictures, and how examples are cut."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_clips import clips_of
from tiny_facial_prior import prior_config

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.nn import thin_plate
from facegen_jax.systems.facial_prior import pairs, prior
from facegen_jax.systems.facial_prior.examples import Examples

_COUNT, _SIDE = 400, 16


def marked(points):
  """Pictures with a white pixel at the first landmark of each."""
  out = np.zeros((len(points), _SIDE, _SIDE, 3), np.uint8)
  for picture, (x, y) in zip(out, points[:, 0].astype(int), strict=True):
    picture[y, x] = 255
  return out


@pytest.fixture(scope='module')
def flipped():
  rng = np.random.default_rng(0)
  points = rng.integers(0, _SIDE, (2, _COUNT, 68, 2)).astype(np.float32)
  batch = {
    'source': marked(points[0]),
    'driving': marked(points[1]),
    'source_landmarks': points[0],
    'driving_landmarks': points[1],
  }
  return batch, pairs.flipped(batch, jax.random.key(3))


def test_half_are_reversed_and_a_quarter_mirrored(flipped):
  batch, pair = flipped
  given = batch['source'].astype(np.float32) / 255, batch['driving'] / 255

  def same(a, b):
    return np.all(np.asarray(a) == np.float32(b), axis=(1, 2, 3))

  plain = same(pair.source, given[0]) & same(pair.driving, given[1])
  back = same(pair.source, given[1]) & same(pair.driving, given[0])
  mirror = same(pair.source, given[0][:, :, ::-1])
  mirror &= same(pair.driving, given[1][:, :, ::-1])
  assert (plain | back | mirror).all()
  assert abs(back.mean() - 0.5) < 0.08
  assert abs(mirror.mean() - 0.25) < 0.08
  assert np.asarray(pair.source).max() == 1


def test_landmarks_go_where_the_picture_goes(flipped):
  """The white pixel lies at the landmark, or at its twin in the mirror."""
  _, pair = flipped
  for picture, points in (
    (pair.source, pair.source_landmarks),
    (pair.driving, pair.driving_landmarks),
  ):
    picture, points = np.asarray(picture), np.asarray(points)
    for shown, where in zip(picture, points, strict=True):
      y, x = np.argwhere(shown[..., 0])[0]
      # Point 0 of the jaw becomes point 16 in the mirror.
      assert [x, y] in where[[0, 16]].tolist()


def test_landmarks_follow_the_deformed_frame():
  """T(q) = p: a dot drawn at p is seen at q in the deformed frame."""
  side = 48
  points = jnp.asarray([[[14.0, 20.0], [30.0, 17.0]]])
  plate = thin_plate.draw(jax.random.key(1), 1)
  found = pairs.deformed(points, plate, side, side)
  there = thin_plate.warp_points(plate, 2 * found / (side - 1) - 1)
  np.testing.assert_allclose(there, 2 * points / (side - 1) - 1, atol=1e-5)
  assert float(jnp.abs(found - points).max()) > 0.3
  y, x = jnp.mgrid[:side, :side]
  for i in range(2):
    away = (x - points[0, i, 0]) ** 2 + (y - points[0, i, 1]) ** 2
    dot = jnp.exp(-away / 4.0)[None, ..., None]
    seen = thin_plate.warp_frame(plate, dot, align_corners=True)[0, ..., 0]
    mean = jnp.stack([(seen * x).sum(), (seen * y).sum()]) / seen.sum()
    np.testing.assert_allclose(mean, found[0, i], atol=0.1)


def test_unknown_landmarks_are_the_fallback():
  points = np.random.default_rng(1).uniform(2, 14, (3, 68, 2))
  points = jnp.asarray(points, jnp.float32).at[1, 5, 0].set(jnp.nan)
  found = pairs.key_points(points, 16, 16, rule='code')
  np.testing.assert_array_equal(found[1], prior.fallback(16, 16))
  np.testing.assert_array_equal(found[0], prior.key_points(points[0]))
  assert np.isfinite(found).all()


def test_hints_are_of_each_picture(flipped):
  _, pair = flipped
  plate = thin_plate.draw(jax.random.key(2), _COUNT)
  hints = pairs.hints(pair, plate, rule='code')
  assert set(hints) == {'source', 'driving', 'deformed'}
  assert all(points.shape == (_COUNT, 18, 2) for (points,) in hints.values())
  bare = pair._replace(source_landmarks=None, driving_landmarks=None)
  assert pairs.hints(bare, plate, rule='code') == {}


def test_an_example_is_two_frames_in_their_order():
  clips = clips_of(2, frames=5, size=32)
  examples = Examples(prior_config(), clips)
  rng, seen = np.random.default_rng(0), set()
  for _ in range(60):
    row = examples.example(1, rng)
    frames = [
      next(
        t
        for t in range(5)
        if (clips[1].landmarks[t] == row[f'{name}_landmarks']).all()
        and (clips[1].picture(t) == row[name]).all()
      )
      for name in ('source', 'driving')
    ]
    # The last frame looks as the first.
    seen.add(tuple(frames))
    assert row['subject'] == 0 and row['source'].dtype == np.uint8
  assert {(0, 1), (0, 2), (1, 2), (2, 2)} <= seen
  assert 'source_landmarks' not in Examples(
    prior_config('smoke_fomm'), clips
  ).example(0, rng)


def without_landmarks(clips, names):
  import dataclasses

  return Clips(
    dataclasses.replace(clip, landmarks=clip.landmarks[:0])
    if clip.subject in names
    else clip
    for clip in clips
  )


def test_a_clip_without_landmarks_has_none_and_a_dataset_is_refused():
  clips = clips_of(2, size=32)
  some = Examples(prior_config(), without_landmarks(clips, {'s0'}))
  row = some.example(0, np.random.default_rng(0))
  assert np.isnan(row['driving_landmarks']).all()
  bare = without_landmarks(clips, {'s0', 's1'})
  with pytest.raises(UserError, match=r"prior='awp'.*landmarks.*'none'"):
    Examples(prior_config(), bare)
  Examples(prior_config('smoke_fomm'), bare)


def test_pictures_of_another_size_are_refused():
  with pytest.raises(UserError, match=r'data\.size=32.*16 px'):
    Examples(prior_config(), clips_of(2, size=16))
