"""What the parity command needs to know of one operation."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.weights.mapping import Table, translate

Arrays = Mapping[str, np.ndarray]


class Tolerance(NamedTuple):
  """|ours - theirs| <= absolute + relative |theirs| + peak max |theirs|.

  But for a share `strays` of an output's values, which rounding may have put
  on the other side of a threshold.
  """

  absolute: float
  relative: float = 0.0
  peak: float = 0.0
  strays: float = 0.0


class Case(NamedTuple):
  """How one operation is run, and what each of its outputs may be off.

  `run` takes (config, params, inputs) and returns outputs in the reference's
  names and layouts, computed by our modules. `siblings` are entries of the
  config that name other files of the same folder: params then holds theirs
  too, as entry/name. `given` are outputs that others start from: inputs then
  holds the reference's, and ours are compared too.
  """

  run: Callable[[Mapping[str, Any], Arrays, Arrays], dict[str, Any]]
  tolerance: Callable[[str], Tolerance]
  siblings: tuple[str, ...] = ()
  given: tuple[str, ...] = ()


def filled(
  net: nnx.Module, kind: Any, table: Table, params: Arrays
) -> nnx.Module:
  """`net` with its variables of one kind taken from `params`."""
  graph, state, rest = nnx.split(net, kind, ...)
  values = translate(params, table, nnx.to_pure_dict(state), place='this file')
  nnx.replace_by_pure_dict(state, jax.tree.map(jnp.asarray, values))
  return nnx.merge(graph, state, rest)


def channels_last(x: np.ndarray) -> jax.Array:
  """From b c h w to b h w c."""
  return jnp.asarray(x.transpose(0, 2, 3, 1))


def channels_first(x: jax.Array) -> jax.Array:
  """From b h w c to b c h w."""
  return x.transpose(0, 3, 1, 2)


def under(arrays: Arrays, prefix: str) -> dict[str, np.ndarray]:
  """The arrays whose names start with `prefix`, by what follows it."""
  return {
    name.removeprefix(prefix): value
    for name, value in arrays.items()
    if name.startswith(prefix)
  }
