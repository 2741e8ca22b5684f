"""How pictures come to a feature network's side."""

import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.systems.au_transfer.preprocessing import resized

PICTURES = np.random.default_rng(0).random((2, 12, 12, 3)).astype(np.float32)


def test_a_larger_picture_is_averaged_and_not_sampled():
  blocks = PICTURES.reshape(2, 4, 3, 4, 3, 3).mean((2, 4))
  np.testing.assert_allclose(resized(PICTURES, 4), blocks, atol=1e-6)
  # Bilinear reads the middle pixel of three.
  got = resized(PICTURES, 4, 'bilinear')
  np.testing.assert_allclose(got, PICTURES[:, 1::3, 1::3], atol=1e-6)


def test_every_pixel_counts_at_uneven_sizes():
  one = jnp.zeros((1, 11, 11, 1)).at[0, 5, 7, 0].set(1.0)
  assert resized(one, 4).sum() > 0


def test_a_smaller_picture_is_interpolated():
  np.testing.assert_array_equal(
    resized(PICTURES, 20), resized(PICTURES, 20, 'bilinear')
  )
  np.testing.assert_array_equal(resized(PICTURES, 12), PICTURES)


def test_an_unknown_rule():
  with pytest.raises(ValueError, match="'area' or 'bilinear', not 'cubic'"):
    resized(PICTURES, 4, 'cubic')
