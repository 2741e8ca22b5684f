"""Arrays that a file describes by a hash of their indices (AVD's weights)."""

from collections.abc import Mapping

import numpy as np

_32 = np.uint64(0xFFFFFFFF)


def _hash(count: int, tag: int) -> np.ndarray:
  """Numbers in [0, 1), float64, of the indices below `count`."""
  i = np.arange(count, dtype=np.uint64)
  h = i * np.uint64(2654435761) + np.uint64(tag * 40503 + 12345) & _32
  h = (h ^ h >> np.uint64(15)) * np.uint64(2246822519) & _32
  h = h ^ h >> np.uint64(13)
  return h / 2.0**32


def from_rules(rules: Mapping[str, list | None]) -> dict[str, np.ndarray]:
  """Float32 arrays by rules [tag, low, high, shape]; names of None are left.

  Values are low + (high - low) h, h hashed from the tag and the flat index.
  """
  arrays = {}
  for name, rule in rules.items():
    if rule is not None:
      tag, low, high, shape = rule
      values = low + (high - low) * _hash(int(np.prod(shape)), tag)
      arrays[name] = values.astype(np.float32).reshape(shape)
  return arrays
