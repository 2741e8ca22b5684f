"""Least-squares adversarial losses over scales."""

import jax.numpy as jnp
import numpy as np

from facegen_jax.losses.adversarial import (
  least_squares,
  lsgan_discriminator,
  lsgan_generator,
)

_REAL = [jnp.array([[1.0, 3.0]]), jnp.array([0.0])]
_FAKE = [jnp.array([[0.0, 2.0]]), jnp.array([-1.0])]


def test_sums_over_scales_of_means():
  assert least_squares(_REAL, 1.0) == 2 + 1
  assert lsgan_generator(_FAKE) == 1 + 4
  assert lsgan_discriminator(_REAL, _FAKE) == 0.5 * ((2 + 1) + (2 + 1))


def test_perfect_logits_cost_nothing():
  ones = [jnp.ones((2, 3)), jnp.ones((2, 1))]
  zeros = [x * 0 for x in ones]
  assert lsgan_discriminator(ones, zeros) == 0
  assert lsgan_generator(ones) == 0


def test_half_precision_logits_are_averaged_in_float32():
  logits = [jnp.full((4096,), 1.01, jnp.bfloat16)]
  value = lsgan_generator(logits)
  assert value.dtype == jnp.float32
  np.testing.assert_allclose(
    value, (float(jnp.bfloat16(1.01)) - 1) ** 2, rtol=1e-5
  )
