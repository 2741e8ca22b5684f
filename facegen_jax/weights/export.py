"""From our plain dicts back to a foreign state dict, by the same table."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from facegen_jax.weights.mapping import Table, conv2d, linear, same

_BACK: dict[Callable, Callable] = {
  conv2d: lambda x: x.transpose(3, 2, 0, 1),
  linear: np.transpose,
  same: same,
}


def _find(tree: Any, path: tuple[str | int, ...]) -> Any:
  for step in path:
    if not isinstance(tree, Mapping) or step not in tree:
      return None
    tree = tree[step]
  return tree


def to_state(
  table: Table,
  *trees: Mapping,
  layouts: Mapping[Callable, Callable] | None = None,
) -> dict[str, np.ndarray]:
  """The arrays that `trees` hold, in the table's names and layouts.

  Give it parameters, statistics, gradients, or several of them; what none of
  them holds is left out. `layouts` undoes a table's own layouts.
  """
  back = _BACK | dict(layouts or {})
  state = {}
  for name, (path, layout) in table.items():
    for tree in trees:
      value = _find(tree, path)
      if value is not None:
        state[name] = np.ascontiguousarray(back[layout](np.asarray(value)))
  return state
