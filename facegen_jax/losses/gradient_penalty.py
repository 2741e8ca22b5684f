"""The penalty on a discriminator's slope at real pictures, R1.

Mescheder, Geiger & Nowozin, "Which training methods for GANs do actually
converge?", ICML 2018, equation 9.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def r1(critic: Callable[[jax.Array], jax.Array], real: jax.Array) -> jax.Array:
  """Squared norm of the slope of `critic` (b ... -> b) at `real`: b, float32.

  Not weighted: a loss adds gamma / 2 of its mean. The scores are added up, so
  that one backward pass gives all slopes; what a batch shares (its spread, say)
  counts to each, as in the official code.
  """
  slope = jax.grad(lambda x: critic(x).astype(jnp.float32).sum())(real)
  slope = slope.astype(jnp.float32)
  return jnp.square(slope).sum(tuple(range(1, slope.ndim)))
