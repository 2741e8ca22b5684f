"""A run's networks as functions of numpy arrays, each compiled once."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from facegen_jax.core.levels import to_uint8
from facegen_jax.data.vocabulary import AUS
from facegen_jax.metrics.extractors.extractor import Extractor, features
from facegen_jax.metrics.extractors.network import network

NAMES = tuple(f'AU{au}' for au in AUS)

# codes n L w, strengths (12,) -> codes n L w
Edit = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Model(NamedTuple):
  """What draws codes, and what looks at pictures.

  Attributes:
    render: codes n L w -> pictures n h w 3 uint8.
    units: rows are intensities of `vocabulary.AUS`.
    identity: rows tell people; of norm 1.
    spaces: what Frechet distances are taken of, by name, the usual one first.
  """

  render: Callable[[np.ndarray], np.ndarray]
  units: Extractor
  identity: Extractor
  spaces: dict[str, Extractor]

  def judged(self, pictures: np.ndarray) -> np.ndarray:
    """Intensities n 12 of pictures n h w 3 uint8."""
    return features(self.units, pictures).rows

  def likeness(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosines (n) of whom pictures n h w 3 uint8 show."""
    one, two = (features(self.identity, x).rows for x in (a, b))
    return (one * two).sum(1)


class Painter:
  """Draws codes by any weights of a run's generator; compiled once.

  Args:
    system: with `render` and `random_codes`.
    batch_size: pictures at once.
  """

  def __init__(self, system: Any, batch_size: int):
    self._frozen, self._size = system.frozen(), batch_size
    self._render = jax.jit(system.render)
    self._codes = jax.jit(
      lambda nets, frozen, key: system.random_codes(
        nets, frozen, key, batch_size
      )
    )

  def render(self, nets: Any, codes: np.ndarray) -> np.ndarray:
    """Pictures n h w 3 uint8 of codes n L w."""

    def draw(part: np.ndarray) -> np.ndarray:
      return to_uint8(self._render(nets, self._frozen, part))

    return batched(draw, self._size)(np.float32(codes))

  def sampled(self, nets: Any, count: int, seed: int) -> np.ndarray:
    """Codes n L w of sampled faces: mapped z, not truncated."""
    keys = jax.random.split(jax.random.key(seed), -(-count // self._size))
    parts = [np.asarray(self._codes(nets, self._frozen, key)) for key in keys]
    return np.concatenate(parts)[:count]


def model(system: Any, nets: Any, painter: Painter, batch_size: int) -> Model:
  """Of a run, in batches of one size.

  Args:
    system: with `judged`, `identity` and `judge_features`.
    nets: of its state.
    painter: of that system.
    batch_size: pictures at once.
  """
  weights = nets, system.frozen()

  def looked(name: str, see: Callable, **how: Any) -> Extractor:
    return network(
      f"the run's network `judge`, {name}",
      lambda pictures, nets, frozen: see(nets, frozen, pictures),
      weights,
      batch_size=batch_size,
      **how,
    )

  def spaced(name: str, title: str) -> Extractor:
    return looked(title, lambda *of: system.judge_features(*of)[name])

  return Model(
    lambda codes: painter.render(nets, codes),
    looked('action units', system.judged),
    looked('people', system.identity, normalise=True),
    {
      'pooled': spaced('pooled', 'means over the last convolution'),
      'fc7': spaced('fc7', 'fc7'),
    },
  )


def batched(
  apply: Callable[[np.ndarray], np.ndarray], size: int
) -> Callable[[np.ndarray], np.ndarray]:
  """The same for any number of rows: in batches, the last one filled up."""

  def every(rows: np.ndarray) -> np.ndarray:
    count = len(rows)
    filled = np.concatenate([rows, np.repeat(rows[-1:], -count % size, 0)])
    parts = np.split(filled, len(filled) // size)
    return np.concatenate([np.asarray(apply(x)) for x in parts])[:count]

  return every
