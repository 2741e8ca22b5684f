"""Planes beside a clip: as if they had been laid there."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.nn.conv3d import conv3d
from facegen_jax.nn.planes import Conv3dBesidePlanes, convolved_planes

KEYS = jax.random.split(jax.random.key(0), 3)


def laid(values, sizes):
  shape = (len(values), *sizes, values.shape[-1])
  return jnp.broadcast_to(values[:, None, None, None], shape)


@pytest.mark.parametrize(
  ('sizes', 'kernel', 'stride', 'padding'),
  [
    ((4, 6, 8), (4, 4), (2, 2), (1, 1)),
    ((5, 7, 6), (3, 4), (1, 2), (1, 2)),
    ((1, 3, 2), (3, 5), (2, 1), (1, 2)),
    ((2, 4, 4), (2, 4), (1, 1), (0, 0)),
  ],
)
def test_planes_convolve_as_arrays_do(sizes, kernel, stride, padding):
  values = jax.random.normal(KEYS[0], (2, 3))
  shape = (kernel[0], kernel[1], kernel[1], 3, 4)
  k = jax.random.normal(KEYS[1], shape)
  window = {'stride': stride, 'padding': padding}

  def ours(values, k):
    return convolved_planes(values, k, sizes, **window)

  def plain(values, k):
    return conv3d(laid(values, sizes), k, **window)

  @quick_jit
  def both(values, k):
    made = []
    for run in (ours, plain):
      y, pull = jax.vjp(run, values, k)
      made.append((y, *pull(jax.random.normal(KEYS[2], y.shape))))
    return made

  for a, b in zip(*both(values, k), strict=True):
    np.testing.assert_allclose(a, b, atol=1e-6 * np.abs(b).max() + 1e-5)


@pytest.mark.parametrize('dtype', [None, jnp.bfloat16])
@pytest.mark.parametrize('use_bias', [False, True])
def test_the_layer_is_a_convolution_of_all_channels(dtype, use_bias):
  layer = Conv3dBesidePlanes(
    3 + 6,
    5,
    (4, 4),
    stride=(2, 2),
    padding=(1, 1),
    use_bias=use_bias,
    dtype=dtype,
    rngs=nnx.Rngs(0),
  )
  if use_bias:
    layer.bias[...] = jnp.arange(5.0)
  x = jax.random.normal(KEYS[2], (2, 4, 8, 8, 3))
  values = jax.nn.one_hot(jnp.array([1, 4]), 6)
  whole = jnp.concatenate([x, laid(values, x.shape[1:4])], -1)
  wanted = conv3d(whole, layer.kernel[...], stride=(2, 2), padding=(1, 1))
  wanted += jnp.arange(5.0) if use_bias else 0
  found = layer(x, values)
  assert found.dtype == (dtype or jnp.float32)
  np.testing.assert_allclose(
    found.astype(jnp.float32), wanted, atol=0.05 if dtype else 1e-5
  )
