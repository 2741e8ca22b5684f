"""Pictures at the edges, uint8, and inside, float32 in [-1, 1]."""

from typing import TypeVar

import jax
import numpy as np

Array = TypeVar('Array', np.ndarray, jax.Array)


def to_unit(picture: Array) -> Array:
  """0..255 to [-1, 1] float32."""
  return picture.astype(np.float32) / 127.5 - 1


def as_unit(x: Array) -> Array:
  """Pictures in bytes to [-1, 1]; anything else stays as it is."""
  return to_unit(x) if x.dtype == np.uint8 else x


def to_uint8(picture: np.ndarray) -> np.ndarray:
  """[-1, 1] to 0..255, rounded."""
  return np.uint8(np.clip(np.rint((np.asarray(picture) + 1) * 127.5), 0, 255))
