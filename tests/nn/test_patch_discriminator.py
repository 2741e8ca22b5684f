"""The multi-scale patch discriminator's shapes and pyramid."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.patch_discriminator import (
  MultiScaleDiscriminator,
  PatchDiscriminator,
  pyramid,
)


def test_widths_strides_and_padding():
  net = nnx.eval_shape(
    lambda: PatchDiscriminator(features=256, rngs=nnx.Rngs(0))
  )
  shapes = [conv.kernel.shape for conv in net.convs]
  assert shapes == [
    (4, 4, 3, 256),
    (4, 4, 256, 512),
    (4, 4, 512, 512),
    (4, 4, 512, 512),
    (4, 4, 512, 1),
  ]
  assert [conv.stride for conv in net.convs] == [2, 2, 2, 1, 1]


def test_logits_of_two_scales_at_96():
  net = MultiScaleDiscriminator(features=2, rngs=nnx.Rngs(0))
  out = jax.eval_shape(net, jnp.ones((2, 96, 96, 3)))
  assert [len(scale) for scale in out] == [5, 5]
  assert [scale[-1].shape for scale in out] == [(2, 15, 15, 1), (2, 9, 9, 1)]


def test_pyramid_means_are_of_real_pixels():
  x = jnp.ones((1, 9, 8, 3))
  levels = pyramid(x, 3)
  assert [y.shape[1:3] for y in levels] == [(9, 8), (5, 4), (3, 2)]
  for y in levels:
    np.testing.assert_allclose(y, 1, rtol=1e-6)


def test_layers_but_the_first_and_last_ignore_the_scale_before():
  net = PatchDiscriminator(features=4, rngs=nnx.Rngs(0))
  graph, params = nnx.split(net)
  params = jax.tree.map(lambda p: 1000 * p, params)  # far above eps
  larger = jax.tree.map(lambda p: 10 * p, params)
  x = jax.random.normal(jax.random.key(0), (1, 32, 32, 3))
  run = jax.jit(lambda params, x: nnx.merge(graph, params)(x))
  before, after = run(params, x), run(larger, x)
  np.testing.assert_allclose(after[0], 10 * before[0], rtol=1e-3)
  for i in (1, 2, 3):
    np.testing.assert_allclose(after[i], before[i], atol=1e-3)
  np.testing.assert_allclose(after[4], 10 * before[4], rtol=1e-2, atol=1e-2)
