"""BatchNorm by PyTorch's rule for the running variance."""

from flax import nnx
import jax
import jax.numpy as jnp


class BatchNorm(nnx.BatchNorm):
  """`flax.nnx.BatchNorm` whose running variance is unbiased, as PyTorch's.

  A batch of n values a channel is normalised by its biased variance, but its
  variance times n / (n - 1) goes into `var`; Flax stores the biased one. The
  two part where n is small, as in the last stage of a short clip. `momentum`
  is the share that is kept: PyTorch's momentum of 0.1 is 0.9 here.
  Statistics are taken in float32, in two passes; the result has `dtype`, or
  the input's. `use_running_average` of `nnx.view` chooses the statistics.
  """

  def _batch(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean and biased variance of float32 x; moves the running ones."""
    count = x.size // x.shape[-1]
    if count < 2:
      raise ValueError(
        'a batch of one value a channel has no variance: train on more clips, '
        'frames or pixels'
      )
    axes = tuple(range(x.ndim - 1))
    mean = x.mean(axes)
    var = jnp.square(x - mean).mean(axes)
    unbiased = var * (count / (count - 1))
    for running, new in ((self.mean, mean), (self.var, unbiased)):
      moved = self.momentum * running[...] + (1 - self.momentum) * new
      running[...] = jax.lax.stop_gradient(moved)
    return mean, var

  def __call__(self, x: jax.Array) -> jax.Array:
    """Normalises b ... c over all axes but the last.

    Raises ValueError in training if there is one value a channel.
    """
    dtype = self.dtype or x.dtype
    x = x.astype(jnp.float32)
    if self.use_running_average:
      mean, var = self.mean[...], self.var[...]
    else:
      mean, var = self._batch(x)
    scale = jax.lax.rsqrt(var + self.epsilon) * self.scale[...]
    return ((x - mean) * scale + self.bias[...]).astype(dtype)
