"""All forms agree: values, gradients and gradients of gradients.

Random shapes, kernels, strides and paddings, odd sizes among them. The
reference is XLA's own form, which test_conv*.py hold against the plain sum.
"""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn import conv, conv3d, conv_transpose
from facegen_jax.nn.conv_forms import measure
from facegen_jax.nn.conv_matmul import best_gathered, matmul, product_sizes

OPERATIONS = {
  'conv2d': (conv.conv2d, conv.FORMS, False),
  'conv3d': (conv3d.conv3d, conv3d.FORMS, False),
  'conv_transpose2d': (
    conv_transpose.conv_transpose2d,
    conv_transpose.FORMS,
    True,
  ),
  'conv_transpose3d': (
    conv_transpose.conv_transpose3d,
    conv_transpose.FORMS_3D,
    True,
  ),
}


def _draw(random, transposed, axes):
  """Kernel, stride, padding of one axis and the size of the input there."""
  while True:
    kernel, stride = random.integers(1, 5), random.integers(1, 4)
    padding = random.integers(0, kernel + 1)
    sizes = random.integers(1, 8 if not transposed else 5, axes)
    grown = (sizes - 1) * stride - 2 * padding + kernel
    fits = grown >= 1 if transposed else sizes + 2 * padding >= kernel
    aborts = (kernel, stride, padding) == (2, 2, 1)  # XLA's own, in 3-D
    if np.all(fits) and not aborts:
      return tuple(map(int, (kernel, stride, padding, *sizes)))


def _case(seed, dimensions, transposed):
  """The arrays x and kernel, and the options of a random case."""
  random = np.random.default_rng(seed)
  k, s, p, h, w = _draw(random, transposed, 2)
  if dimensions == 2:
    sizes, taps, options = (h, w), (k, k), {'stride': s, 'padding': p}
  else:
    kt, st, pt, t = _draw(random, transposed, 1)
    sizes, taps = (t, h, w), (kt, k, k)
    options = {'stride': (st, s), 'padding': (pt, p)}
  ci, co = random.integers(1, 6, 2)
  x = random.normal(size=(2, *sizes, ci)).astype(np.float32)
  return x, random.normal(size=(*taps, ci, co)).astype(np.float32), options


def _gradients(run, x, kernel):
  """Value, both gradients, and those of the gradients' squared norm."""

  def loss(x, kernel):
    y = run(x, kernel)
    return jnp.sum(jnp.sin(y)), y

  def penalty(x, kernel):
    found, y = jax.grad(loss, (0, 1), has_aux=True)(x, kernel)
    return sum(jnp.sum(g**2) for g in found), (y, found)

  second, rest = jax.grad(penalty, (0, 1), has_aux=True)(x, kernel)
  return jax.tree.leaves((rest, second))


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('name', OPERATIONS)
def test_forms_agree_to_the_second_gradient(name, seed):
  run, forms, transposed = OPERATIONS[name]
  x, kernel, options = _case(seed, int(name[-2]), transposed)

  @quick_jit
  def found_by_form(x, kernel):
    return {
      form: _gradients(functools.partial(run, form=form, **options), x, kernel)
      for form in forms
    }

  found = found_by_form(x, kernel)
  wanted = found.pop('stock')
  assert len(wanted) == 5
  for form, values in found.items():
    for a, b in zip(values, wanted, strict=True):
      scale = max(1.0, float(jnp.abs(b).max()))
      np.testing.assert_allclose(a / scale, b / scale, atol=1e-5, err_msg=form)


def test_every_choice_of_gathered_axes_is_the_same_product():
  x, kernel, _ = _case(0, 3, False)
  shape = (2, 5, 6, 7, 3)
  x = np.resize(x, shape)
  kernel = np.random.default_rng(1).normal(size=(3, 4, 2, 3, 4))
  axes = measure(shape[1:4], kernel.shape[:3], (1, 2, 3), (1, 1, 0))
  kernel = kernel.astype(np.float32)
  choices = [
    choice
    for count in range(4)
    for choice in itertools.combinations(range(3), count)
  ]

  @quick_jit
  def found_by_choice(x, kernel):
    def loss(x, kernel, choice):
      return jnp.sum(jnp.sin(matmul(x, kernel, axes, choice)))

    return [jax.value_and_grad(loss, (0, 1))(x, kernel, c) for c in choices]

  first, *others = found_by_choice(x, kernel)
  assert len(others) == 7
  for values in others:
    leaves = zip(*map(jax.tree.leaves, (values, first)), strict=True)
    for a, b in leaves:
      scale = max(1.0, float(jnp.abs(b).max()))
      np.testing.assert_allclose(a / scale, b / scale, atol=1e-5)


def test_the_product_is_small_for_the_shapes_that_video_gans_have():
  def sizes(batch, size, ci, co, kernel=(4, 4, 4)):
    axes = measure(size, kernel, (2, 2, 2), (1, 1, 1))
    chosen = best_gathered(batch, ci, co, axes)
    return product_sizes(batch, ci, co, axes, chosen)

  rows, inner, columns = sizes(2, (32, 64, 64), 3, 64)
  assert rows * (inner + columns) < 8e6  # of 17e6 and 20e6 at the extremes
  # Few positions and many channels: no arithmetic on padding.
  assert sizes(2, (4, 8, 8), 256, 512) == (64, 256 * 64, 512)


def test_half_precision_sums_in_float32_and_keeps_its_type():
  x = jnp.full((1, 8, 8, 512), 1 / 3, jnp.bfloat16)
  kernel = jnp.full((4, 4, 512, 1), 1 / 7, jnp.bfloat16)
  axes = measure((8, 8), (4, 4), (2, 2), (1, 1))

  @quick_jit
  def run(x, kernel):
    y, pull = jax.vjp(lambda *a: matmul(*a, axes, gathered=()), x, kernel)
    up = conv_transpose.conv_transpose2d(x, kernel, stride=2, form='matmul')
    return y, *pull(y), up

  y, *others = run(x, kernel)
  wanted = 16 * 512 * x[0, 0, 0, 0].astype(float) * kernel[0, 0, 0, 0]
  np.testing.assert_allclose(float(y[0, 1, 1, 0]), float(wanted), rtol=4e-3)
  assert all(v.dtype == jnp.bfloat16 for v in (y, *others))
