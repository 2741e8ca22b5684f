"""The networks of a run, by name, and how a config sizes them."""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax.numpy as jnp

from facegen_jax.systems.au_transfer.discriminator import Discriminator
from facegen_jax.systems.au_transfer.generator import Generator

GENERATOR, DISCRIMINATOR, REGRESSOR = 'generator', 'discriminator', 'regressor'
FEATURES, JUDGE = 'features', 'judge'
PEOPLE = {FEATURES: 'features_people', JUDGE: 'judge_people'}


def adversaries(config: Any) -> dict[str, Callable[[nnx.Rngs], nnx.Module]]:
  """Makers of the generator and the discriminator."""
  m = config.model
  shared = {
    'size': config.data.size,
    'base': m.base,
    'most': m.most,
    'dtype': None if m.dtype == 'float32' else jnp.dtype(m.dtype),
  }
  codes = {'z': m.z, 'w': m.w, 'mapping_layers': m.mapping_layers}

  def generator(rngs: nnx.Rngs) -> nnx.Module:
    return Generator(**shared, **codes, rngs=rngs)

  def discriminator(rngs: nnx.Rngs) -> nnx.Module:
    return Discriminator(**shared, rngs=rngs)

  return {GENERATOR: generator, DISCRIMINATOR: discriminator}


def own_features(config: Any) -> tuple[str, ...]:
  """The networks of features that the run trains."""
  if not config.stages.features:
    return ()
  return (JUDGE,) if config.features.vgg16 else (FEATURES, JUDGE)
