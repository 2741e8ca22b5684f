"""PyTorch's kernels of transposed convolutions in our layout."""

import numpy as np


def transposed2d(x: np.ndarray) -> np.ndarray:
  """In out h w -> h w in out."""
  return x.transpose(2, 3, 0, 1)


def transposed3d(x: np.ndarray) -> np.ndarray:
  """In out t h w -> t h w in out."""
  return x.transpose(2, 3, 4, 0, 1)
