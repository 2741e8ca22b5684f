"""Counts against trusted ones, and what they must not depend on."""

import itertools
import json
import math
import re

from flax import nnx
import jax
from jax import lax
import jax.numpy as jnp
import pytest

from facegen_jax.metrics.cost import (
  arithmetic,
  cost,
  macs,
  xla_flops,
)

_NUMBER = re.compile(r'(\d+)(?:->(\d+))?$')


def layer(text, shape):
  """The layer that a golden names, as 'Conv k3 s2 SAME 4->8'."""
  words = text.split()
  kind, rngs = words[0].lower(), nnx.Rngs(0)
  first, second = _NUMBER.search(words[-1]).groups()
  inside, outside = int(first), int(second or first)
  if kind == 'dense':
    return nnx.Linear(inside, outside, rngs=rngs)
  spatial = len(shape) - 2
  size, stride = (
    int(next((w[1:] for w in words[1:-1] if w[0] == mark), 1)) for mark in 'ks'
  )
  padding = next((w for w in words if w in ('SAME', 'VALID')), 'SAME')
  make = nnx.ConvTranspose if 'transpose' in kind else nnx.Conv
  groups = {'feature_group_count': inside} if kind == 'depthwise' else {}
  return make(
    inside,
    outside,
    (size,) * spatial,
    strides=(stride,) * spatial,
    padding=padding,
    rngs=rngs,
    **groups,
  )


@pytest.mark.goldens
def test_layers_of_the_goldens(goldens):
  rows = json.loads((goldens / 'metrics/flops.json').read_text())
  assert rows
  for row in rows:
    f = layer(row['layer'], row['input'])
    found = cost(lambda _, x, f=f: f(x), (), jnp.zeros(row['input']))
    assert found.macs == row['macs'], row['layer']
    assert found.flops == row['flops_2mac'], row['layer']
    assert found.inputs == (tuple(row['input']),)


def conv(x, kernel, stride=1, padding='SAME', **more):
  return lax.conv_general_dilated(
    x,
    kernel,
    (stride,) * 2,
    padding,
    dimension_numbers=('NHWC', 'HWIO', 'NHWC'),
    **more,
  )


def shape(*size, dtype=jnp.float32):
  return jax.ShapeDtypeStruct(size, dtype)


def by_hand(size, kernel, stride):
  """Real taps of a SAME convolution along one axis, one by one."""
  out = -(-size // stride)
  before = max((out - 1) * stride + kernel - size, 0) // 2
  return sum(
    0 <= o * stride + k - before < size
    for o, k in itertools.product(range(out), range(kernel))
  )


@pytest.mark.parametrize('kernel', [1, 2, 3, 4, 5])
@pytest.mark.parametrize('stride', [1, 2, 3])
@pytest.mark.parametrize('size', [5, 8])
def test_dense_counts_padding_and_arithmetic_does_not(size, kernel, stride):
  def f(x, k):
    return conv(x, k, stride)

  args = shape(2, size, size, 3), shape(kernel, kernel, 3, 7)
  out = -(-size // stride)
  assert macs(f, *args) == 2 * (out * kernel) ** 2 * 3 * 7
  taps = by_hand(size, kernel, stride)
  assert arithmetic(f, *args) == 2 * 2 * taps**2 * 3 * 7


def test_xla_agrees_with_arithmetic_on_a_convolution_alone():
  args = jnp.zeros((1, 8, 8, 4)), jnp.zeros((3, 3, 4, 8))
  assert xla_flops(conv, *args) == arithmetic(conv, *args)
  assert cost(conv, *args).xla_flops < cost(conv, *args).flops


# The gradient of an unpadded convolution of stride 1 is a padded one.
@pytest.mark.parametrize(
  ('stride', 'padding'), [(1, 'SAME'), (2, 'SAME'), (2, 'VALID')]
)
def test_each_half_of_backward_costs_as_forward(stride, padding):
  x, kernel = jnp.ones((2, 8, 8, 3)), jnp.ones((4, 4, 3, 5))

  def f(x, kernel):
    return conv(x, kernel, stride, padding).sum()

  once = macs(f, x, kernel)
  assert once > 0
  # The result of a linear layer is not needed for its gradients.
  assert macs(jax.grad(f), x, kernel) == once
  assert macs(jax.grad(f, 1), x, kernel) == once
  assert macs(jax.grad(f, (0, 1)), x, kernel) == 2 * once


def test_groups_divide_and_batches_multiply():
  one = macs(conv, shape(1, 8, 8, 4), shape(3, 3, 4, 8))
  assert macs(conv, shape(5, 8, 8, 4), shape(3, 3, 4, 8)) == 5 * one

  def grouped(x, k):
    return conv(x, k, feature_group_count=2)

  assert macs(grouped, shape(1, 8, 8, 4), shape(3, 3, 2, 8)) * 2 == one


def test_products():
  def f(a, b):
    return jnp.einsum('bij,bjk->bik', a, b)

  assert macs(f, shape(3, 4, 5), shape(3, 5, 6)) == 3 * 4 * 5 * 6
  assert macs(lambda x: jnp.sin(x) * x, shape(9)) == 0


def test_counts_beyond_float_precision_are_exact():
  a, b = shape(2**20 + 1, 2**20), shape(2**20, 2**20 + 1)
  assert macs(jnp.matmul, a, b) == (2**20 + 1) ** 2 * 2**20


def test_fft_is_arithmetic_and_no_mac():
  x = shape(3, 64, dtype=jnp.complex64)
  assert macs(jnp.fft.fft, x) == 0
  assert arithmetic(jnp.fft.fft, x) == 5 * 3 * 64 * math.log2(64)


def test_cost_tells_its_convention_and_the_input():
  found = cost(lambda w, x: x @ w, shape(32, 16), shape(1, 32))
  assert found.inputs == ((1, 32),)
  text = str(found)
  assert '512 MACs' in text and '1,024 FLOPs' in text and '1x32' in text
  assert 'padding counted' in text and 'XLA' in text


def test_cost_without_inputs_is_refused():
  with pytest.raises(ValueError, match='no inputs'):
    cost(lambda x: x, shape(3))
