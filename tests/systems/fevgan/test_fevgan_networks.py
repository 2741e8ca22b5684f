"""Sizes of FEV-GAN's networks, and computing them twice to hold less."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.systems.fevgan.networks import (
  Decoder,
  Discriminator,
  Encoder,
  decoder_windows,
)

PAPER = {
  'grid': 14,
  'size': 64,
  'features': (1024, 512),
  'channels': (512, 256, 128, 64),
}


def traced(make, *inputs):
  """Millions of weights in kernels and the shape of the output, no memory."""
  init, apply = pure(make)
  variables = jax.eval_shape(init, jax.random.key(0))
  leaves = jax.tree.leaves(variables.params)
  count = sum(x.size for x in leaves if x.ndim > 1)
  inputs = [jax.ShapeDtypeStruct(*x) for x in inputs]
  out, _ = jax.eval_shape(lambda v, *x: apply(v, *x), variables, *inputs)
  return count / 1e6, out.shape


MAPS = [((2, 14, 14, 1024), jnp.float32), ((2, 14, 14, 512), jnp.float32)]
LABEL = ((2,), jnp.int32)


@pytest.mark.parametrize(
  ('kind', 'entry', 'millions'),
  [('bottleneck', 1024, 51.5), ('grid14', 512, 11.9)],
)
def test_decoders_of_the_paper(kind, entry, millions):
  count, shape = traced(
    lambda rngs: Decoder(kind=kind, entry=entry, **PAPER, rngs=rngs),
    *MAPS,
    LABEL,
  )
  assert round(count, 1) == millions
  assert shape == (2, 32, 64, 64, 3)


def test_encoder_and_discriminator_of_the_paper():
  widths = (64, 128, 256, 512)
  count, shape = traced(
    lambda rngs: Encoder(size=224, channels=widths, rngs=rngs),
    ((2, 64, 64, 3), jnp.float32),
  )
  assert (round(count, 2), shape) == (2.76, (2, 14, 14, 512))
  count, shape = traced(
    lambda rngs: Discriminator(shape=(32, 64), channels=widths, rngs=rngs),
    ((2, 32, 64, 64, 3), jnp.float32),
    LABEL,
  )
  assert (round(count, 2), shape) == (11.06, (2,))


def test_windows_of_the_paper():
  bottleneck = decoder_windows('bottleneck', 14, 64, 4)
  assert bottleneck[0] == {'kernel': (1, 5), 'stride': (1, 3)}
  kept = decoder_windows('grid14', 14, 64, 4)
  assert [w['kernel'] for w in kept] == [
    (1, 1),
    (2, 3),
    (4, 3),
    (4, 3),
    (4, 4),
    (4, 4),
  ]


@pytest.mark.parametrize('kind', ['bottleneck', 'grid14'])
@pytest.mark.parametrize('grid', [4, 5, 6, 7, 8, 13, 16])
def test_any_grid_ends_at_the_clip(kind, grid):
  maps = ((2, grid, grid, 3), jnp.float32)
  _, shape = traced(
    lambda rngs: Decoder(
      kind=kind,
      grid=grid,
      size=16,
      features=(3, 3),
      entry=2,
      channels=(2, 2),
      rngs=rngs,
    ),
    maps,
    maps,
    LABEL,
  )
  assert shape == (2, 8, 16, 16, 3)
  first = decoder_windows('bottleneck', grid, 16, 2)[0]
  assert first['kernel'][1] + 3 * first['stride'][1] == grid  # no pixel left


def test_weights_begin_as_the_paper_says():
  net = Encoder(size=16, channels=(8, 16, 32, 64), rngs=nnx.Rngs(0))
  kernel = net.blocks[3].conv.kernel[...]
  np.testing.assert_allclose(kernel.std(), 0.01, rtol=0.05)
  scale = net.blocks[3].norm.scale[...]
  np.testing.assert_allclose(scale.mean(), 1, atol=0.01)
  np.testing.assert_allclose(scale.std(), 0.02, rtol=0.4)
  assert net.blocks[0].norm is None and net.blocks[3].conv.bias is None


def test_strong_features_of_one_block_do_not_drown_the_other():
  """F_id is standardised without weights; what comes of it has no scale."""
  kwargs = dict(grid=4, size=16, features=(3, 0), entry=2, channels=(2, 2))
  init, apply = pure(lambda rngs: Decoder(kind='grid14', **kwargs, rngs=rngs))
  net = jax.jit(init)(jax.random.key(0))
  assert 'standardise' not in net.params
  f = jax.random.normal(jax.random.key(1), (4, 4, 4, 3))
  label = jnp.arange(4)
  run = jax.jit(lambda f: apply(net, f, None, label, train=True))
  one, stats = run(f)
  many, _ = run(300 * f + 100)
  np.testing.assert_allclose(many, one, atol=1e-5)
  np.testing.assert_allclose(
    stats['standardise']['mean'], 0.1 * f.mean((0, 1, 2)), atol=1e-6
  )


def test_computing_layers_twice_changes_nothing():
  kwargs = dict(grid=4, size=16, features=(3, 2), entry=4, channels=(4, 4))
  f = jax.random.normal(jax.random.key(1), (3, 4, 4, 5))
  results = []
  for remat in (False, True):
    init, apply = pure(
      lambda rngs, remat=remat: Decoder(
        kind='bottleneck', **kwargs, remat=remat, rngs=rngs
      )
    )
    net = jax.jit(init)(jax.random.key(0))

    def loss(params, net=net, apply=apply):
      out, stats = apply(
        net._replace(params=params), f[..., :3], f[..., 3:], LABELS, train=True
      )
      return jnp.square(out - 1).mean(), stats

    results.append(jax.jit(jax.grad(loss, has_aux=True))(net.params))
    found = str(jax.make_jaxpr(jax.grad(loss, has_aux=True))(net.params))
    assert ('remat' in found or 'checkpoint' in found) == remat
  plain, twice = (jax.tree.leaves(x) for x in results)
  for a, b in zip(plain, twice, strict=True):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7)


LABELS = jnp.array([0, 2, 5])
