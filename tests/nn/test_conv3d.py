"""3-D convolutions: the forms are the textbook sum."""

from flax import nnx
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn.conv3d import FORMS, Conv3d, conv3d

# size, kernel, stride, padding, each but the size of (time, space)
CASES = [
  ((5, 6, 7), (3, 3), (1, 1), (1, 1)),
  ((5, 6, 7), (3, 3), (2, 2), (1, 1)),
  ((4, 8, 8), (3, 3), (2, 2), (1, 1)),
  ((4, 9, 8), (3, 7), (1, 2), (1, 3)),
  ((3, 8, 9), (1, 7), (1, 2), (0, 3)),
  ((3, 6, 5), (1, 3), (1, 2), (0, 1)),
  ((5, 4, 3), (3, 1), (2, 1), (1, 0)),
  ((5, 7, 6), (1, 1), (2, 2), (0, 0)),
  ((6, 4, 4), (4, 4), (2, 2), (1, 1)),
  ((1, 2, 2), (3, 3), (2, 2), (1, 1)),
]


def _direct(x, kernel, stride, padding):
  (st, s), (pt, p) = stride, padding
  x = np.pad(x, ((0, 0), (pt, pt), (p, p), (p, p), (0, 0)))
  kt, k = kernel.shape[:2]
  t = (x.shape[1] - kt) // st + 1
  h, w = ((n - k) // s + 1 for n in x.shape[2:4])
  y = np.zeros((x.shape[0], t, h, w, kernel.shape[4]))
  for f in range(t):
    for i in range(h):
      for j in range(w):
        a, b, c = f * st, i * s, j * s
        window = x[:, a : a + kt, b : b + k, c : c + k]
        y[:, f, i, j] = np.einsum('bthwc,thwco->bo', window, kernel)
  return y


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
      conv3d(x, k, stride=stride, padding=padding, form=form)
      for form in (None, *FORMS)
    ]

  wanted = _direct(x, k, stride, padding)
  for y in run(jnp.float32(x), jnp.float32(k)):
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y, wanted, atol=5e-5, rtol=1e-5)


def test_module_computes_in_its_dtype_and_keeps_float32():
  net = Conv3d(
    3, 4, (3, 3), padding=(1, 1), dtype=jnp.bfloat16, rngs=nnx.Rngs(0)
  )
  x = jnp.ones((1, 2, 4, 4, 3))
  assert net(x).dtype == jnp.bfloat16
  assert net.kernel.shape == (3, 3, 3, 3, 4)
  assert net.kernel.dtype == jnp.float32


def test_bias_is_there_when_asked_for():
  assert Conv3d(3, 4, (1, 1), rngs=nnx.Rngs(0)).bias is None
  net = Conv3d(3, 2, (1, 1), use_bias=True, rngs=nnx.Rngs(0))
  net.bias[...] = jnp.array([1.0, -2.0])
  y = net(jnp.zeros((1, 1, 1, 1, 3)))
  np.testing.assert_array_equal(y[0, 0, 0, 0], [1, -2])


def test_impossible_choices_are_refused():
  x, k = jnp.zeros((1, 2, 4, 4, 3)), jnp.zeros((3, 3, 3, 3, 4))
  with pytest.raises(ValueError, match="'fast'"):
    conv3d(x, k, padding=(1, 0), form='fast')
  for form in FORMS:
    with pytest.raises(ValueError, match='3 taps do not fit 2 positions'):
      conv3d(x, k, form=form)


def test_stock_refuses_what_aborts_the_compiler():
  x, k = jnp.zeros((1, 4, 4, 4, 3)), jnp.zeros((2, 2, 2, 3, 3))
  options = {'stride': (2, 2), 'padding': (1, 1)}
  with pytest.raises(ValueError, match="'stock' cannot do kernel 2"):
    conv3d(x, k, form='stock', **options)
  assert conv3d(x, k, **options).shape == (1, 3, 3, 3, 3)
