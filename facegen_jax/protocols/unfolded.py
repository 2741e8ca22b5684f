"""Futures of held-out people: real clips go on from their first two frames."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.protocols.transfer import padded
from facegen_jax.systems import unfolding
from facegen_jax.systems.sslg.examples import Neutrals

Generate = Callable[..., np.ndarray]


class Future(NamedTuple):
  """One future of a clip.

  Attributes:
    clip: the real one.
    number: of the future.
    constant: F_c, h w 3 uint8.
    frames: F_2 and what was made, t h w 3 uint8.
  """

  clip: Clip
  number: int
  constant: np.ndarray
  frames: np.ndarray

  @property
  def name(self) -> str:
    """As folders of clips name a repeat."""
    return f'{named(self.clip)}__{self.number}'


def named(clip: Clip) -> str:
  """Of the real clip."""
  return f'{clip.subject}/{clip.name}'


def futures(
  clips: Clips,
  neutrals: Neutrals,
  generate: Generate,
  *,
  seeds: int,
  frames: int,
  batch_size: int,
  swapped: bool = False,
) -> Iterator[Future]:
  """`seeds` futures of each clip, of `frames` frames behind F_2.

  The same numbers of two clips have the same noise.
  """
  todo = [(i, k) for i in range(len(clips)) for k in range(seeds)]
  for part, real in padded(todo, batch_size):
    shown = [clips[i] for i, _ in part]
    constant = np.stack([neutrals.of(clip) for clip in shown])
    first, second = (
      np.stack([clip.picture(t) for clip in shown]) for t in (0, 1)
    )
    if swapped:
      first, second = second, first
    made = unfolding.parts(
      generate,
      to_unit(constant),
      to_unit(first),
      to_unit(second),
      np.array([k for _, k in part]),
      frames,
    )
    parts = [second[:, None], *map(to_uint8, made)]
    whole = np.concatenate(parts, 1)
    for b in range(real):
      yield Future(shown[b], part[b][1], constant[b], whole[b])


def real(clip: Clip) -> np.ndarray:
  """What a future stands beside: F_2 and the rest, t h w 3 uint8."""
  return np.stack([clip.picture(t) for t in range(1, len(clip))])
