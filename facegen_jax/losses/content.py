"""Distances between pictures and between features, with masked examples."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp


def masked_mean(values: jax.Array, weights: jax.Array | None) -> jax.Array:
  """Mean of `values` (b ...) over the examples of weight (b) above zero.

  Weights are relative; None is all ones. A batch wholly masked gives 0, with
  a zero gradient. Masked rows may hold anything, even NaN.
  """
  values = values.astype(jnp.float32)
  if weights is None:
    return values.mean()
  keep = weights.reshape(-1, *[1] * (values.ndim - 1))
  values = jnp.where(keep > 0, values, 0.0)
  rows = values.mean(tuple(range(1, values.ndim)))
  return jnp.sum(rows * weights) / jnp.maximum(jnp.sum(weights), 1e-12)


def l1(
  a: jax.Array, b: jax.Array, weights: jax.Array | None = None
) -> jax.Array:
  """Mean |a - b| (b ...) over the examples that `weights` (b) keeps."""
  return masked_mean(jnp.abs(a - b), weights)


def l2(
  a: jax.Array, b: jax.Array, weights: jax.Array | None = None
) -> jax.Array:
  """Mean squared difference over the examples that `weights` (b) keeps."""
  return masked_mean(jnp.square(a - b), weights)


def moving_l1(made: jax.Array, real: jax.Array) -> jax.Array:
  """Mean |made - real| over the pixels that move in `real`.

  Those of clips b t h w c in [-1, 1] that leave the first frame by more than a
  tenth of the range in some channel; 0 where nothing moves.
  """
  moved = jnp.abs(real - real[:, :1]).max(-1, keepdims=True) > 0.2
  gaps = jnp.where(moved, jnp.abs(made - real), 0.0).astype(jnp.float32)
  return gaps.sum() / jnp.maximum(moved.sum() * real.shape[-1], 1)


def feature_distance(
  a: Sequence[jax.Array],
  b: Sequence[jax.Array],
  scale: Sequence[float] | jax.Array | None = None,
  *,
  weights: jax.Array | None = None,
  exprgan_scaling: bool = False,
) -> jax.Array:
  """Mean over taps of mean |a - b| / scale, taps being b h w c.

  `scale` has one constant a tap (its mean |feature| over a training set), so
  that taps weigh alike; None is ones. `exprgan_scaling` is ExprGAN's code
  instead: the sum over taps, each divided once more by its map's area.
  """
  if len(a) != len(b) or not a:
    raise ValueError(f'{len(a)} taps against {len(b)}')
  terms = [l1(x, y, weights) for x, y in zip(a, b, strict=True)]
  if exprgan_scaling:
    areas = [x.shape[1] * x.shape[2] for x in a]
    return sum(t / n for t, n in zip(terms, areas, strict=True))
  if scale is None:
    scale = [1.0] * len(terms)
  return sum(
    terms[i] / jnp.maximum(scale[i], 1e-12) for i in range(len(terms))
  ) / len(terms)


def class_loss(log_probs: jax.Array, labels: jax.Array) -> jax.Array:
  """Mean -log P[label] of (b classes) over rows whose label (b) is not -1."""
  known = labels >= 0
  picked = jnp.take_along_axis(
    log_probs, jnp.where(known, labels, 0)[:, None], axis=1
  )[:, 0]
  return masked_mean(-picked, known.astype(jnp.float32))
