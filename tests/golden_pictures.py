"""The pictures that trusted values of image metrics were taken of."""

import hashlib

import numpy as np
from skimage import data


def _box3(x):
  p = np.pad(x, [(1, 1), (1, 1)] + [(0, 0)] * (x.ndim - 2), mode='edge')
  h, w = x.shape[:2]
  return (
    sum(p[i : i + h, j : j + w] for i in range(3) for j in range(3)) + 4
  ) // 9


DEGRADED = {
  'quant16': lambda x: x // 16 * 16 + 8,
  'box3': _box3,
  'shift1': lambda x: np.roll(x, 1, 1),
  'dim': lambda x: x * 3 // 4,
}


def degraded(picture, op):
  """A worse copy, uint8."""
  return DEGRADED[op](picture.astype(int)).astype(np.uint8)


def cropped(name, crop):
  """A picture of scikit-image by name; `crop`: top, left, height, width."""
  picture = getattr(data, name)()
  if not crop:
    return picture
  top, left, h, w = crop if len(crop) == 4 else (*crop, crop[-1])
  return picture[top : top + h, left : left + w]


def digest(x):
  """As the trusted values name a picture."""
  return hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()


def avoids_traps(got, row, right, tolerance):
  """Asserts that `got` is none of the row's wrong values but the right one."""
  for name, wrong in row.items():
    if name.startswith('TRAP_') and abs(wrong - right) > 2 * tolerance:
      assert abs(got - wrong) > tolerance, name
