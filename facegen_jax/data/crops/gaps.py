"""Frames in which no face was found."""

from collections.abc import Sequence

import numpy as np


def filled(
  landmarks: Sequence[np.ndarray | None],
) -> tuple[np.ndarray, int]:
  """Landmarks of every frame, and how many of them were filled in.

  A gap goes linearly from the face before it to that after it; before the
  first and after the last face that face stays.

  Args:
    landmarks: 68 2 a frame, None where no face was found.

  Returns:
    t 68 2 float32, and the number of frames that were None.

  Raises:
    ValueError: no frame has a face.
  """
  seen = [i for i, face in enumerate(landmarks) if face is not None]
  if not seen:
    raise ValueError(f'no face in any of {len(landmarks)} frames')
  known = np.stack([landmarks[i] for i in seen]).astype(np.float32)
  whole = np.zeros((len(landmarks), *known.shape[1:]), np.float32)
  times = np.arange(len(landmarks))
  for place in np.ndindex(known.shape[1:]):
    whole[:, *place] = np.interp(times, seen, known[:, *place])
  return whole, len(landmarks) - len(seen)
