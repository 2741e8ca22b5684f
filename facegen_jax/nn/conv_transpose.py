"""Transposed convolutions, 2-D and 3-D, in equal forms.

A transposed convolution is the gradient of a convolution: it makes `stride`
positions of one. The forms are those of `conv_transpose_forms` and, in 3-D,
`frames`: all taps in time come out of 2-D transposed convolutions as channels
and are then added up. The kernel is stored alike, so a checkpoint does not
know the form. `quick_forms` chooses.
"""

from typing import Any

from flax import nnx
import jax

from facegen_jax.nn import conv_transpose_forms
from facegen_jax.nn.conv3d import Pair, time_taps
from facegen_jax.nn.conv_forms import Axes
from facegen_jax.nn.conv_layer import ConvLayer
from facegen_jax.nn.quick_forms import quick_form

# PyTorch's default for a transposed convolution: by its weight's second axis.
fan_out_uniform = nnx.initializers.variance_scaling(
  1 / 3, 'fan_out', 'uniform', in_axis=-2, out_axis=-1
)
_FORMS = {
  'stock': conv_transpose_forms.stock,
  'zeros': conv_transpose_forms.zeros,
  'phases': conv_transpose_forms.phases,
  'matmul': conv_transpose_forms.matmul,
}
FORMS = tuple(_FORMS)
FORMS_3D = (*FORMS, 'frames')


def _quick(x: jax.Array, kernel: jax.Array, axes: Axes) -> str:
  # As the convolution whose transpose it is.
  co, ci = kernel.shape[-2:]
  return quick_form('conv_transpose', len(x), ci, co, axes)


def conv_transpose2d(
  x: jax.Array,
  kernel: jax.Array,
  *,
  stride: int = 1,
  padding: int = 0,
  form: str | None = None,
) -> jax.Array:
  """The gradient of a convolution: b h w in -> b h' w' out.

  `kernel` is (kh kw in out), PyTorch's (in, out, kh, kw) transposed (2, 3, 0,
  1), not flipped; h' = (h - 1) stride - 2 padding + kh. `form` is 'stock'
  (XLA's own), 'zeros' (laid between the pixels first), 'phases' (a kernel for
  each offset), 'matmul' (one product of matrices), or None for the quickest on
  this backend; timings are in benchmarks/README.md.

  Raises:
    ValueError: an unknown form, or padding that leaves nothing.
  """
  axes = conv_transpose_forms.measure_transposed(
    x.shape[1:3], kernel.shape[:2], (stride,) * 2, (padding,) * 2
  )
  form = form or _quick(x, kernel, axes)
  if form not in _FORMS:
    raise ValueError(f'form is one of {FORMS}, not {form!r}')
  return _FORMS[form](x, kernel, axes)


def _frames(x: jax.Array, kernel: jax.Array, axes: Axes) -> jax.Array:
  b, t = x.shape[:2]
  kt, kh, kw, ci, co = kernel.shape
  time, space, _ = axes
  y = conv_transpose2d(
    x.reshape(b * t, *x.shape[2:]),
    kernel.transpose(1, 2, 3, 0, 4).reshape(kh, kw, ci, kt * co),
    stride=space.stride,
    padding=space.padding,
  )
  y = y.reshape(b, t, *y.shape[1:])
  shape = (b, time.size, *y.shape[2:4], co)
  (y,) = jax.linear_transpose(
    lambda clip: time_taps(clip, time), jax.ShapeDtypeStruct(shape, y.dtype)
  )(y)
  return y


def conv_transpose3d(
  x: jax.Array,
  kernel: jax.Array,
  *,
  stride: Pair = (1, 1),
  padding: Pair = (0, 0),
  form: str | None = None,
) -> jax.Array:
  """The gradient of a convolution: b t h w in -> b t' h' w' out.

  `kernel` is (kt kh kw in out), PyTorch's (in, out, kt, kh, kw) transposed
  (2, 3, 4, 0, 1), not flipped; t' = (t - 1) stride - 2 padding + kt, and so in
  space. `stride` and `padding` are pairs (time, space). `form` is one of
  conv_transpose2d's or 'frames', or None for the quickest.

  Raises:
    ValueError: an unknown form, or padding that leaves nothing.
  """
  (st, s), (pt, p) = stride, padding
  axes = conv_transpose_forms.measure_transposed(
    x.shape[1:4], kernel.shape[:3], (st, s, s), (pt, p, p)
  )
  form = form or _quick(x, kernel, axes)
  if form not in FORMS_3D:
    raise ValueError(f'form is one of {FORMS_3D}, not {form!r}')
  run = _frames if form == 'frames' else _FORMS[form]
  return run(x, kernel, axes)


class ConvTranspose(ConvLayer):
  """2-D transposed convolution: b h w in -> b h' w' out; see `ConvLayer`.

  The default initialiser is PyTorch's, which for this layer goes by the fan
  out.
  """

  run = staticmethod(conv_transpose2d)
  initializer = staticmethod(fan_out_uniform)

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: int = 4,
    *,
    stride: int = 2,
    padding: int = 1,
    **options: Any,
  ) -> None:
    shape = (kernel, kernel, in_features, out_features)
    super().__init__(shape, stride=stride, padding=padding, **options)


class ConvTranspose3d(ConvLayer):
  """3-D transposed convolution: b t h w in -> b t' h' w' out.

  `kernel`, `stride` and `padding` are pairs (time, space); options as
  `ConvLayer`. Initialised as `ConvTranspose`.
  """

  run = staticmethod(conv_transpose3d)
  initializer = staticmethod(fan_out_uniform)

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    **options: Any,
  ) -> None:
    time, space = kernel
    super().__init__(
      (time, space, space, in_features, out_features),
      stride=stride,
      padding=padding,
      **options,
    )
