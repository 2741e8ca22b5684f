"""The hourglass: its sizes, what joins what, and its gradients."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.nn.hourglass import (
  DownBlock,
  Encoder,
  Hourglass,
  ResBlock,
  SameBlock,
  UpBlock,
)


def _picture(*shape):
  return jax.random.normal(jax.random.key(0), shape)


def _evaluating(net):
  return nnx.view(net, use_running_average=True)


def _evaluated(net, x):
  net = _evaluating(net)
  return quick_jit(lambda x: net(x))(x)


def test_blocks_keep_halve_and_double():
  x = _picture(1, 6, 9, 2)
  sizes = {SameBlock: (6, 9), DownBlock: (3, 4), UpBlock: (12, 18)}
  for block, size in sizes.items():
    net = _evaluating(block(2, 5, rngs=nnx.Rngs(0)))
    y = net(x)
    assert y.shape == (1, *size, 5)
    assert net.features == 5
    assert float(y.min()) >= 0


def test_a_wide_kernel_keeps_the_size():
  net = _evaluating(SameBlock(2, 3, 7, rngs=nnx.Rngs(0)))
  assert net(_picture(1, 4, 5, 2)).shape == (1, 4, 5, 3)


def test_a_res_block_of_zero_kernels_is_the_identity():
  net = _evaluating(ResBlock(3, rngs=nnx.Rngs(0)))
  x = _picture(1, 4, 5, 3)
  assert jnp.abs(net(x) - x).max() > 0
  net.convs[1].kernel[...] = jnp.zeros((3, 3, 3, 3))
  np.testing.assert_array_equal(net(x), x)


def test_widths_double_up_to_the_limit():
  net = Encoder(3, 4, 4, 20, rngs=nnx.Rngs(0))
  assert [block.features for block in net.blocks] == [8, 16, 20, 20]
  assert net.features == 20


@pytest.mark.parametrize('size', [(8, 8), (8, 12), (9, 13), (4, 7)])
def test_any_size_comes_back_beside_the_input(size):
  net = Hourglass(3, 4, 2, 8, rngs=nnx.Rngs(0))
  x = _picture(2, *size, 3)
  y = _evaluated(net, x)
  assert y.shape == (2, *size, net.features)
  assert net.features == 4 + 3
  np.testing.assert_array_equal(y[..., 4:], x)  # what it made comes first


def test_too_small_a_map_is_refused():
  net = _evaluating(Hourglass(3, 4, 3, 8, rngs=nnx.Rngs(0)))
  with pytest.raises(ValueError, match='window of 2'):
    net(_picture(1, 4, 8, 3))


def test_training_moves_statistics_and_every_weight_has_a_slope():
  init, apply = pure(lambda rngs: Hourglass(2, 3, 2, 8, rngs=rngs))
  variables, x = quick_jit(init)(jax.random.key(0)), _picture(2, 8, 8, 2)

  @quick_jit
  def step(params, stats):
    def loss(params):
      y, moved = apply(Variables(params, stats), x, train=True)
      return jnp.mean(jnp.sin(3 * y)), moved

    return jax.grad(loss, has_aux=True)(params)

  slopes, moved = step(*variables)
  for path, value in jax.tree.leaves_with_path(slopes):
    assert jnp.isfinite(value).all(), path
    # Batch norm takes a bias before it away again.
    if "'conv'" not in str(path) or 'kernel' in str(path):
      assert jnp.abs(value).max() > 0, path
  change = jax.tree.map(
    lambda a, b: float(jnp.abs(a - b).max()), moved, variables.stats
  )
  assert min(jax.tree.leaves(change)) > 0


def test_half_floats_are_close():
  x = _picture(1, 8, 8, 3)
  sizes = (3, 4, 2, 8)
  full = _evaluated(Hourglass(*sizes, rngs=nnx.Rngs(0)), x)
  half = Hourglass(*sizes, dtype=jnp.bfloat16, rngs=nnx.Rngs(0))
  half = _evaluated(half, x)
  assert half.dtype == jnp.bfloat16
  np.testing.assert_allclose(half.astype(np.float32), full, atol=0.1)
