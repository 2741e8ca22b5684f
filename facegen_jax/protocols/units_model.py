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
    features: rows that the Frechet distance is taken of.
  """

  render: Callable[[np.ndarray], np.ndarray]
  units: Extractor
  identity: Extractor
  features: Extractor

  def judged(self, pictures: np.ndarray) -> np.ndarray:
    """Intensities n 12 of pictures n h w 3 uint8."""
    return features(self.units, pictures).rows

  def likeness(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosines (n) of whom pictures n h w 3 uint8 show."""
    one, two = (features(self.identity, x).rows for x in (a, b))
    return (one * two).sum(1)


def model(system: Any, nets: Any, batch_size: int) -> Model:
  """Of a run, in batches of one size.

  Args:
    system: with `render`, `judged`, `identity` and `judge_features`.
    nets: of its state.
    batch_size: pictures at once.
  """
  frozen = system.frozen()

  def looked(name: str, see: Callable, **how: Any) -> Extractor:
    return network(
      name,
      lambda pictures, nets, frozen: see(nets, frozen, pictures),
      (nets, frozen),
      batch_size=batch_size,
      **how,
    )

  render = jax.jit(system.render)
  return Model(
    batched(lambda codes: to_uint8(render(nets, frozen, codes)), batch_size),
    looked("the run's network `judge`, action units", system.judged),
    looked(
      "the run's network `judge`, people", system.identity, normalise=True
    ),
    looked("the run's network `judge`, fc7", system.judge_features),
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


def drawn(
  system: Any, nets: Any, count: int, seed: int, batch_size: int
) -> np.ndarray:
  """Codes n L w of sampled faces: mapped z, not truncated."""
  frozen = system.frozen()
  sample = jax.jit(
    lambda key: system.random_codes(nets, frozen, key, batch_size)
  )
  keys = jax.random.split(jax.random.key(seed), -(-count // batch_size))
  return np.concatenate([np.asarray(sample(key)) for key in keys])[:count]
