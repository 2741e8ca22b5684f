"""The arrays of one network of StyleGAN 1, in whatever names, made ours.

Every array is checked: that it is there, of its shape, float32 and finite, and
that there is no other.
"""

from collections.abc import Mapping
import re
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights import stylegan_shapes, stylegan_sizes
from facegen_jax.weights.mapping import Target, translate
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.stylegan_dialects import Dialect
from facegen_jax.weights.stylegan_names import Arrays
from facegen_jax.weights.stylegan_shapes import Shapes

BLUR = np.outer((1, 2, 1), (1, 2, 1)).astype(np.float32) / 16
_LARGEST = 4096  # px of which names are looked for
_MOST_LAYERS = 64  # of a mapping network; more are told as extra


def _problem(name: Any, value: Any) -> str | None:
  """What is amiss with an entry of a state dict."""
  if not isinstance(name, str):
    return f'the key {one_line(name)} is no name'
  if not isinstance(value, np.ndarray):
    return f'{one_line(name)} is a {type(value).__name__}, no array'
  if value.dtype != np.float32:
    return f'{one_line(name)} holds {value.dtype}, not float32'
  if not value.size:
    return f'{one_line(name)} is empty, of shape {value.shape}'
  if not np.isfinite(value).all():
    return f'{one_line(name)} holds NaN or infinity'
  if not name.endswith('.kernel'):
    return None
  blur = value.shape[-2:] == BLUR.shape and abs(value - BLUR).max() < 1e-6
  return None if blur else f'{one_line(name)} is not the blur of 1, 2, 1'


def _checked(state: Any, place: str) -> Arrays:
  """A state dict's arrays, without the constants that modules keep in it."""
  if not isinstance(state, Mapping):
    raise UserError(f'{place} is a {type(state).__name__}, no state dict')
  for name, value in state.items():
    if problem := _problem(name, value):
      raise UserError(f'{place}: {problem}')
  # What a user asked for is stored by some, and is no weight.
  constants = '.kernel', 'truncation.truncation'
  return {k: v for k, v in state.items() if not k.endswith(constants)}


def _by_our_names(
  arrays: Arrays, dialect: Dialect, names: Mapping[str, str]
) -> Arrays:
  """As many as have names; one of a wrong rank as it lies there."""
  found = {}
  for ours, theirs in names.items():
    if theirs in arrays:
      try:
        found[ours] = dialect.layout(ours, theirs)(arrays[theirs])
      except ValueError:
        found[ours] = arrays[theirs]
  return found


def _taken(
  arrays: Arrays,
  dialect: Dialect,
  names: Mapping[str, str],
  shapes: Shapes,
  place: str,
) -> Arrays:
  """The arrays under our names: all that there must be, and no other."""
  left = {
    ours
    for ours, theirs in names.items()
    if theirs not in arrays and re.fullmatch(dialect.lacks, theirs)
  }
  table = {
    theirs: Target((ours,), dialect.layout(ours, theirs))
    for ours, theirs in names.items()
    if ours not in left
  }
  shapes = {k: v for k, v in shapes.items() if k not in left}
  like = stylegan_shapes.as_tree(shapes)
  taken = translate(arrays, table, like, place=place)
  return {k: np.ascontiguousarray(v) for k, v in taken.items()}


def _check_grown(lod: np.ndarray | None, size: int, place: str) -> None:
  """Below a level of detail of 0 the last layers were not trained."""
  if lod is not None and lod[0] != 0:
    raise UserError(
      f'{place} was saved while it grew, at level of detail {lod[0]:g}: its '
      f'layers of {size} px are not trained; give a later snapshot'
    )


def generator_arrays(
  state: Any, dialect: Dialect, place: str
) -> tuple[Arrays, Sizes]:
  """A generator's arrays by our names, float32, and its sizes.

  What the dialect's files leave out is not there. Raises UserError naming
  `place` and, in the file's words, the arrays that are missing, extra or
  reshaped, not float32, or not finite.
  """
  arrays = _checked(state, place)
  names = dialect.generator(_LARGEST, _MOST_LAYERS)
  found = _by_our_names(arrays, dialect, names)
  sizes = stylegan_sizes.generator_sizes(found, place=place)
  names = dialect.generator(sizes['size'], sizes['mapping_layers'])
  shapes = stylegan_shapes.generator_shapes(sizes)
  taken = _taken(arrays, dialect, names, shapes, place)
  _check_grown(taken.get('synthesis.lod'), sizes['size'], place)
  return taken, sizes


def discriminator_arrays(
  state: Any, dialect: Dialect, sizes: Sizes, place: str
) -> Arrays:
  """A discriminator's arrays, for a generator of `sizes`; as the generator's.

  Raises UserError also if the two are of other sizes or widths.
  """
  arrays = _checked(state, place)
  names = dialect.discriminator(sizes['size'])
  found = _by_our_names(arrays, dialect, names)
  own = stylegan_sizes.discriminator_sizes(found, place=place)
  for name, one in own.items():
    if one != sizes[name]:
      raise UserError(
        f'{place} is of {name} {one}, its generator of {sizes[name]}'
      )
  return _taken(
    arrays, dialect, names, stylegan_shapes.discriminator_shapes(own), place
  )
