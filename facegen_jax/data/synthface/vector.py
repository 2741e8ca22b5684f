"""Identities and scenes as one float32 vector, for storage."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


def to_vector(x: NamedTuple) -> jax.Array:
  """All numbers of an `Identity` or `Scene` in field order, `(n,)`."""
  return jnp.concatenate(
    [jnp.ravel(jnp.asarray(field, jnp.float32)) for field in x]
  )


def from_vector(
  cls: type, widths: dict[str, int], vector: jax.Array
) -> NamedTuple:
  """Inverse of `to_vector`; `widths` holds the fields wider than one."""
  sizes = [widths.get(name, 1) for name in cls._fields]
  if vector.shape[-1] != sum(sizes):
    raise ValueError(
      f'{cls.__name__} has {sum(sizes)} numbers, got {vector.shape[-1]}'
    )
  parts = jnp.split(vector, np.cumsum(sizes)[:-1], axis=-1)
  return cls(
    *(
      part if size > 1 else part[..., 0]
      for part, size in zip(parts, sizes, strict=True)
    )
  )
