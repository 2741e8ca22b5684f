"""Adversarial losses on the logits of several scales."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp


def least_squares(logits: Sequence[jax.Array], target: float) -> jax.Array:
  """Sum over scales of mean (logit - target)^2, in float32."""
  return sum(
    jnp.mean(jnp.square(x.astype(jnp.float32) - target)) for x in logits
  )


def lsgan_discriminator(
  real_logits: Sequence[jax.Array], fake_logits: Sequence[jax.Array]
) -> jax.Array:
  """Half of: real to 1 plus fake to 0, mean squares, summed over scales.

  The half is pix2pixHD's (its trainer averages the two terms).
  """
  return 0.5 * (
    least_squares(real_logits, 1.0) + least_squares(fake_logits, 0.0)
  )


def lsgan_generator(fake_logits: Sequence[jax.Array]) -> jax.Array:
  """Fake to 1, mean squares, summed over scales."""
  return least_squares(fake_logits, 1.0)
