"""Extractors that are networks in JAX: this project's own, or a user's."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.levels import to_unit
from facegen_jax.metrics.extractors.extractor import Extractor

OWN = 'trained by this run; as free as its training data'


def network(
  name: str,
  apply: Callable[..., jax.Array],
  weights: Any = (),
  *,
  licence: str = OWN,
  normalise: bool = False,
  batch_size: int = 16,
) -> Extractor:
  """An extractor of `apply(x, *weights)`, x of b h w 3 in [-1, 1] -> b ....

  What comes out is flattened. It is compiled once a picture size, as the last
  batch is padded, and runs in full float32 on any device. Give large weights
  as `weights`: those that `apply` closes over are compiled in. `normalise`
  divides rows by their norm (a row of zeros stays). It gives no NaN rows: see
  `extractor.only_faces`.
  """

  @jax.jit
  def forward(pictures: jax.Array, *weights: Any) -> jax.Array:
    with jax.default_matmul_precision('highest'):
      out = apply(to_unit(pictures), *weights)
    rows = out.reshape(len(pictures), -1).astype(jnp.float32)
    return _unit(rows) if normalise else rows

  def embed(pictures: np.ndarray) -> np.ndarray:
    count = len(pictures)
    padding = np.repeat(pictures[-1:], -count % batch_size, 0)
    whole = np.concatenate([pictures, padding])
    parts = np.split(whole, len(whole) // batch_size)
    rows = [np.asarray(forward(part, *weights)) for part in parts]
    return np.concatenate(rows)[:count]

  return Extractor(name, licence, normalise, embed)


def _unit(rows: jax.Array) -> jax.Array:
  norms = jnp.linalg.norm(rows, axis=1, keepdims=True)
  return rows / jnp.where(norms > 0, norms, 1)
