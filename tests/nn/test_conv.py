"""Convolutions: the forms agree, and both are the textbook sum."""

import functools

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.conv import FORMS, Conv, conv2d, quick_form


def _direct(x, kernel, stride, padding):
  x = np.pad(x, ((0, 0), (padding,) * 2, (padding,) * 2, (0, 0)))
  k = kernel.shape[0]
  h, w = ((n - k) // stride + 1 for n in x.shape[1:3])
  y = np.zeros((x.shape[0], h, w, kernel.shape[3]))
  for i in range(h):
    for j in range(w):
      a, b = i * stride, j * stride
      window = x[:, a : a + k, b : b + k]
      y[:, i, j] = np.einsum('bhwc,hwco->bo', window, kernel)
  return y


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize(
  ('size', 'kernel', 'stride', 'padding'),
  [
    ((8, 8), 4, 2, 1),
    ((8, 7), 4, 2, 2),
    ((7, 9), 3, 2, 1),
    ((6, 5), 3, 2, 0),
    ((9, 8), 7, 2, 3),
    ((8, 11), 4, 3, 1),
    ((5, 5), 1, 2, 0),
    ((6, 7), 3, 1, 1),
    ((4, 5), 1, 1, 0),
    ((5, 6), 4, 1, 2),
  ],
)
def test_forms_agree_with_the_direct_sum(form, size, kernel, stride, padding):
  draw = np.random.default_rng(0)
  x = draw.normal(size=(2, *size, 3))
  k = draw.normal(size=(kernel, kernel, 3, 5))
  run = functools.partial(conv2d, stride=stride, padding=padding, form=form)
  y = jax.jit(run)(jnp.float32(x), jnp.float32(k))
  np.testing.assert_allclose(
    y, _direct(x, k, stride, padding), atol=2e-5, rtol=1e-5
  )


@pytest.mark.parametrize('size', [(8, 8), (9, 7)])
@pytest.mark.parametrize('form', FORMS[1:])
@pytest.mark.parametrize(
  ('kernel', 'stride', 'padding'), [(4, 2, 2), (3, 2, 1), (4, 1, 2)]
)
def test_forms_have_equal_gradients(size, kernel, stride, padding, form):
  key = jax.random.key(0)
  x = jax.random.normal(key, (2, *size, 3))
  k = jax.random.normal(key, (kernel, kernel, 3, 4))

  def loss(x, k, form):
    y = conv2d(x, k, stride=stride, padding=padding, form=form)
    return jnp.sum(jnp.sin(y))

  grad = jax.jit(jax.grad(loss, (0, 1)), static_argnums=2)
  stock, other = grad(x, k, 'stock'), grad(x, k, form)
  for a, b in zip(stock, other, strict=True):
    np.testing.assert_allclose(a, b, atol=2e-5, rtol=1e-4)


def test_checkpoint_is_the_same_for_every_form():
  nets = [
    Conv(3, 5, 4, stride=2, form=form, rngs=nnx.Rngs(1)) for form in FORMS
  ]
  a, *rest = (nnx.to_pure_dict(nnx.state(net, nnx.Param)) for net in nets)
  for b in rest:
    jax.tree.map(np.testing.assert_array_equal, a, b)
  assert a['kernel'].shape == (4, 4, 3, 5)
  x = jax.random.normal(jax.random.key(0), (1, 9, 9, 3))
  for net in nets[1:]:
    np.testing.assert_allclose(nets[0](x), net(x), atol=1e-5)


def test_half_precision_keeps_float32_parameters():
  net = Conv(3, 4, dtype=jnp.bfloat16, rngs=nnx.Rngs(0))
  x = jnp.ones((1, 4, 4, 3))
  assert net.kernel[...].dtype == jnp.float32
  assert net(x).dtype == jnp.bfloat16


def test_default_initialiser_is_uniform_within_the_root_of_fan_in():
  kernel = Conv(64, 64, rngs=nnx.Rngs(0)).kernel[...]
  bound = (64 * 9) ** -0.5
  assert float(jnp.abs(kernel).max()) <= bound * 1.0001
  np.testing.assert_allclose(kernel.std(), bound / 3**0.5, rtol=0.02)


def test_unknown_form_is_refused():
  with pytest.raises(ValueError, match='space_to_depth'):
    conv2d(
      jnp.ones((1, 4, 4, 1)), jnp.ones((3, 3, 1, 1)), stride=2, form='fast'
    )


def test_quick_form_pads_first_where_the_output_grows_on_cpu():
  assert quick_form(4, 1, 2) == 'padded'
  assert quick_form(3, 1, 1) == quick_form(4, 2, 2) == 'stock'
