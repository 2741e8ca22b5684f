"""A sequence of any length from a system that makes a few frames at a time."""

from collections.abc import Callable, Iterator

import numpy as np


def parts(
  generate: Callable[..., np.ndarray],
  constant: np.ndarray,
  previous: np.ndarray,
  current: np.ndarray,
  samples: np.ndarray,
  frames: int,
) -> Iterator[np.ndarray]:
  """The next `frames` frames, in parts b t h w 3 in [-1, 1].

  A part goes on from the last two frames of the one before: one compilation
  does for any length, and memory does not grow with it.

  Args:
    generate: `(constant=, previous=, current=, sample=, time=) -> b t h w 3`.
    constant: F_c, b h w 3 in [-1, 1]; `previous` and `current` F_1 and F_2.
    samples: b int32, the number of each future.
    frames: how many.
  """
  done = 0
  while done < frames:
    made = generate(
      constant=constant,
      previous=previous,
      current=current,
      sample=np.asarray(samples, np.int32),
      time=np.int32(done),
    )
    yield made[:, : frames - done]
    # A part may be one frame long.
    last = np.concatenate([current[:, None], made], 1)[:, -2:]
    previous, current = last[:, 0], last[:, 1]
    done += made.shape[1]
