"""Networks are written with NNX and trained as plain dictionaries.

Dispatching `nnx.jit` costs ten times what plain dictionaries cost, and a loss
may not mutate what it closes over; so a module is split once, here.
"""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax

from facegen_jax.core.state import Variables


def pure(make: Callable[[nnx.Rngs], nnx.Module]) -> tuple[Callable, Callable]:
  """Splits a module into `init` and `apply`.

  Args:
    make: builds the module from its random stream.

  Returns:
    `init(key) -> Variables`, and `apply(variables, *args, train=False,
    method=None, **kwargs) -> (output, stats)`. The module's structure is found
    abstractly: no weights are made until `init` runs.
  """
  abstract = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  graph, _, _ = nnx.split(abstract, nnx.Param, ...)

  def init(key: jax.Array) -> Variables:
    _, params, stats = nnx.split(make(nnx.Rngs(key)), nnx.Param, ...)
    return Variables(nnx.to_pure_dict(params), nnx.to_pure_dict(stats))

  def apply(
    variables: Variables,
    *args: Any,
    train: bool = False,
    method: str | None = None,
    **kwargs: Any,
  ) -> tuple[Any, dict[str, Any]]:
    net = nnx.merge(graph, *variables)
    net = nnx.view(
      net,
      deterministic=not train,
      use_running_average=not train,
      raise_if_not_found=False,
    )
    call = net if method is None else getattr(net, method)
    out = call(*args, **kwargs)
    stats = nnx.state(net, nnx.Not(nnx.Param))
    return out, nnx.to_pure_dict(stats)

  return init, apply


def pure_each(
  makers: dict[str, Callable[[nnx.Rngs], nnx.Module]],
) -> tuple[dict[str, Callable], dict[str, Callable]]:
  """`init` and `apply` of `pure` by network."""
  split = {name: pure(make) for name, make in makers.items()}
  return tuple({name: two[i] for name, two in split.items()} for i in (0, 1))


def first_values(
  inits: dict[str, Callable[[jax.Array], Variables]], key: jax.Array
) -> dict[str, Variables]:
  """First values by network, each from a key of its own."""
  return {
    name: init(jax.random.fold_in(key, i))
    for i, (name, init) in enumerate(inits.items())
  }
