"""The arrays of one network of StyleGAN 1, in whatever names, made ours.

Every array is checked: that it is there, of its shape, float32 and finite, and
that there is no other.
"""

from collections.abc import Mapping
import re
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights import stylegan_shapes
from facegen_jax.weights.mapping import Target, translate
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.stylegan_dialects import Dialect
from facegen_jax.weights.stylegan_names import Arrays
from facegen_jax.weights.stylegan_shapes import Find, Shapes, Sizes

_BLUR = np.outer((1, 2, 1), (1, 2, 1)).astype(np.float32) / 16


def _problem(name: Any, value: Any) -> str | None:
  """What is amiss with an entry of a state dict."""
  if not isinstance(name, str):
    return f'the key {one_line(name)} is no name'
  if not isinstance(value, np.ndarray):
    return f'{one_line(name)} is a {type(value).__name__}, no array'
  if value.dtype != np.float32:
    return f'{one_line(name)} holds {value.dtype}, not float32'
  if not np.isfinite(value).all():
    return f'{one_line(name)} holds NaN or infinity'
  if not name.endswith('.kernel'):
    return None
  there = value.shape[-2:] == _BLUR.shape and value.size
  blur = there and abs(value - _BLUR).max() < 1e-6
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


def _finder(arrays: Arrays, dialect: Dialect, names: Mapping[str, str]) -> Find:
  """Arrays by our names; one of a wrong rank as it lies there."""

  def find(name: str) -> np.ndarray | None:
    value = arrays.get(names.get(name, ''))
    if value is None:
      return None
    try:
      return dialect.layout(name, names[name])(value)
    except ValueError:
      return value

  return find


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
  names = dialect.generator(
    stylegan_shapes.LARGEST, stylegan_shapes.MOST_LAYERS
  )
  find = _finder(arrays, dialect, names)
  sizes = stylegan_shapes.generator_sizes(find, place)
  names = dialect.generator(sizes.size, sizes.mapping_layers)
  shapes = stylegan_shapes.generator_shapes(sizes)
  taken = _taken(arrays, dialect, names, shapes, place)
  _check_grown(taken.get('synthesis.lod'), sizes.size, place)
  return taken, sizes


def discriminator_arrays(
  state: Any, dialect: Dialect, sizes: Sizes, place: str
) -> Arrays:
  """A discriminator's arrays, for a generator of `sizes`; as the generator's.

  Raises UserError also if the two are of other sizes or widths.
  """
  arrays = _checked(state, place)
  # Told by the finest layer down: it has no name by resolution in all files.
  names = dialect.discriminator(sizes.size)
  own = stylegan_shapes.discriminator_sizes(
    _finder(arrays, dialect, names), place
  )
  if (own.size, own.widths) != (sizes.size, sizes.widths):
    raise UserError(
      f'{place} is of {own.size} px and channels {list(own.widths.values())}, '
      f'the generator of {sizes.size} px and {list(sizes.widths.values())}'
    )
  shapes = stylegan_shapes.discriminator_shapes(own)
  return _taken(arrays, dialect, names, shapes, place)
