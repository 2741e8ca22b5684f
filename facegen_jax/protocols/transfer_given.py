"""What a system is given to bring one person's expression to another."""

from collections.abc import Callable
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.data.clips import Clips

Generate = Callable[..., np.ndarray]
Further = Callable[[list], dict[str, np.ndarray]]


def adapted(
  system: Any, clips: Clips, generate: Generate
) -> tuple[Generate, Further]:
  """Any system as one that takes a source's expression to a target.

  To a system that moves a picture as a driver moves, the target is the
  picture, the source the driver, and the neutral frame of the source's clip
  where the driver began.

  Args:
    system: of the run; `TAKES` says what it is given.
    clips: that pairs index.
    generate: of `runs.generator`.

  Returns:
    `(source=, target=, **further) -> result` and `pairs -> further`.

  Raises:
    UserError: a system that does not transfer.
  """
  if tuple(system.TAKES) == ('source', 'target'):
    return generate, lambda pairs: {}
  if tuple(system.TAKES) != ('source', 'driving', 'first'):
    raise UserError(
      'config.evaluate.protocol=transfer: a system that takes '
      f'{" and ".join(system.TAKES)} transfers nothing'
    )

  def moved(
    source: np.ndarray, target: np.ndarray, **further: np.ndarray
  ) -> np.ndarray:
    return generate(source=target, driving=source, **further)

  return moved, lambda pairs: _further(system, clips, pairs)


def _further(system: Any, clips: Clips, pairs: list) -> dict[str, np.ndarray]:
  """The driver at rest and, if they are wanted, the landmarks of all."""
  first = [(pair.source[0], clips[pair.source[0]].neutral()) for pair in pairs]
  found = {'first': _read(clips, first)}
  if system.landmarked:
    frames = {
      'source': [pair.target for pair in pairs],
      'driving': [pair.source for pair in pairs],
      'first': first,
    }
    for name, at in frames.items():
      points = [clips[c].points(t) for c, t in at]
      found[f'{name}_landmarks'] = np.stack(points)
  return found


def _read(clips: Clips, frames: list[tuple[int, int]]) -> np.ndarray:
  return to_unit(np.stack([clips[c].picture(t) for c, t in frames]))
