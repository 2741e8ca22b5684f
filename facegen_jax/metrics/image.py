"""PSNR and SSIM of pictures in [-1, 1], one number a picture.

Both are computed on [0, 1] by dm-pix: SSIM is not the same number on tanh
range. Settings are Wang 2004's (11x11 Gaussian, sigma 1.5, population
covariance, valid region, mean over channels), equal to scikit-image's with
`gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.
"""

import dm_pix
import jax
import jax.numpy as jnp

PSNR_CAP = 100.0  # dB: what identical pictures get, instead of infinity
_CAP_MSE = 1e-10  # the mean squared error at the cap


def _unit(x: jax.Array) -> jax.Array:
  return (x.astype(jnp.float32) + 1) / 2


def _masked_mse(a: jax.Array, b: jax.Array, mask: jax.Array) -> jax.Array:
  mask = jnp.broadcast_to(mask, a.shape).astype(jnp.float32)
  square = jnp.where(mask > 0, jnp.square(a - b), 0.0) * mask
  axes = (-3, -2, -1)
  return square.sum(axes) / mask.sum(axes)  # 0 / 0 of an empty mask is NaN


def psnr(
  a: jax.Array, b: jax.Array, mask: jax.Array | None = None
) -> jax.Array:
  """PSNR in dB of b h w c pictures in [-1, 1] -> (b), at most 100.

  With `mask` (b h w 1, in [0, 1]) only over the pixels it keeps, which is not
  comparable with the number over all; NaN where it keeps none. Not for
  training: the slope at identity is not finite.
  """
  a, b = _unit(a), _unit(b)
  if mask is None:
    decibel = dm_pix.psnr(a, b)
  else:
    decibel = -10 * jnp.log10(_masked_mse(a, b, mask))
  return jnp.minimum(decibel, PSNR_CAP)


def ssim(a: jax.Array, b: jax.Array) -> jax.Array:
  """SSIM of b h w c pictures in [-1, 1] -> (b); mean over RGB channels.

  Raises ValueError below 11 pixels, where the window does not fit (dm-pix
  would say 1.0).
  """
  if min(a.shape[-3:-1]) < 11:
    raise ValueError(f'SSIM needs 11 x 11 pixels, not {a.shape[-3:-1]}')
  return dm_pix.ssim(_unit(a), _unit(b))


def clip_psnr(a: jax.Array, b: jax.Array, *, pooled: bool = False) -> jax.Array:
  """PSNR of clips b t h w c in [-1, 1] -> (b).

  The mean over frames, identical frames counting 100 dB (`identical` counts
  them); `pooled` is the PSNR of the clip's mean squared error instead.
  """
  if pooled:
    mse = jnp.square(_unit(a) - _unit(b)).mean((1, 2, 3, 4))
    return -10 * jnp.log10(jnp.maximum(mse, _CAP_MSE))
  frames = psnr(a.reshape(-1, *a.shape[2:]), b.reshape(-1, *b.shape[2:]))
  return frames.reshape(a.shape[:2]).mean(1)


def clip_ssim(a: jax.Array, b: jax.Array) -> jax.Array:
  """Mean SSIM over the frames of clips b t h w c in [-1, 1] -> (b)."""
  frames = ssim(a.reshape(-1, *a.shape[2:]), b.reshape(-1, *b.shape[2:]))
  return frames.reshape(a.shape[:2]).mean(1)


def identical(psnrs: jax.Array) -> jax.Array:
  """How many of the PSNRs are at the cap, to print beside their mean."""
  return jnp.sum(psnrs >= PSNR_CAP)
