"""StyleGAN's networks at widths that compile at once."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.systems.au_transfer.discriminator import Discriminator
from facegen_jax.systems.au_transfer.generator import Generator

SIZES = {'size': 16, 'base': 64, 'most': 6}  # 6, 6, 4 channels
CODES = {'z': 5, 'w': 4, 'mapping_layers': 2}


def _filled(make):
  """A network with every parameter and statistic random, as numpy draws them.

  Zeros and ones would hide what is forgotten.
  """
  graph, state = nnx.split(nnx.eval_shape(lambda: make(nnx.Rngs(0))))
  draw = np.random.default_rng(9)

  def fill(path, leaf):
    mapped = 'mapping' in jax.tree_util.keystr(
      path
    )  # stored 100 times as large
    return jnp.asarray(draw.normal(size=leaf.shape) * 100**mapped, leaf.dtype)

  return nnx.merge(graph, jax.tree_util.tree_map_with_path(fill, state))


def generator(**changes):
  sizes = SIZES | CODES | changes
  return _filled(lambda rngs: Generator(**sizes, rngs=rngs))


def discriminator(**changes):
  sizes = SIZES | changes
  return _filled(lambda rngs: Discriminator(**sizes, rngs=rngs))


def normal(seed, *shape):
  draw = np.random.default_rng(seed)
  return jnp.asarray(draw.normal(size=shape), jnp.float32)
