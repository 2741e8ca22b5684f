"""Means over what a mask of pictures keeps."""

import math

import jax
import jax.numpy as jnp

from facegen_jax.metrics.ssim_map import WINDOW, ssim_map


def mse(
  a: jax.Array, b: jax.Array, mask: jax.Array | None, axes: tuple[int, ...]
) -> jax.Array:
  """Mean squared error on [0, 1]; 0 / 0 of an empty mask is NaN."""
  square = jnp.square((a.astype(jnp.float32) - b.astype(jnp.float32)) / 2)
  if mask is None:
    return square.mean(axes)
  mask = jnp.broadcast_to(mask, square.shape).astype(jnp.float32)
  square = jnp.where(mask > 0, square, 0.0) * mask
  return square.sum(axes) / mask.sum(axes)


def whole_windows(mask: jax.Array) -> jax.Array:
  """The least of a mask b h w 1 in each window -> b h - 10 w - 10 1."""
  window = (1, WINDOW, WINDOW, 1)
  return jax.lax.reduce_window(
    mask, math.inf, jax.lax.min, window, (1, 1, 1, 1), 'VALID'
  )


def mean_ssim(x: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
  """Mean SSIM of h w c pictures a, b, weights h - 10 w - 10 1 its windows'."""
  a, b, weight = x
  windows = ssim_map(a, b)
  weight = jnp.broadcast_to(weight, windows.shape)
  inside = jnp.where(weight > 0, windows, 0.0) * weight
  return inside.sum() / weight.sum()


def kept(
  mask: jax.Array | None, shape: tuple[int, int], *, windows: bool = False
) -> jax.Array:
  """The frames (b t) of which a mask keeps a pixel, or a whole window."""
  if mask is None:
    return jnp.ones(shape, bool)
  mask = jnp.asarray(mask, jnp.float32).reshape(-1, *mask.shape[2:])
  mask = whole_windows(mask) if windows else mask
  return jnp.any(mask > 0, (1, 2, 3)).reshape(shape)


def frame_mean(
  frames: jax.Array, mask: jax.Array | None, *, windows: bool = False
) -> jax.Array:
  """Mean (b) of the frames (b t) that the mask keeps; NaN of none."""
  some = kept(mask, frames.shape, windows=windows)
  return jnp.where(some, frames, 0.0).sum(1) / some.sum(1)
