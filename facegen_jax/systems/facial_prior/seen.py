"""The networks behind the perceptual loss: VGG-19 from a file, or our own.

Without a file two networks of VGG-16's topology learn people and expressions
on the training split, as the first stage of a run; the loss is the mean of
that by either.
"""

from collections.abc import Callable
from typing import Any

import jax

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.nn.vgg import VGG
from facegen_jax.systems.facial_prior import perceptual
from facegen_jax.systems.facial_prior.perceptual import Seen
from facegen_jax.weights.vgg import load_vgg

WHO, WHICH = 'identity_features', 'expression_features'
FILE = 'perceptual'
Features = Callable[[Variables, jax.Array], dict[str, jax.Array]]


def imported(path: str) -> tuple[Features, Variables]:
  """VGG-19 of ImageNet as torchvision has it, from the user's file."""
  sizes, params = load_vgg(path, head=False)
  return _convolutions(sizes), Variables(params)


def own(config: Any) -> Features:
  """The convolutions of a `FeatureNet` of these sizes.

  On pictures as they are: a smaller picture shows more of the face at once,
  which a resized one would not.
  """
  sizes = {'width': config.width, 'norm': config.norm or None}
  return _convolutions(sizes | {'classes': None, 'input_size': None})


def _convolutions(sizes: dict[str, Any]) -> Features:
  _, apply = pure(lambda rngs: VGG(**sizes, rngs=rngs))

  def features(net: Variables, x: jax.Array) -> dict[str, jax.Array]:
    params = {k: v for k, v in net.params.items() if not k.startswith('fc')}
    return apply(Variables(params, net.stats), x, method='features')[0]

  return features


def by(features: Features, nets: list[Variables]) -> Seen:
  """What all `nets` see, one after the other."""
  each = [
    perceptual.seen_by(lambda x, net=net: features(net, x)) for net in nets
  ]
  return lambda x: [tap for see in each for tap in see(x)]


def weights(weight: float, nets: int) -> tuple[float, ...]:
  """Of each tap of so many networks: their mean."""
  return (weight / nets,) * (nets * len(perceptual.TAPS))
