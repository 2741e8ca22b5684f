"""Convolutions of channels that are constant over a clip, as a label's are.

What they add to an output is the sum of the taps that lie inside the clip: no
convolution is needed, and most of a first layer's channels are a label's.
"""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.conv3d import Conv3d, Pair, conv3d
from facegen_jax.nn.conv_forms import Axis, measure


def _inside(axis: Axis) -> np.ndarray:
  """Output x tap: does the tap read the clip, or the zeros around it?"""
  start = np.arange(axis.outputs)[:, None] * axis.stride - axis.padding
  at = start + np.arange(axis.kernel)
  return (at >= 0) & (at < axis.size)


def convolved_planes(
  values: jax.Array,
  kernel: jax.Array,
  sizes: tuple[int, int, int],
  *,
  stride: Pair = (1, 1),
  padding: Pair = (0, 0),
) -> jax.Array:
  """`conv3d` of planes: values b c, each everywhere in t h w -> b t' h' w' o.

  Args:
    values: of the channels.
    kernel: kt kh kw c o.
    sizes: t h w of the clip.
    stride: in time, in space.
    padding: likewise, of zeros.
  """
  (st, s), (pt, p) = stride, padding
  axes = measure(sizes, kernel.shape[:3], (st, s, s), (pt, p, p))
  time, rows, columns = (jnp.asarray(_inside(a), kernel.dtype) for a in axes)
  x = jnp.einsum('bc,ijkco->bijko', values, kernel)
  x = jnp.einsum('wk,bijko->bijwo', columns, x)
  x = jnp.einsum('hj,bijwo->bihwo', rows, x)
  return jnp.einsum('ti,bihwo->bthwo', time, x)


class Conv3dBesidePlanes(Conv3d):
  """`Conv3d` whose last input channels are constant over each clip."""

  def __call__(self, x: jax.Array, values: jax.Array) -> jax.Array:
    """Convolves b t h w c beside planes of `values` b v, c + v = in."""
    dtype, c = self.dtype or x.dtype, x.shape[-1]
    kernel = self.weights().astype(dtype)
    window = {'stride': self.stride, 'padding': self.padding}
    y = conv3d(x.astype(dtype), kernel[..., :c, :], form=self.form, **window)
    y += convolved_planes(
      values.astype(dtype), kernel[..., c:, :], x.shape[1:4], **window
    )
    return y if self.bias is None else y + self.bias[...].astype(dtype)
