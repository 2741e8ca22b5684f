"""Transposed convolutions: the plain sum, and the convolution's gradient."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn.conv3d import conv3d
from facegen_jax.nn.conv_transpose import (
  FORMS,
  FORMS_3D,
  ConvTranspose,
  ConvTranspose3d,
  conv_transpose2d,
  conv_transpose3d,
)

# size, kernel, stride, padding, each but the size of (time, space)
CASES = [
  ((1, 2, 3), (2, 1), (1, 1), (0, 0)),
  ((2, 3, 4), (4, 4), (2, 2), (1, 1)),
  ((2, 3, 3), (4, 3), (2, 1), (1, 1)),
  ((3, 4, 2), (3, 3), (2, 2), (1, 1)),
  ((2, 2, 2), (1, 4), (1, 2), (0, 1)),
  ((2, 3, 2), (2, 1), (3, 2), (0, 0)),
  ((4, 5, 6), (1, 3), (1, 1), (0, 2)),
]


def _direct(x, kernel, stride, padding):
  """Every input position adds its kernel to the output."""
  (st, s), (pt, p) = stride, padding
  kt, kh, kw, _, co = kernel.shape
  b, t, h, w, _ = x.shape
  whole = ((t - 1) * st + kt, (h - 1) * s + kh, (w - 1) * s + kw)
  y = np.zeros((b, *whole, co))
  for f in range(t):
    for i in range(h):
      for j in range(w):
        part = np.einsum('bc,thwco->bthwo', x[:, f, i, j], kernel)
        a, d, e = f * st, i * s, j * s
        y[:, a : a + kt, d : d + kh, e : e + kw] += part
  return y[:, pt : whole[0] - pt, p : whole[1] - p, p : whole[2] - p]


def _drawn(size, kernel):
  draw = np.random.default_rng(0)
  time, space = kernel
  x = draw.normal(size=(2, *size, 3))
  return x, draw.normal(size=(time, space, space, 3, 4))


@pytest.mark.parametrize(('size', 'kernel', 'stride', 'padding'), CASES)
def test_forms_are_the_direct_sum(size, kernel, stride, padding):
  x, k = _drawn(size, kernel)

  @quick_jit
  def run(x, k):
    return [
      conv_transpose3d(x, k, stride=stride, padding=padding, form=form)
      for form in (None, *FORMS_3D)
    ]

  wanted = _direct(x, k, stride, padding)
  for y in run(jnp.float32(x), jnp.float32(k)):
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y, wanted, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize(('size', 'kernel', 'stride', 'padding'), CASES[1:4])
def test_pictures_are_clips_of_one_frame(size, kernel, stride, padding):
  x, k = map(jnp.float32, _drawn((1, *size[1:]), (1, kernel[1])))
  s, p = stride[1], padding[1]
  wanted = _direct(x, k, (1, s), (0, p))[:, 0]

  @quick_jit
  def run(x, k):
    return [
      conv_transpose2d(x, k, stride=s, padding=p, form=form)
      for form in (None, *FORMS)
    ]

  for y in run(x[:, 0], k[0]):
    np.testing.assert_allclose(y, wanted, atol=2e-5, rtol=1e-5)


def test_it_is_the_gradient_of_the_convolution():
  size, kernel, stride, padding = CASES[1]
  g, k = map(jnp.float32, _drawn(size, kernel))
  options = {'stride': stride, 'padding': padding}

  @quick_jit
  def both(g, k):
    up = conv_transpose3d(g, k, **options)
    x = jnp.zeros_like(up)
    _, pull = jax.vjp(
      lambda x: conv3d(x, k.swapaxes(-1, -2), form='stock', **options), x
    )
    return up, *pull(g)

  up, wanted = both(g, k)
  np.testing.assert_allclose(up, wanted, atol=2e-5, rtol=1e-5)


def test_modules_hold_one_kernel_for_all_forms():
  nets = [
    ConvTranspose3d(
      3, 5, (2, 4), stride=(1, 2), padding=(0, 1), form=form, rngs=nnx.Rngs(1)
    )
    for form in FORMS_3D
  ]
  x = jax.random.normal(jax.random.key(0), (1, 1, 3, 3, 3))
  assert nets[0].kernel.shape == (2, 4, 4, 3, 5)
  assert nets[0].bias.shape == (5,)
  made = quick_jit(lambda x: [net(x) for net in nets])(x)
  for net, y in zip(nets, made, strict=True):
    np.testing.assert_array_equal(net.kernel[...], nets[0].kernel[...])
    assert y.shape == (1, 2, 6, 6, 5)
    np.testing.assert_allclose(y, made[0], atol=1e-5)


def test_module_adds_its_bias_and_computes_in_its_dtype():
  net = ConvTranspose(
    3, 2, 4, stride=2, padding=1, dtype=jnp.bfloat16, rngs=nnx.Rngs(0)
  )
  net.bias[...] = jnp.array([1.0, -2.0])
  y = quick_jit(lambda x: net(x))(jnp.zeros((1, 4, 4, 3)))
  assert y.dtype == jnp.bfloat16
  assert net.kernel[...].dtype == jnp.float32
  np.testing.assert_array_equal(y[0, 3, 5].astype(float), [1, -2])
  bare = ConvTranspose(3, 2, 1, use_bias=False, rngs=nnx.Rngs(0))
  assert bare.bias is None


def test_default_initialiser_goes_by_the_fan_out_as_pytorchs():
  net = ConvTranspose3d(8, 64, (2, 4), rngs=nnx.Rngs(0))
  bound = (64 * 2 * 16) ** -0.5
  kernel = net.kernel[...]
  assert float(jnp.abs(kernel).max()) <= bound * 1.0001
  np.testing.assert_allclose(kernel.std(), bound / 3**0.5, rtol=0.02)


def test_impossible_choices_are_refused():
  x, k = jnp.zeros((1, 2, 2, 3)), jnp.zeros((3, 3, 3, 4))
  with pytest.raises(ValueError, match="'fast'"):
    conv_transpose2d(x, k, form='fast')
  with pytest.raises(ValueError, match="'frames'"):
    conv_transpose2d(x, k, form='frames')
  with pytest.raises(ValueError, match="'fast'"):
    conv_transpose3d(x[None], k[None], form='fast')
  with pytest.raises(ValueError, match='leaves nothing'):
    conv_transpose2d(x, k, padding=2)
  with pytest.raises(ValueError, match='padding >= 0'):
    conv_transpose2d(x, k, padding=-1)
