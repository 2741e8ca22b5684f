"""Scenes in which the face stands where `data.align` would crop it."""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data import align
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.landmark_points import landmarks
from facegen_jax.data.synthface.scene import Scene
from facegen_jax.data.vocabulary import AUS


def registered(identity: Identity, scene: Scene) -> Scene:
  """`scene` moved in the picture plane so that the neutral face is in place.

  A picture of it equals the aligned crop of a picture of `scene`, without the
  crop's resampling. The head stays as turned (yaw, pitch) as it was.
  """
  neutral = landmarks(identity, jnp.zeros(len(AUS)), scene, 1)
  matrix = align.crop_from_landmarks(np.asarray(neutral), 1).matrix
  # At size 1 a pixel is a picture's width and (tx, ty) is its middle.
  turn, shift = matrix[:, :2], matrix[:, 2]
  tx, ty = turn @ np.array([scene.tx, scene.ty]) + shift
  moved = scene._replace(
    roll=scene.roll + np.arctan2(turn[1, 0], turn[0, 0]),
    scale=scene.scale * np.hypot(turn[0, 0], turn[1, 0]),
    tx=tx,
    ty=ty,
  )
  return jax.tree.map(jnp.float32, moved)
