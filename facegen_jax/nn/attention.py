"""Attention on feature maps: scSE, and AIP-GAN's supervised expression map."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv


class ScSE(nnx.Module):
  """Concurrent spatial and channel squeeze and excitation (MICCAI 2018).

  b h w c -> b h w c. `combine` is 'add' as in the paper or 'max' as in its
  authors' later code; `ratio` shrinks the hidden layer to c // ratio.
  """

  def __init__(
    self,
    features: int,
    *,
    ratio: int = 2,
    combine: str = 'add',
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if combine not in ('add', 'max'):
      raise ValueError(f"combine is 'add' or 'max', not {combine!r}")
    hidden = max(features // ratio, 1)
    self.squeeze = nnx.Linear(features, hidden, dtype=dtype, rngs=rngs)
    self.excite = nnx.Linear(hidden, features, dtype=dtype, rngs=rngs)
    self.spatial = Conv(features, 1, 1, padding=0, dtype=dtype, rngs=rngs)
    self.combine = combine

  def cse(self, x: jax.Array) -> jax.Array:
    """Scales each channel by a gate computed from the channel means."""
    means = x.mean((1, 2))
    gate = nnx.sigmoid(self.excite(nnx.relu(self.squeeze(means))))
    return x * gate[:, None, None]

  def sse(self, x: jax.Array) -> jax.Array:
    """Scales each pixel by a gate computed from its channels."""
    return x * nnx.sigmoid(self.spatial(x))

  def __call__(self, x: jax.Array) -> jax.Array:
    """Recalibrates b h w c."""
    if self.combine == 'max':
      return jnp.maximum(self.cse(x), self.sse(x))
    return self.cse(x) + self.sse(x)


def _alpha(a: jax.Array, norm: str) -> jax.Array:
  """Attention (b h w 1) from the weighted class map; AIP-GAN names no norm."""
  if norm == 'sigmoid':
    return nnx.sigmoid(a)
  if norm == 'softmax':  # mean 1, so that features keep their size
    return nnx.softmax(a, (1, 2)) * (a.shape[1] * a.shape[2])
  if a.shape[1:3] == (1, 1):  # its own maximum; gradients 1e6 would cancel
    return jnp.ones_like(a)
  low, high = a.min((1, 2), keepdims=True), a.max((1, 2), keepdims=True)
  return (a - low + 1e-6) / (high - low + 1e-6)


class ExpressionAttention(nnx.Module):
  """AIP-GAN's supervised expression attention (section 3, arXiv 2005.00499).

  Class maps Q = conv1x1(scSE(F)), class probabilities P = softmax(mean Q),
  attention alpha = norm(sum_i P_i Q_i), result F * alpha on the raw F.
  `norm`: 'minmax' (in [0, 1] per picture), 'sigmoid' or 'softmax' (mean 1).
  `warm_start` uses (1 + alpha) / 2, which cannot put features out.
  """

  def __init__(
    self,
    features: int,
    *,
    classes: int = 6,
    norm: str = 'minmax',
    warm_start: bool = False,
    ratio: int = 2,
    combine: str = 'add',
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if norm not in ('minmax', 'sigmoid', 'softmax'):
      raise ValueError(f'norm is minmax, sigmoid or softmax, not {norm!r}')
    self.scse = ScSE(
      features, ratio=ratio, combine=combine, dtype=dtype, rngs=rngs
    )
    self.maps = Conv(features, classes, 1, padding=0, dtype=dtype, rngs=rngs)
    self.norm, self.warm_start = norm, warm_start

  def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Maps b h w c to (attended b h w c, log-probabilities b classes)."""
    maps = self.maps(self.scse(x)).astype(jnp.float32)
    log_probs = nnx.log_softmax(maps.mean((1, 2)))
    weighted = jnp.einsum('bhwk,bk->bhw', maps, jnp.exp(log_probs))[..., None]
    alpha = _alpha(weighted, self.norm)
    if self.warm_start:
      alpha = 0.5 + 0.5 * alpha
    return x * alpha.astype(x.dtype), log_probs
