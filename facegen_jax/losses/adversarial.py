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


def bce_discriminator(
  real_logits: Sequence[jax.Array], fake_logits: Sequence[jax.Array]
) -> jax.Array:
  """-log D(real) - log(1 - D(fake)), D the sigmoid; means, summed over scales.

  Not halved: the sum of the two binary cross-entropies (Goodfellow 2014, 1).
  """
  return sum(_softplus_mean(-x) for x in real_logits) + sum(
    _softplus_mean(x) for x in fake_logits
  )


def bce_generator(fake_logits: Sequence[jax.Array]) -> jax.Array:
  """-log D(fake), the non-saturating loss; means, summed over scales."""
  return sum(_softplus_mean(-x) for x in fake_logits)


def _softplus_mean(x: jax.Array) -> jax.Array:
  """Mean of log(1 + e^x) in float32; finite with finite slopes for any x."""
  return jnp.mean(jax.nn.softplus(x.astype(jnp.float32)))
