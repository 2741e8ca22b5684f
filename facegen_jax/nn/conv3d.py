"""Convolutions over time and space with explicit padding, in equal forms.

Beside the forms of `conv_forms` there is `frames`: it lays the taps in time
side by side as channels and convolves every frame in 2-D, which keeps to XLA's
fast path on a CPU. The kernel is stored alike, so a checkpoint does not know
the form. `quick_forms` chooses.
"""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.nn import conv_forms
from facegen_jax.nn.conv import conv2d
from facegen_jax.nn.conv_forms import Axes, Axis
from facegen_jax.nn.conv_layer import ConvLayer
from facegen_jax.nn.conv_matmul import matmul
from facegen_jax.nn.quick_forms import quick_form

Pair = tuple[int, int]  # in time, in both axes of space


def _stock(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  bad = any((a.kernel, a.stride, a.padding) == (2, 2, 1) for a in axes)
  if bad and jax.default_backend() == 'cpu':
    raise ValueError(
      "form 'stock' cannot do kernel 2, stride 2, padding 1 in 3-D on a CPU: "
      'its gradient aborts XLA; every other form can'
    )
  return conv_forms.stock(x, kernel, axes)


def time_taps(x: jax.Array, axis: Axis) -> jax.Array:
  """Frames t, t + 1, ... of each window of b t h w c, side by side in c."""
  x = jnp.pad(x, [(0, 0), (axis.padding,) * 2, *[(0, 0)] * 3])
  reach = (axis.outputs - 1) * axis.stride + 1
  taps = [
    jax.lax.slice_in_dim(x, i, i + reach, axis.stride, 1)
    for i in range(axis.kernel)
  ]
  return taps[0] if axis.kernel == 1 else jnp.concatenate(taps, -1)


def _frames(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  kt, kh, kw, ci, co = kernel.shape
  s, p = axes[1].stride, axes[1].padding
  if (kh, kw, p) == (1, 1, 0) and s > 1:  # the pixels it reads, no others
    x, s = x[:, :, ::s, ::s], 1
  x = time_taps(x, axes[0])
  b, t = x.shape[:2]
  kernel = kernel.transpose(1, 2, 0, 3, 4).reshape(kh, kw, kt * ci, co)
  y = conv2d(x.reshape(b * t, *x.shape[2:]), kernel, stride=s, padding=p)
  return y.reshape(b, t, *y.shape[1:])


_FORMS = {
  'stock': _stock,
  'padded': conv_forms.padded,
  'space_to_depth': conv_forms.space_to_depth,
  'frames': _frames,
  'matmul': matmul,
}
FORMS = tuple(_FORMS)


def conv3d(
  x: jax.Array,
  kernel: jax.Array,
  *,
  stride: Pair = (1, 1),
  padding: Pair = (0, 0),
  form: str | None = None,
) -> jax.Array:
  """Cross-correlates `x` (b t h w c) with `kernel` (kt kh kw c o), zero padded.

  Output sizes are floor((n + 2 padding - k) / stride) + 1, any n. `stride` and
  `padding` are pairs (time, space). `form` is one of conv2d's or 'frames', or
  None for the quickest on this backend; timings are in benchmarks/README.md.

  Raises:
    ValueError: an unknown form, or a kernel that does not fit.
  """
  (st, s), (pt, p) = stride, padding
  axes = conv_forms.measure(
    x.shape[1:4], kernel.shape[:3], (st, s, s), (pt, p, p)
  )
  form = form or quick_form('conv3d', len(x), *kernel.shape[-2:], axes)
  if form not in _FORMS:
    raise ValueError(f'form is one of {FORMS}, not {form!r}')
  return _FORMS[form](x, kernel, axes)


class Conv3d(ConvLayer):
  """3-D convolution: b t h w in -> b t' h' w' out; options as `ConvLayer`.

  `kernel`, `stride` and `padding` are pairs (time, space). Without a bias
  unless asked: a norm follows as a rule.
  """

  run = staticmethod(conv3d)

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    use_bias: bool = False,
    **options: Any,
  ) -> None:
    time, space = kernel
    super().__init__(
      (time, space, space, in_features, out_features),
      stride=stride,
      padding=padding,
      use_bias=use_bias,
      **options,
    )
