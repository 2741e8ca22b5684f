"""Convolutions whose kernel is divided by its largest singular value.

Miyato et al., "Spectral normalization for generative adversarial networks",
ICLR 2018, algorithm 1, with PyTorch's bookkeeping.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import conv2d
from facegen_jax.nn.conv3d import Pair, conv3d
from facegen_jax.nn.conv_layer import ConvLayer

_EPSILON = 1e-12


def _unit(x: jax.Array) -> jax.Array:
  return x / jnp.maximum(jnp.linalg.norm(x), _EPSILON)


class SpectralConv(ConvLayer):
  """`Conv` (b h w c) or, by a kernel of a pair, `Conv3d` (b t h w c).

  The kernel as a matrix W, out x (in and taps), is divided by u W v. `u` (out)
  and `v` (the kernel's axes but out) are running variables that no optimiser
  moves: training makes one power iteration, v then u, before each use, and
  gradients pass through W alone; otherwise they are used as stored.
  `use_running_average` of `nnx.view` chooses, as for batch norm.
  """

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: int | Pair,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    rngs: nnx.Rngs,
    **options: Any,
  ) -> None:
    if isinstance(kernel, int):
      taps, self.run = (kernel, kernel), conv2d
    else:
      taps, self.run = (kernel[0], kernel[1], kernel[1]), conv3d
    shape = (*taps, in_features, out_features)
    super().__init__(
      shape, stride=stride, padding=padding, rngs=rngs, **options
    )
    u = jax.random.normal(rngs.params(), (out_features,))
    v = jax.random.normal(rngs.params(), shape[:-1])
    self.u, self.v = nnx.BatchStat(_unit(u)), nnx.BatchStat(_unit(v))
    self.use_running_average = False

  def set_view(self, use_running_average: bool | None = None) -> None:
    """Class method used by `nnx.view`; True leaves `u` and `v` as stored."""
    if use_running_average is not None:
      self.use_running_average = use_running_average

  def _sigma(self) -> jax.Array:
    matrix = self.kernel[...].reshape(-1, len(self.u[...]))  # v rows, u columns
    if not self.use_running_average:
      fixed = jax.lax.stop_gradient(matrix)
      v = _unit(fixed @ self.u[...])
      self.u[...] = _unit(v @ fixed)
      self.v[...] = v.reshape(self.v[...].shape)
    return self.v[...].reshape(-1) @ matrix @ self.u[...]

  def weights(self) -> jax.Array:
    """The kernel over its largest singular value; the bias stays as it is."""
    return self.kernel[...] / self._sigma()
