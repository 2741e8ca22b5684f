"""The spec's tables: sizes, channels, parameters, and what depends on what."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.systems.aipgan.networks import Decoder, Encoder, sizes

PAPER = (64, 128, 128, 256, 256, 512, 512)
TINY = (4, 4, 8, 8)


def encoder(channels=TINY, size=16, supervised=True, rngs=None):
  return Encoder(
    channels=channels,
    code=30 if supervised else 50,
    image_channels=1 if supervised else 3,
    supervised=supervised,
    norm='group',
    attention={},
    head={'hidden': 8, 'size': size},
    rngs=rngs,
  )


def decoder(channels=TINY, size=16, rngs=None, **options):
  settings = {
    'codes': (30, 50),
    'norm': 'group',
    'fused': (1, 2, 3),
    'fusion': 'ceb',
    'plain_skips': False,
    'dim': 16,
    'mode': 'pairwise',
    'seed': 0,
  }
  return Decoder(
    size=size, channels=channels, rngs=rngs, **(settings | options)
  )


def count(params):
  return sum(x.size for x in jax.tree.leaves(params))


def test_sizes_of_the_paper():
  assert sizes(96, 7) == (96, 48, 24, 12, 6, 3, 2, 1)
  assert sizes(128, 7)[-1] == 1


def test_encoder_levels_of_the_paper():
  module = nnx.eval_shape(lambda: encoder(PAPER, 96, rngs=nnx.Rngs(0)))
  x = jax.ShapeDtypeStruct((2, 96, 96, 3), jnp.float32)
  out = nnx.eval_shape(lambda m, x: m(x), module, x)
  assert [level.shape[1:] for level in out.levels] == [
    (48, 48, 64),
    (24, 24, 128),
    (12, 12, 128),
    (6, 6, 256),
    (3, 3, 256),
    (2, 2, 512),
    (1, 1, 512),
  ]
  assert out.code.shape == (2, 30)
  assert out.log_probs.shape == (7, 2, 6)
  assert out.image.shape == (2, 96, 96, 1)


def test_parameters_of_the_paper():
  """4.65 M in the convolutions, 0.70 M in seven scSE; decoder 12.5 M."""
  module = nnx.eval_shape(
    lambda: encoder(PAPER, 96, supervised=False, rngs=nnx.Rngs(0))
  )
  params = nnx.to_pure_dict(nnx.state(module, nnx.Param))
  convs = sum(count(b['conv']) for b in params['blocks'].values())
  assert convs == pytest.approx(4.65e6, rel=2e-3)
  assert count(params['attentions']) == pytest.approx(0.70e6, rel=1e-2)
  module = nnx.eval_shape(
    lambda: decoder(PAPER, 96, fused=(1, 3, 5, 6), dim=1024, rngs=nnx.Rngs(0))
  )
  params = nnx.to_pure_dict(nnx.state(module, nnx.Param))
  convs = sum(count(b['conv']) for b in params['ups'].values())
  assert convs == pytest.approx(12.5e6, rel=2e-2)


def pictures(seed=0):
  return jax.random.uniform(jax.random.key(seed), (2, 16, 16, 3)) * 2 - 1


@pytest.fixture(scope='module')
def built():
  parts = {
    'expression': pure(lambda rngs: encoder(rngs=rngs)),
    'identity': pure(lambda rngs: encoder(supervised=False, rngs=rngs)),
    'decoder': pure(lambda rngs: decoder(rngs=rngs)),
  }
  nets = {
    name: init(jax.random.key(i))
    for i, (name, (init, _)) in enumerate(parts.items())
  }

  def generate(source, target):
    e = parts['expression'][1](nets['expression'], source)[0]
    i = parts['identity'][1](nets['identity'], target)[0]
    return parts['decoder'][1](nets['decoder'], e, i)[0]

  return nets, jax.jit(generate)


def test_the_picture_depends_on_both_inputs_and_is_in_range(built):
  _, generate = built
  out = generate(pictures(0), pictures(1))
  assert out.shape == (2, 16, 16, 3)
  assert out.dtype == jnp.float32
  assert np.abs(out).max() <= 1
  assert np.abs(out - generate(pictures(2), pictures(1))).max() > 1e-5
  assert np.abs(out - generate(pictures(0), pictures(2))).max() > 1e-5


def test_examples_do_not_mix(built):
  _, generate = built
  a, b = pictures(0), pictures(1)
  swapped = generate(a[::-1], b[::-1])[::-1]
  np.testing.assert_allclose(generate(a, b), swapped, atol=1e-5)


def test_hashes_are_kept_and_not_trained(built):
  nets, _ = built
  fixed = nets['decoder'].stats['ups']
  assert {k for k in fixed if 'fuse' in fixed[k]} == {0, 1, 2}
  kinds = {x.dtype for x in jax.tree.leaves(nets['decoder'].params)}
  assert kinds == {jnp.dtype('float32')}
  other = pure(lambda rngs: decoder(rngs=rngs))[0](jax.random.key(9))
  jax.tree.map(np.testing.assert_array_equal, other.stats['ups'], fixed)


def test_concat_replaces_ceb_and_has_no_hashes():
  init, _ = pure(lambda rngs: decoder(fusion='concat', rngs=rngs))
  net = init(jax.random.key(0))
  assert not jax.tree.leaves(net.stats)
  assert 'conv' in net.params['ups'][0]['fuse']


def test_plain_skips_reach_the_blocks_without_ceb():
  def kernels(**options):
    init, _ = pure(lambda rngs: decoder(fused=(1, 3), rngs=rngs, **options))
    ups = init(jax.random.key(0)).params['ups']
    return [ups[k]['conv']['kernel'].shape[2] for k in range(len(TINY))]

  without, plain = kernels(), kernels(plain_skips=True)
  added = [2 * c if k not in (1, 3) else 0 for k, c in enumerate(TINY[::-1], 1)]
  assert [b - a for a, b in zip(without, plain, strict=True)] == added


@pytest.mark.parametrize('mode', ['trilinear', 'two_input'])
def test_other_forms_of_ceb_differ(mode):
  nets = [
    pure(lambda rngs, m=m: decoder(mode=m, rngs=rngs))
    for m in ('pairwise', mode)
  ]
  e = pure(lambda rngs: encoder(rngs=rngs))
  i = pure(lambda rngs: encoder(supervised=False, rngs=rngs))
  es = jax.jit(e[1])(e[0](jax.random.key(0)), pictures())[0]
  its = jax.jit(i[1])(i[0](jax.random.key(0)), pictures(1))[0]
  a, b = (
    np.asarray(jax.jit(apply)(init(jax.random.key(1)), es, its)[0])
    for init, apply in nets
  )
  assert np.isfinite(a).all() and np.isfinite(b).all()
  assert np.abs(a - b).max() > 1e-5


def test_bfloat16_computes_near_float32():
  parts = [
    pure(
      lambda rngs, d=d: Encoder(
        channels=TINY,
        code=30,
        image_channels=1,
        supervised=True,
        norm='group',
        attention={},
        head={'hidden': 8, 'size': 16},
        dtype=d,
        rngs=rngs,
      )
    )
    for d in (jnp.float32, jnp.bfloat16)
  ]
  net = parts[0][0](jax.random.key(0))
  full, half = (jax.jit(apply)(net, pictures())[0] for _, apply in parts)
  assert half.code.dtype == jnp.bfloat16
  assert half.image.dtype == jnp.float32
  np.testing.assert_allclose(half.image, full.image, atol=0.02)
