"""Registered scenes against the aligned crop of the unregistered picture."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.data import align
from facegen_jax.data.synthface import clips as clips_lib
from facegen_jax.data.synthface import (
  landmarks,
  render,
  sample_identity,
  sample_scene,
)
from facegen_jax.data.synthface.clips import make_clips, to_uint8
from facegen_jax.data.synthface.registered import registered

SIZE = 64
NEUTRAL = jnp.zeros(12)


def drawn(seed):
  keys = jax.random.split(jax.random.key(seed))
  return sample_identity(keys[0]), sample_scene(keys[1])


@pytest.mark.parametrize('seed', range(5))
def test_a_crop_of_the_registered_face_moves_nothing(seed):
  identity, scene = drawn(seed)
  points = landmarks(identity, NEUTRAL, registered(identity, scene), SIZE)
  crop = align.crop_from_landmarks(np.asarray(points), SIZE)
  np.testing.assert_allclose(crop.matrix, np.eye(2, 3), atol=2e-4)


def test_it_is_the_crop_of_the_first_picture_without_resampling():
  identity, scene = drawn(7)
  points = landmarks(identity, NEUTRAL, scene, SIZE)
  crop = align.crop_from_landmarks(np.asarray(points), SIZE)
  before = np.asarray(to_uint8(render(identity, NEUTRAL, scene, SIZE)))
  moved = registered(identity, scene)
  made = np.asarray(to_uint8(render(identity, NEUTRAL, moved, SIZE)))
  inner = np.s_[16:48, 16:48]
  error = np.abs(align.warp(before, crop)[inner] - made[inner].astype(float))
  unmoved = np.abs(before[inner] - made[inner].astype(float))
  assert error.mean() < 0.25 * unmoved.mean()


def test_only_the_place_in_the_picture_changes():
  identity, scene = drawn(3)
  moved = registered(identity, scene)
  placed = {'roll', 'scale', 'tx', 'ty'}
  for name, value in scene._asdict().items():
    same = np.array_equal(value, getattr(moved, name))
    assert same == (name not in placed), name


def test_clips_keep_everything_else(monkeypatch):
  # Nothing here looks at pixels, and compiling the renderer takes long.
  monkeypatch.setattr(
    clips_lib,
    'render_batch',
    lambda who, aus, scenes, size: jnp.zeros((len(aus), size, size, 3)),
  )

  def clips(register):
    return make_clips(
      0,
      1,
      kind='macro',
      frames=6,
      fps=8.0,
      size=16,
      takes=2,
      register=register,
    )

  free, placed = clips(False), clips(True)
  np.testing.assert_array_equal(free.aus, placed.aus)
  np.testing.assert_array_equal(free.scenes.light, placed.scenes.light)
  eyes = np.asarray(placed.landmarks)[..., 36:48, :].mean(-2)
  wanted = [0.5 * 16 - 0.5, align.EYE_HEIGHT * 16 - 0.5]
  assert np.abs(eyes - wanted).max() < 0.5  # sway alone
