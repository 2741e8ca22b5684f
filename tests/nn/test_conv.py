"""Convolutions: the forms are the textbook sum."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn.conv import FORMS, Conv, conv2d
from facegen_jax.nn.conv_forms import measure
from facegen_jax.nn.quick_forms import TABLE, quick_form


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
def test_forms_are_the_direct_sum(size, kernel, stride, padding):
  draw = np.random.default_rng(0)
  x = draw.normal(size=(2, *size, 3))
  k = draw.normal(size=(kernel, kernel, 3, 5))

  @quick_jit
  def run(x, k):
    return [
      conv2d(x, k, stride=stride, padding=padding, form=form)
      for form in (None, *FORMS)
    ]

  wanted = _direct(x, k, stride, padding)
  for y in run(jnp.float32(x), jnp.float32(k)):
    np.testing.assert_allclose(y, wanted, atol=2e-5, rtol=1e-5)


def test_checkpoint_is_the_same_for_every_form():
  nets = [
    Conv(3, 5, 4, stride=2, form=form, rngs=nnx.Rngs(1)) for form in FORMS
  ]
  a, *rest = (nnx.to_pure_dict(nnx.state(net, nnx.Param)) for net in nets)
  for b in rest:
    jax.tree.map(np.testing.assert_array_equal, a, b)
  assert a['kernel'].shape == (4, 4, 3, 5)
  x = jax.random.normal(jax.random.key(0), (1, 9, 9, 3))
  first, *others = quick_jit(lambda x: [net(x) for net in nets])(x)
  for y in others:
    np.testing.assert_allclose(first, y, atol=1e-5)


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


def test_impossible_numbers_are_refused():
  x, k = jnp.zeros((1, 2, 2, 1)), jnp.zeros((3, 3, 1, 1))
  with pytest.raises(ValueError, match='3 taps do not fit 2 positions'):
    conv2d(x, k)
  with pytest.raises(ValueError, match='stride are >= 1'):
    conv2d(x, k, stride=0, padding=1)
  with pytest.raises(ValueError, match='padding >= 0'):
    conv2d(x, k, padding=-1)


def test_quick_form_goes_by_stride_kernel_and_positions():
  def quick(size, kernel, stride, padding, name='conv2d', channels=64):
    axes = measure(size, kernel, *((n,) * len(size) for n in (stride, padding)))
    return quick_form(name, 2, channels, channels, axes)

  assert jax.default_backend() == 'cpu'
  square, clip = (16, 16), (8, 16, 16)
  assert quick(square, (4, 4), 1, 2) == 'padded'
  assert quick(square, (3, 3), 1, 1) == quick(square, (3, 3), 2, 1) == 'stock'
  assert quick(square, (4, 4), 2, 1) == 'matmul'
  assert quick((2, 2), (3, 3), 1, 1, channels=512) == 'matmul'
  assert quick(clip, (4, 4, 4), 2, 1, 'conv3d') == 'matmul'
  assert quick(clip, (3, 3, 3), 1, 1, 'conv3d') == 'frames'
  # A kernel of one frame is a 2-D one.
  assert quick(clip, (1, 3, 3), 2, 0, 'conv3d') == 'frames'


def test_every_backend_knows_a_form_for_every_kind():
  for row in TABLE.values():
    kinds = {kind for forms in row.values() for kind in forms}
    assert all(set(forms) == kinds for forms in row.values())
