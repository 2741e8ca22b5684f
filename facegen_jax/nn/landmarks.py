"""Facial landmarks as pictures, and under a mirror (68 points, iBUG order)."""

import jax
import jax.numpy as jnp
import numpy as np

# FLIP_68[i] is the point that lies at point i's place in the mirror.
FLIP_68 = np.array(
  [
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # bridge of the nose
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46),  # right eye
    *(39, 38, 37, 36, 41, 40),  # left eye
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lips
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lips
  ]
)


def flip_landmarks(landmarks: jax.Array, width: int) -> jax.Array:
  """Landmarks (... 68 2), pixels, of the picture mirrored left to right."""
  mirrored = landmarks * jnp.array([-1.0, 1.0]) + jnp.array([width - 1.0, 0.0])
  return mirrored[..., FLIP_68, :]


def landmark_image(
  landmarks: jax.Array, size: int | tuple[int, int], sigma: float = 1.0
) -> jax.Array:
  """Gaussian dots, the largest at each pixel: b n 2 (x, y) -> b h w 1.

  Values in [0, 1]; `sigma` and the points are in pixels, pixel centres at
  whole numbers. A point that is not finite draws nothing. The nearest
  point's squared distance is reduced point by point, so that no b n h w array
  is kept.
  """
  h, w = (size, size) if isinstance(size, int) else size
  finite = jnp.isfinite(landmarks).all(-1, keepdims=True)
  points = jnp.where(finite, landmarks, 1e6)
  x2 = jnp.square(jnp.arange(w) - points[..., 0, None])
  y2 = jnp.square(jnp.arange(h) - points[..., 1, None])
  nearest = jnp.min(y2[..., :, None] + x2[..., None, :], axis=1)
  return jnp.exp(-nearest / (2 * sigma**2))[..., None]
