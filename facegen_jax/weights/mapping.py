"""From a foreign state dict to our plain dicts, by a table of names."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError

_TOLD = 6  # names of a kind in an error


class Target(NamedTuple):
  """Where an array goes in our plain dicts, and how it is laid out anew."""

  path: tuple[str | int, ...]
  layout: Callable[[np.ndarray], np.ndarray]


Table = Mapping[str, Target]


def same(x: np.ndarray) -> np.ndarray:
  """Vectors: biases, scales, hashes."""
  return x


def conv2d(x: np.ndarray) -> np.ndarray:
  """Convolution kernel, out in h w -> h w in out."""
  return x.transpose(2, 3, 1, 0)


def linear(x: np.ndarray) -> np.ndarray:
  """Dense kernel, out in -> in out."""
  return x.transpose()


def layer(name: str, path: tuple[str | int, ...], kernel: Callable) -> Table:
  """`name`.weight and `name`.bias to `path`'s kernel and bias."""
  return {
    f'{name}.weight': Target((*path, 'kernel'), kernel),
    f'{name}.bias': Target((*path, 'bias'), same),
  }


def _leaves(tree: Any, path: tuple = ()) -> dict[tuple, Any]:
  if not isinstance(tree, Mapping):
    return {path: tree}
  found = {}
  for key, value in tree.items():
    found.update(_leaves(value, (*path, key)))
  return found


def _nest(leaves: Mapping[tuple, Any]) -> dict:
  tree: dict = {}
  for path, value in leaves.items():
    node = tree
    for key in path[:-1]:
      node = node.setdefault(key, {})
    node[path[-1]] = value
  return tree


def _moved(
  state: Mapping[str, np.ndarray], table: Table, wanted: Mapping[tuple, Any]
) -> tuple[dict[tuple, np.ndarray], list[str]]:
  """The arrays by our paths, and a complaint for each of another shape."""
  arrays, wrong = {}, []
  for name, (path, layout) in table.items():
    if name not in state or path not in wanted:
      continue
    shape = tuple(wanted[path].shape)
    try:
      value = layout(np.asarray(state[name]))
    except ValueError:  # another number of axes
      value = np.asarray(state[name])
    if value.shape == shape:
      arrays[path] = value.astype(wanted[path].dtype)
    else:
      wrong.append(f'{name} {np.shape(state[name])} (ours is {shape})')
  return arrays, wrong


def _told(kind: str, names: list[str]) -> str:
  """The first few names of a kind of misfit, and how many more there are."""
  more = len(names) - _TOLD
  text = f'{kind}: {", ".join(names[:_TOLD])}'
  return f'{text} and {more} more' if more > 0 else text


def translate(
  state: Mapping[str, np.ndarray], table: Table, like: Any, *, place: str
) -> dict:
  """Fills a tree shaped as `like` (arrays or shapes) from `state`.

  `table` names every array of `state`. Raises UserError naming, in one line,
  the missing, extra and reshaped arrays of `place` (the file); of many of one
  kind the first few, and their number.
  """
  wanted = _leaves(like)
  arrays, wrong = _moved(state, table, wanted)
  filled = {target.path for target in table.values()}
  problems = {
    'missing': [name for name in table if name not in state],
    'extra': [name for name in state if name not in table]
    + [n for n, t in table.items() if t.path not in wanted and n in state],
    'reshaped': wrong,
    'without a source': [
      '.'.join(map(str, path)) for path in wanted if path not in filled
    ],
  }
  told = [_told(kind, names) for kind, names in problems.items() if names]
  if told:
    raise UserError(f'{place} does not hold this network: {"; ".join(told)}')
  return _nest(arrays)
