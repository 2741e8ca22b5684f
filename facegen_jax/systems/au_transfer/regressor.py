"""v, which guesses the code of a picture: the start of its encoding.

The paper says that the encoding starts "with the VGG fully connected feature"
and that v is trained on pairs of codes and pictures. So v is the network of
features with a new last layer, whose first output is the mean code.
"""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.state import Net, Variables
from facegen_jax.systems.au_transfer.features import Features

_HEAD = 'fc8'


class Regressor:
  """V.

  Args:
    features: the network that it starts from.
    layers: L, rows of a code.
    w: size of a row.
  """

  def __init__(self, features: Features, layers: int, w: int):
    self._shape = layers, w
    self._net = Features(features.sizes | {'classes': layers * w})
    self.init = self._net.init

  def codes(self, net: Variables, x: jax.Array) -> jax.Array:
    """Codes b L w of pictures b h w 3 in [-1, 1]."""
    return self._net.logits(net, x).reshape(-1, *self._shape)

  def learn(
    self, net: Variables, x: jax.Array
  ) -> tuple[jax.Array, dict[str, Any]]:
    """As it learns: codes b L w and new statistics."""
    taps, stats = self._net.apply(
      net, self._net.seen(x), method='features', train=True
    )
    logits = taps['logits'].astype(jnp.float32)
    return logits.reshape(-1, *self._shape), stats

  def begun(self, net: Net, features: Variables, mean: jax.Array) -> Net:
    """V as its stage begins: the features' layers, then the mean code (w)."""
    head = {
      'kernel': jnp.zeros_like(net.params[_HEAD]['kernel']),
      'bias': jnp.tile(mean, self._shape[0]),
    }
    copied = jax.tree.map(jnp.copy, features)  # or two nets would share them
    return net.replace(params=copied.params | {_HEAD: head}, stats=copied.stats)
