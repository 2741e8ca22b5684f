"""The 68 points of iBUG on the same curves that the pixels use."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data.synthface import curves, pose
from facegen_jax.data.synthface import head as head_lib
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.relief import depth_of, parallax_bumps
from facegen_jax.data.synthface.scene import Scene

# Height of jaw points 0..8 as a part of the chin's.
_JAW = (0.035, 0.155, 0.282, 0.49, 0.62, 0.76, 0.885, 0.975, 0.999)


def _mirror(right: jax.Array) -> jax.Array:
  """The left half of points given from the outside to the middle."""
  return jnp.flip(right, axis=0) * jnp.asarray([-1.0, 1.0])


def _jaw(head: head_lib.Head) -> jax.Array:
  v = jnp.asarray(_JAW) * head.chin
  width = head_lib.section(head, v)[0].at[-1].set(0.0)
  left = jnp.stack([-width, v], -1)
  return jnp.concatenate([left, _mirror(left)[1:]])


def _brows(brow: curves.Brow) -> jax.Array:
  b = jnp.asarray([0.04, 0.41, 0.69, 0.90, 1.02])
  a = brow.inner + b * (brow.outer - brow.inner)
  rim = jnp.asarray([0.3, 1.0, 1.0, 1.0, 0.6])
  v = curves.brow_centre(brow, a)[1] - rim * curves.brow_half(brow, b)
  right = jnp.stack([a, v], -1)
  return jnp.concatenate([_mirror(right), right])


def _nose(identity: Identity, raised: jax.Array) -> jax.Array:
  base = identity.nose_base - 0.012 * raised
  tip = identity.nose_base - 0.15
  bridge = jnp.stack([jnp.zeros(4), jnp.linspace(-0.045, tip, 4)], -1)
  a = identity.nose_width * jnp.asarray([-1.0, -0.48, 0.0, 0.48, 1.0])
  v = base - jnp.asarray([0.022, 0.0, -0.005, 0.0, 0.022])
  v = v - 0.02 * raised * jnp.asarray([1.0, 0.3, 0.0, 0.3, 1.0])
  return jnp.concatenate([bridge, jnp.stack([a, v], -1)])


def _eyes(eye: curves.Eye) -> jax.Array:
  e = jnp.asarray([-1.0, -0.38, 0.38, 1.0, 0.38, -0.38])
  a = eye.x + e * eye.half
  _, upper, lower = curves.lids(eye, a)
  v = jnp.where(np.arange(6) < 4, upper, lower)
  right = jnp.stack([a, v], -1)
  left = right[np.asarray([3, 2, 1, 0, 5, 4])] * jnp.asarray([-1.0, 1.0])
  return jnp.concatenate([left, right])


def _mouth(mouth: curves.Mouth) -> jax.Array:
  side = jnp.asarray([-1.0, -0.58, -0.29, 0.0, 0.29, 0.58, 1.0]) * mouth.half
  low = jnp.asarray([0.75, 0.29, 0.0, -0.29, -0.75]) * mouth.half
  corner = curves.inner_corner(mouth)
  inner = jnp.asarray([-1.0, -0.27, 0.0, 0.27, 1.0]) * corner
  inner_low = jnp.asarray([0.27, 0.0, -0.27]) * corner

  def curve(u: jax.Array, i: int) -> jax.Array:
    return jnp.stack([u, curves.lips(mouth, jnp.abs(u))[i]], -1)

  return jnp.concatenate(
    [curve(side, 1), curve(low, 4), curve(inner, 2), curve(inner_low, 3)]
  )


def surface_points(
  identity: Identity, aus: jax.Array, blink: jax.Array
) -> jax.Array:
  """(u, v) of the 68 points on the head, `(68, 2)`."""
  raised = curves.units(aus)[9]
  return jnp.concatenate(
    [
      _jaw(head_lib.head_of(identity, aus)),
      _brows(curves.brow_of(identity, aus)),
      _nose(identity, raised),
      _eyes(curves.eye_of(identity, aus, blink)),
      _mouth(curves.mouth_of(identity, aus)),
    ]
  )


@partial(jax.jit, static_argnames='size')
def landmarks(
  identity: Identity, aus: jax.Array, scene: Scene, size: int
) -> jax.Array:
  """The 68 points in pixels, `(68, 2)` as (x, y), pixel centres at integers.

  Jaw points lie on the side of the face itself, so that in a turned head they
  are its true three-dimensional positions and not the visible outline.
  """
  points = surface_points(identity, aus, scene.blink)
  u, v = points[:, 0], points[:, 1]
  head = head_lib.head_of(identity, aus)
  z = head_lib.base_depth(head, u, v)
  z = z + depth_of(parallax_bumps(identity, aus), jnp.abs(u), v)
  return pose.project(scene, u, v, z, size)
