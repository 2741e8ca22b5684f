"""Losses by the critics: least squares, and the distance of their features."""

from collections.abc import Sequence

import jax

from facegen_jax.losses.adversarial import least_squares
from facegen_jax.losses.content import l1
from facegen_jax.systems.facial_prior.discriminator import Judged

FEATURE_WEIGHTS = (10.0,) * 4


def generator(fake: Sequence[Judged]) -> jax.Array:
  """Mean (1 - D(fake))^2, summed over scales."""
  return least_squares([judged.logits for judged in fake], 1.0)


def discriminator(real: Sequence[Judged], fake: Sequence[Judged]) -> jax.Array:
  """Mean ((1 - D(real))^2 + D(fake)^2), summed over scales, not halved."""
  return least_squares([judged.logits for judged in real], 1.0) + least_squares(
    [judged.logits for judged in fake], 0.0
  )


def feature_matching(
  real: Sequence[Judged],
  fake: Sequence[Judged],
  weights: Sequence[float] = FEATURE_WEIGHTS,
) -> jax.Array:
  """Mean |difference| of each block, weighed; summed over blocks and scales.

  `weights` are by block; those past a critic's last block are not used.
  Gradients reach both sides, as published.
  """
  return sum(
    weights[i] * l1(a, b)
    for one, other in zip(real, fake, strict=True)
    for i, (a, b) in enumerate(zip(one.features, other.features, strict=True))
  )
