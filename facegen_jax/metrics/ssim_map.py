"""SSIM around every pixel (Wang et al. 2004)."""

import jax
import jax.numpy as jnp
import numpy as np

WINDOW = 11  # pixels a side
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2

_LINE = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / _SIGMA) ** 2)
_LINE = np.float32(_LINE / _LINE.sum())


def ssim_map(a: jax.Array, b: jax.Array) -> jax.Array:
  """SSIM on [0, 1] of h w c pictures in [-1, 1] -> h - 10 w - 10 c.

  Only where the window fits. Equal to dm-pix's, with four blurs for its five
  and without its clipping of variances that rounding puts below 0.
  """
  # Halves differ from [0, 1] by 1/2: variances are the same, and more exact.
  a, b = (jnp.moveaxis(x.astype(jnp.float32), -1, 0) / 2 for x in (a, b))
  mean_a, mean_b = _blur(a), _blur(b)
  covariance = _blur(a * b) - mean_a * mean_b
  variances = _blur(a * a + b * b) - mean_a**2 - mean_b**2
  mean_a, mean_b = mean_a + 0.5, mean_b + 0.5
  top = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
  bottom = (mean_a**2 + mean_b**2 + _C1) * (variances + _C2)
  return jnp.transpose(top / bottom, (2, 1, 0))


def _blur(x: jax.Array) -> jax.Array:
  """The window's mean over c h w -> c w - 10 h - 10."""
  return _lines(_lines(x).swapaxes(-1, -2))


def _lines(x: jax.Array) -> jax.Array:
  """One pass along the last axis, n -> n - 10.

  Lines of one channel are what a CPU's convolution is quick at. In full
  float32: half a float's digits would break the variance term.
  """
  n = x.shape[-1]
  y = jax.lax.conv_general_dilated(
    x.reshape(-1, 1, n),
    jnp.asarray(_LINE)[None, None],
    (1,),
    'VALID',
    dimension_numbers=('NCH', 'OIH', 'NCH'),
    precision=jax.lax.Precision.HIGHEST,
  )
  return y.reshape(*x.shape[:-1], n - WINDOW + 1)
