"""Normalisation.

For BatchNorm use `flax.nnx.BatchNorm` as it is, or `batch_norm` where imported
weights go on with PyTorch's running variance.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp


def instance_norm(x: jax.Array, eps: float = 1e-5) -> jax.Array:
  """Normalises b ... c over its inner axes, per example and channel.

  Biased variance about the mean, in float32; the result has x's dtype. A map
  that is constant (1x1, say) becomes zero.
  """
  axes = tuple(range(1, x.ndim - 1))
  centred = x.astype(jnp.float32)
  centred = centred - centred.mean(axes, keepdims=True)
  variance = jnp.square(centred).mean(axes, keepdims=True)
  return (centred * jax.lax.rsqrt(variance + eps)).astype(x.dtype)


class InstanceNorm(nnx.Module):
  """Instance normalisation with `scale` and `bias` (features) if `affine`."""

  def __init__(
    self,
    features: int,
    *,
    affine: bool = True,
    eps: float = 1e-5,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    del rngs  # starts as the identity
    self.scale = nnx.Param(jnp.ones(features)) if affine else None
    self.bias = nnx.Param(jnp.zeros(features)) if affine else None
    self.eps, self.dtype = eps, dtype

  def __call__(self, x: jax.Array) -> jax.Array:
    """Normalises b h w c (or b t h w c over t h w)."""
    y = instance_norm(x.astype(self.dtype or x.dtype), self.eps)
    if self.scale is None:
      return y
    return y * self.scale[...].astype(y.dtype) + self.bias[...].astype(y.dtype)


NORMS = ('batch', 'group', 'instance')
_GROUP = 16  # channels that are normalised together


def make_norm(
  kind: str, features: int, *, dtype: Any = None, rngs: nnx.Rngs
) -> nnx.Module:
  """The affine norm that a config names.

  'instance' erases the mean and contrast of every map, and with them colour
  and light; 'group' keeps what the channels of a group differ by; 'batch'
  keeps all that pictures differ by, with running statistics.
  """
  if kind == 'instance':
    return InstanceNorm(features, dtype=dtype, rngs=rngs)
  if kind == 'group':
    groups = max(features // _GROUP, 1)
    return nnx.GroupNorm(
      features, num_groups=groups, epsilon=1e-5, dtype=dtype, rngs=rngs
    )
  if kind == 'batch':
    return nnx.BatchNorm(features, momentum=0.95, dtype=dtype, rngs=rngs)
  raise ValueError(f'norm is one of {NORMS}, not {kind!r}')
