"""Random arrays that a file describes by a rule instead of holding them.

Full-size networks would not fit a small file: its config gives `recipe`
(name -> shape, distribution, a, b) and `recipe_seed`, and a digest.
"""

from collections.abc import Mapping
import hashlib
from typing import Any
import zlib

import numpy as np

from facegen_jax.core.errors import UserError


def _draw(name: str, entry: list, seed: int) -> np.ndarray:
  shape, kind, a, b = entry
  state = (zlib.crc32(name.encode()) + seed) % 2**32
  draw = np.random.RandomState(state)  # the legacy stream never changes
  if kind == 'normal':
    values = a + b * draw.standard_normal(shape)
  elif kind == 'uniform':
    values = a + (b - a) * draw.random_sample(shape)
  else:
    raise UserError(f"{name}: the recipe knows no distribution '{kind}'")
  return values.astype(np.float32)


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
  digest = hashlib.sha256()
  for name in sorted(arrays):
    digest.update(name.encode())
    digest.update(np.ascontiguousarray(arrays[name]))
  return digest.hexdigest()


def drawn(
  recipe: Mapping[str, list], seed: int, sha256: str
) -> dict[str, np.ndarray]:
  """The arrays of a recipe, float32.

  The name's CRC-32 plus the seed starts NumPy's legacy generator; `normal` is
  a + b N(0, 1), `uniform` is in [a, b). Raises UserError if they do not have
  the digest `sha256`.
  """
  arrays = {name: _draw(name, entry, seed) for name, entry in recipe.items()}
  found = _digest(arrays)
  if found != sha256:
    raise UserError(
      f'the recipe gives arrays of digest {found[:12]}, the file wants '
      f'{sha256[:12]}: its config was changed'
    )
  return arrays


def from_recipe(
  config: Mapping[str, Any],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
  """(parameters, inputs) of a file's config as `drawn`.

  `inputs` maps an input's name to the name it is drawn by and an entry. Raises
  UserError if the parameters do not have the digest `param_sha256`, KeyError
  if the config lacks an entry.
  """
  seed = config['recipe_seed']
  params = drawn(config['recipe'], seed, config['param_sha256'])
  inputs = {
    name: _draw(drawn_as, entry, seed)
    for name, (drawn_as, *entry) in config['inputs'].items()
  }
  return params, inputs
