import numpy as np
import pytest
from tiny_clips import landmarks

from facegen_jax.core.errors import UserError
from facegen_jax.systems.aipgan import identity_map
from facegen_jax.systems.aipgan.identity_map import IdentityMaps, Neutral

SIZE = 32


def similarity(points, angle=0.3, scale=1.2, shift=(3.0, -2.0)):
  turn = np.array(
    [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
  )
  return scale * points @ turn.T + np.array(shift)


def ramp():
  """A picture whose red is its column and whose green is its row."""
  y, x = np.mgrid[:SIZE, :SIZE]
  return np.uint8(np.stack([x * 7, y * 7, np.full_like(x, 99)], -1))


def test_procrustes_undoes_a_similarity():
  shape = landmarks(SIZE).astype(np.float64)
  moved = similarity(shape)
  np.testing.assert_allclose(identity_map.align(moved, shape), shape, atol=1e-9)


def test_procrustes_keeps_what_is_no_similarity():
  shape = landmarks(SIZE).astype(np.float64)
  wide = shape * [1.3, 1.0]
  assert np.abs(identity_map.align(wide, shape) - shape).max() > 0.5


def test_barycentric_weights_give_the_pixel_back():
  shape = landmarks(SIZE).astype(np.float64)
  triangles = identity_map.Delaunay(shape).simplices
  warp = identity_map.rasterise(shape, triangles, SIZE)
  inside = warp.triangle >= 0
  corners = shape[triangles[warp.triangle]]
  at = (corners * warp.weights[..., None]).sum(2)
  y, x = np.mgrid[:SIZE, :SIZE]
  np.testing.assert_allclose(at[..., 0][inside], x[inside], atol=1e-6)
  np.testing.assert_allclose(at[..., 1][inside], y[inside], atol=1e-6)
  assert inside[SIZE // 2, SIZE // 2]
  assert not inside[0, 0]


def test_one_neutral_picture_maps_onto_itself_and_is_black_outside():
  maps = IdentityMaps({'a': [Neutral(ramp(), landmarks(SIZE))]}, SIZE)
  h = maps.maps['a']
  face = h.any(-1)
  assert 0.3 < face.mean() < 0.7
  assert np.abs(h[face].astype(int) - ramp()[face]).max() <= 1
  assert not h[~face].any()


def test_turned_heads_are_set_upright():
  upright = landmarks(SIZE)
  turned = similarity(upright - 16, 0.2, 1.0, (16, 16)).astype(np.float32)
  y, x = np.mgrid[:SIZE, :SIZE]
  back = similarity(np.stack([x, y], -1) - 16.0, -0.2, 1.0, (16, 16))
  inside = ((back >= 0) & (back <= SIZE - 1)).all(-1)
  picture = np.zeros((SIZE, SIZE, 3), np.uint8)
  picture[inside] = np.concatenate(
    [np.rint(back * 7), np.full((SIZE, SIZE, 1), 99)], -1
  )[inside]
  maps = IdentityMaps(
    {
      'a': [Neutral(ramp(), upright)],
      'b': [Neutral(picture, turned)],
      # Anchors the mean shape near upright.
      'c': [Neutral(ramp(), upright)] * 20,
    },
    SIZE,
  )
  a, b = maps.maps['a'].astype(int), maps.maps['b'].astype(int)
  both = a.any(-1) & b.any(-1)
  assert both.mean() > 0.3
  # The same face, up to the small common turn of the mean shape.
  apart = np.abs(a - b)[both].mean()
  assert apart < 4
  assert np.abs(a - picture)[both].mean() > 2 * apart


def test_mean_over_the_neutral_pictures():
  dark, light = np.full((2, SIZE, SIZE, 3), 50, np.uint8)
  light += 100
  n = landmarks(SIZE)
  maps = IdentityMaps({'a': [Neutral(dark, n), Neutral(light, n)]}, SIZE)
  h = maps.maps['a']
  assert set(np.unique(h)) == {0, 100}


def test_per_picture_keeps_the_own_texture():
  maps = IdentityMaps({'a': [Neutral(ramp(), landmarks(SIZE))]}, SIZE)
  bright = np.full((SIZE, SIZE, 3), 200, np.uint8)
  h = maps.of_picture(bright, landmarks(SIZE), 'a')
  assert set(np.unique(h)) == {0, 200}


def test_no_landmarks_is_one_line():
  with pytest.raises(UserError, match='face landmarker'):
    IdentityMaps({}, SIZE)
