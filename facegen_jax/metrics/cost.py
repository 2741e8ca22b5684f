"""Arithmetic of a function, counted from its trace, without running it.

The headline is the dense convention: multiply-adds (MACs) of convolutions and
matrix products alone, padding counted, FLOPs = 2 x MACs. Give one clip or
picture and the input's size beside the number. Published tables mix MACs and
FLOPs, so numbers of different sources are not comparable.

What is counted is what the function does: a resize that is a matrix product
is one, and a convolution written in another form costs what that form costs.
What the result does not need is left out.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
from jax.extend import core
from jax.interpreters import partial_eval
import numpy as np

from facegen_jax.metrics.operations import DENSE, NEEDED, Rules


class Cost(NamedTuple):
  """The dense count, and XLA's own (None where it has none) beside it."""

  macs: int
  flops: int
  xla_flops: float | None
  inputs: tuple[tuple[int, ...], ...]

  def __str__(self) -> str:
    xla = 'unknown' if self.xla_flops is None else f'{self.xla_flops:,.0f}'
    shapes = ', '.join('x'.join(map(str, s)) or 'scalar' for s in self.inputs)
    return (
      f'{self.macs:,} MACs, {self.flops:,} FLOPs (2 x MACs; convolutions and '
      f'products, padding counted) on {shapes}; XLA on CPU counts {xla}'
    )


def cost(f: Callable, weights: Any, *inputs: Any) -> Cost:
  """Cost of one call `f(weights, *inputs)`.

  Args:
    f: any traceable function.
    weights: a tree of arrays or shapes, () for none; not listed in `inputs`.
    *inputs: trees of arrays or of `jax.ShapeDtypeStruct`.

  Raises:
    ValueError: no inputs, or a loop of unknown length (see `macs`).
  """
  if not inputs:
    raise ValueError(
      'cost(f, weights, *inputs) got no inputs: a function without weights '
      'takes () in their place'
    )
  total = macs(f, weights, *inputs)
  shapes = tuple(tuple(np.shape(x)) for x in jax.tree.leaves(inputs))
  return Cost(total, 2 * total, xla_flops(f, weights, *inputs), shapes)


def macs(f: Callable, *args: Any) -> int:
  """Multiply-adds of one call, dense convention; exact.

  A `lax.scan` counts as often as it turns, a `lax.cond` as its dearest branch.
  A transposed convolution of stride above 1 counts every input position times
  every tap; of stride 1 it is an ordinary one. Inside `shard_map` it is the
  work of one device.

  Raises:
    ValueError: a `while_loop` holds convolutions or products: how often it
      turns is unknown. Use `lax.scan`, or `fori_loop` with fixed bounds.
  """
  return _sum(_trace(f, *args), DENSE)


def arithmetic(f: Callable, *args: Any) -> int:
  """FLOPs that the result truly needs: XLA's view, for rates of a machine.

  A multiply-add is two. Taps that fall on zero padding are not counted: on
  3x3 maps they are 40 % of a 3x3 convolution. FFTs are, as 5 n log2 n.
  """
  return _sum(_trace(f, *args), NEEDED)


def xla_flops(f: Callable, *args: Any) -> float | None:
  """FLOPs that XLA finds in the program compiled for the CPU, or None.

  A note, no headline: every operation counts, taps on padding do not, and the
  body of a scan counts once.
  """
  shapes = jax.eval_shape(lambda *x: x, *args)
  with jax.default_device(jax.devices('cpu')[0]):
    found = jax.jit(f).lower(*shapes).compile().cost_analysis()
  flops = (found or {}).get('flops', -1.0)
  return float(flops) if flops >= 0 else None


def compute_dtypes(f: Callable, *args: Any) -> tuple[str, ...]:
  """What the convolutions and products of a call take in, sorted."""
  return tuple(
    sorted(
      {
        str(v.aval.dtype)
        for equation in _equations(_trace(f, *args))
        if equation.primitive.name in DENSE
        for v in equation.invars
      }
    )
  )


def _trace(f: Callable, *args: Any) -> core.Jaxpr:
  jaxpr = jax.make_jaxpr(f)(*args).jaxpr
  return partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))[0]


def _equations(jaxpr: core.Jaxpr) -> Iterator[core.JaxprEqn]:
  for equation in jaxpr.eqns:
    yield equation
    for inner in _inner(equation):
      yield from _equations(inner)


def _sum(jaxpr: core.Jaxpr, rules: Rules) -> int:
  total = 0
  for equation in jaxpr.eqns:
    name = equation.primitive.name
    if name in rules:
      total += rules[name](equation)
      continue
    parts = [_sum(inner, rules) for inner in _inner(equation)]
    if name == 'while' and any(parts):
      raise ValueError(
        'a while_loop holds convolutions or products, and how often it turns '
        'is unknown: use lax.scan, or fori_loop with fixed bounds'
      )
    times = equation.params['length'] if name == 'scan' else 1
    total += times * (max(parts) if name == 'cond' else sum(parts))
  return total


def _inner(equation: core.JaxprEqn) -> list[core.Jaxpr]:
  found = []
  for value in equation.params.values():
    for item in value if isinstance(value, (tuple, list)) else (value,):
      if isinstance(item, core.ClosedJaxpr):
        found.append(item.jaxpr)
      elif isinstance(item, core.Jaxpr):
        found.append(item)
  return found
