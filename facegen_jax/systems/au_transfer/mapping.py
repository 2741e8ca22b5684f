"""StyleGAN's mapping network.

Karras, Laine & Aila, "A style-based generator architecture for generative
adversarial networks", CVPR 2019, section 2.
"""

import itertools

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.systems.au_transfer.equalised import EqualDense, leaky

_RATE = 0.01  # of the optimiser's rate (appendix C)
_EPSILON = 1e-8


def normalise(z: jax.Array) -> jax.Array:
  """Rows b z over their root mean square."""
  return z * jax.lax.rsqrt(jnp.square(z).mean(-1, keepdims=True) + _EPSILON)


class Mapping(nnx.Module):
  """Normalised z through `layers`, each with a leaky ReLU: b z -> b w.

  Always float32: what it costs is little.
  """

  def __init__(
    self, z: int, w: int, *, layers: int, width: int, rngs: nnx.Rngs
  ) -> None:
    sizes = (z, *[width] * (layers - 1), w)
    self.layers = nnx.List(
      EqualDense(a, b, rate=_RATE, rngs=rngs)
      for a, b in itertools.pairwise(sizes)
    )

  def __call__(self, z: jax.Array) -> jax.Array:
    """Normal z (any length) to w."""
    x = normalise(z.astype(jnp.float32))
    for layer in self.layers:
      x = leaky(layer(x))
    return x
