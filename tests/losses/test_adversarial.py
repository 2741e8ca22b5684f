"""Adversarial losses over scales."""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.losses.adversarial import (
  bce_discriminator,
  bce_generator,
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


def test_binary_cross_entropy_on_hand_made_logits():
  # D(x) = 1 / 2 at logit 0 and 3 / 4 at log 3.
  real = [jnp.array([0.0, np.log(3.0)]), jnp.array([[0.0]])]
  fake = [jnp.array([0.0, np.log(3.0)]), jnp.array([[np.log(3.0)]])]
  half, most, rest = -np.log(0.5), -np.log(0.75), -np.log(0.25)
  np.testing.assert_allclose(
    bce_discriminator(real, fake),
    (half + most) / 2 + half + (half + rest) / 2 + rest,
    rtol=1e-6,
  )
  np.testing.assert_allclose(
    bce_generator(fake), (half + most) / 2 + most, rtol=1e-6
  )


def test_binary_cross_entropy_of_sure_logits_is_finite_and_does_not_saturate():
  sure = [jnp.array([-1000.0])]  # D is certain that it is generated
  assert bce_generator(sure) == 1000
  assert jax.grad(lambda x: bce_generator([x]))(sure[0]) == -1
  assert bce_discriminator([-sure[0]], sure) == 0
  assert bce_discriminator(sure, [-sure[0]]) == 2000


def test_binary_cross_entropy_averages_half_precision_in_float32():
  logits = [jnp.full((4096,), 0.5, jnp.bfloat16)]
  value = bce_generator(logits)
  assert value.dtype == jnp.float32
  np.testing.assert_allclose(value, np.log1p(np.exp(-0.5)), rtol=1e-6)
