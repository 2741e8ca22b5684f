"""The adversarial stages: which resolution when, and how far a fade has come.

Progressive growing as StyleGAN trains it (Karras et al., CVPR 2019; its
official training): from 8 px on, each resolution is faded in and then trained
alone, both for so many thousands of pictures (kimg).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.systems.au_transfer.generator import layer_count

# Learning rates of the official training, shares of that up to 64 px.
_RATES = {128: 1.5, 256: 2.0, 512: 3.0, 1024: 3.0}


class Level(NamedTuple):
  """One adversarial stage.

  Attributes:
    size: side of its pictures.
    fades: whether the resolution comes in here.
    start: steps of the run before it.
    steps: its length.
    batch: pictures a step.
  """

  size: int
  fades: bool
  start: int
  steps: int
  batch: int

  @property
  def name(self) -> str:
    """`fade16`, `stable16`."""
    return f'{"fade" if self.fades else "stable"}{self.size}'

  @property
  def layers(self) -> int:
    """Synthesis layers that run."""
    return layer_count(self.size)

  def share(self, step: jax.Array | int) -> jax.Array | None:
    """The share that the resolution before still has; None where none has."""
    if not self.fades:
      return None
    return jnp.clip(1 - (step - self.start) / self.steps, 0.0, 1.0)

  def rate(self, learning_rate: float) -> float:
    """The learning rate of this resolution."""
    return learning_rate * _RATES.get(self.size, 1.0)

  def decay(self, half_life: float) -> float:
    """Of averaged weights, a step; `half_life` in thousands of pictures."""
    return 0.5 ** (self.batch / (1000 * half_life))


def levels(config: Any) -> tuple[Level, ...]:
  """The stages of a run; the last one takes what is left of `total_kimg`."""
  start, found = config.stages.features, []
  spans = list(_spans(config))
  for i, (size, fades, kimg) in enumerate(spans):
    if i == len(spans) - 1:
      kimg = config.stages.total_kimg - sum(span[2] for span in spans[:-1])
    batch = config.stages.batch[f'px{size}']
    steps = max(round(1000 * kimg / batch), 0)
    found.append(Level(size, fades, start, steps, batch))
    start += steps
  return tuple(found)


def least_kimg(config: Any) -> float:
  """What all resolutions but the last one's own stage need."""
  return sum(span[2] for span in _spans(config)) - config.stages.stable_kimg


def sizes(config: Any) -> tuple[int, ...]:
  """The resolutions, `stages.start` to `data.size`."""
  size, found = config.stages.start, []
  while size <= config.data.size:
    found.append(size)
    size *= 2
  return tuple(found)


def _spans(config: Any) -> Iterator[tuple[int, bool, float]]:
  stages = config.stages
  for i, size in enumerate(sizes(config)):
    if i:
      yield size, True, stages.fade_kimg
    yield size, False, stages.stable_kimg
