"""From a foreign state dict to our plain dicts, by a table of names."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.pickle_scan import one_line

_IN_A_LINE = 6  # names in an error; of more, each has a line of its own


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


def _told(problems: Mapping[str, list[str]]) -> str:
  """Every name: in one line, or how many there are, then a line each."""
  problems = {
    kind: [one_line(name) for name in names]
    for kind, names in problems.items()
    if names
  }
  if sum(map(len, problems.values())) <= _IN_A_LINE:
    return '; '.join(f'{k}: {", ".join(v)}' for k, v in problems.items())
  counts = ', '.join(f'{len(v)} {k}' for k, v in problems.items())
  rows = [f'  {kind}: {name}' for kind, v in problems.items() for name in v]
  return '\n'.join([counts, *rows])


def translate(
  state: Mapping[str, np.ndarray], table: Table, like: Any, *, place: str
) -> dict:
  """Fills a tree shaped as `like` (arrays or shapes) from `state`.

  `table` names every array of `state`. Raises UserError naming every missing,
  extra and reshaped array of `place` (the file): in one line, or where they are
  many in a line each.
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
  if any(problems.values()):
    raise UserError(f'{place} does not hold this network: {_told(problems)}')
  return _nest(arrays)
