"""Counts of traces with loops, branches and wrappers."""

import jax
from jax import lax
import jax.numpy as jnp
import pytest

from facegen_jax.metrics.cost import compute_dtypes, macs


def shape(*size, dtype=jnp.float32):
  return jax.ShapeDtypeStruct(size, dtype)


def test_a_scan_counts_every_turn():
  def step(carry, _):
    return carry @ carry, ()

  def f(x, length):
    return lax.scan(step, x, length=length)[0]

  x = shape(4, 4)
  assert macs(lambda x: f(x, 7), x) == 7 * 64
  nested = macs(
    lambda x: lax.scan(lambda c, _: (f(c, 3), ()), x, length=5)[0], x
  )
  assert nested == 15 * 64
  assert macs(lambda x: lax.fori_loop(0, 6, lambda i, c: c @ c, x), x) == 6 * 64


def test_the_dearest_branch_counts():
  def f(p, x):
    return lax.cond(p, lambda x: x @ x @ x, lambda x: x @ x, x)

  assert macs(f, shape(dtype=jnp.bool_), shape(4, 4)) == 2 * 64


def test_a_loop_of_unknown_length_is_refused():
  def f(x):
    return lax.while_loop(lambda c: c.sum() < 9, lambda c: c @ c, x)

  with pytest.raises(ValueError, match=r'lax\.scan'):
    macs(f, shape(4, 4))
  free = lax.while_loop(lambda c: c < 9, lambda c: c + 1, 0)
  assert macs(lambda x: x @ x + free, shape(4, 4)) == 64


@pytest.mark.parametrize('wrap', [jax.jit, jax.checkpoint, jax.vmap])
def test_wrappers_change_nothing(wrap):
  def f(a, b):
    return a @ b

  args = shape(1, 4, 5), shape(1, 5, 6)
  assert macs(wrap(f), *args) == macs(f, *args) == 120


def test_what_the_result_does_not_need_is_free():
  def f(x):
    unused = x @ x
    del unused
    return x + 1

  assert macs(f, shape(4, 4)) == 0


def test_compute_dtypes_are_those_of_the_products():
  def f(x):
    half = x.astype(jnp.bfloat16)
    return (half @ half).astype(jnp.float32)

  assert compute_dtypes(f, shape(4, 4)) == ('bfloat16',)
  assert compute_dtypes(lambda x: x + 1, shape(4)) == ()
