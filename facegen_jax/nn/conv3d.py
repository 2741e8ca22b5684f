"""Convolutions over time and space with explicit padding, in equal forms.

`stock` is XLA's 3-D convolution. `frames` lays the taps in time side by side
as channels and convolves every frame in 2-D, which keeps to XLA's fast path on
a CPU. The kernel is stored alike, so a checkpoint does not know the form.
"""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import conv2d, fan_in_uniform

Pair = tuple[int, int]  # in time, in both axes of space
FORMS = ('stock', 'frames')


def _stock(
  x: jax.Array, kernel: jax.Array, stride: Pair, padding: Pair
) -> jax.Array:
  (st, s), (pt, p) = stride, padding
  return jax.lax.conv_general_dilated(
    x,
    kernel,
    (st, s, s),
    [(pt, pt), (p, p), (p, p)],
    dimension_numbers=('NDHWC', 'DHWIO', 'NDHWC'),
  )


def _taps(x: jax.Array, count: int, stride: int, padding: int) -> jax.Array:
  """Frames t, t + 1, ... of each window of `count`, side by side in c."""
  x = jnp.pad(x, [(0, 0), (padding, padding), *[(0, 0)] * 3])
  outputs = (x.shape[1] - count) // stride + 1
  if outputs < 1:
    raise ValueError(f'{count} taps do not fit {x.shape[1]} frames')
  stop = (outputs - 1) * stride + 1
  taps = [jax.lax.slice_in_dim(x, i, i + stop, stride, 1) for i in range(count)]
  return taps[0] if count == 1 else jnp.concatenate(taps, -1)


def _frames(
  x: jax.Array, kernel: jax.Array, stride: Pair, padding: Pair
) -> jax.Array:
  (st, s), (pt, p) = stride, padding
  kt, kh, kw, ci, co = kernel.shape
  if (kh, kw, p) == (1, 1, 0) and s > 1:  # the pixels it reads, no others
    x, s = x[:, :, ::s, ::s], 1
  x = _taps(x, kt, st, pt)
  b, t = x.shape[:2]
  kernel = kernel.transpose(1, 2, 0, 3, 4).reshape(kh, kw, kt * ci, co)
  y = conv2d(x.reshape(b * t, *x.shape[2:]), kernel, stride=s, padding=p)
  return y.reshape(b, t, *y.shape[1:])


def quick_form(frames: int) -> str:
  """The form that is quickest on this backend for a kernel of `frames`."""
  if frames == 1 or jax.default_backend() == 'cpu':
    return 'frames'
  return 'stock'


def conv3d(
  x: jax.Array,
  kernel: jax.Array,
  *,
  stride: Pair = (1, 1),
  padding: Pair = (0, 0),
  form: str | None = None,
) -> jax.Array:
  """Cross-correlates `x` (b t h w c) with `kernel` (kt kh kw c o), zero padded.

  Output sizes are floor((n + 2 padding - k) / stride) + 1, any n. `form` is
  'stock', 'frames' or None for `quick_form`. Forward + backward in ms, batch
  2, float32, two CPU cores at work on other things too, JAX 0.10:

    frames, size, channels, kernel, stride          stock   frames
    8 112    3 ->  64   3x7x7  1 2 (kernel only)      653       75
    8  56   64 ->  64   3x3x3  1 1                   1229      461
    8  56   64 -> 128   3x3x3  2 2                   2724      178
    8  56   64 -> 144   1x3x3  1 1                    875      687
    8  56   64 -> 230   1x3x3  1 2                   2072      159
    8  56  144 ->  64   3x1x1  1 1                    311      270
    8  28  230 -> 128   3x1x1  2 1                    228       68
    8  56   64 -> 128   1x1x1  2 2                    212        8

  A step of R3D-18 on two clips of 8 x 112 x 112 took 12.4 s and 4.2 s, of
  R(2+1)D-18 11.1 s and 6.5 s. No accelerator was timed; there only kernels of
  one frame leave the stock form.
  """
  form = form or quick_form(kernel.shape[0])
  if form not in FORMS:
    raise ValueError(f'form is one of {FORMS}, not {form!r}')
  run = _stock if form == 'stock' else _frames
  return run(x, kernel, stride, padding)


class Conv3d(nnx.Module):
  """3-D convolution: b t h w in -> b t' h' w' out; `kernel` (kt k k in out).

  `kernel`, `stride` and `padding` are pairs (time, space). Without a bias: a
  norm follows. Parameters are float32; `dtype` is what is computed in (None:
  the input's).
  """

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    form: str | None = None,
    kernel_init: Callable = fan_in_uniform,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    time, space = kernel
    shape = (time, space, space, in_features, out_features)
    self.kernel = nnx.Param(kernel_init(rngs.params(), shape, jnp.float32))
    self.stride, self.padding, self.form = stride, padding, form
    self.dtype = dtype

  def __call__(self, x: jax.Array) -> jax.Array:
    """Convolves b t h w in."""
    dtype = self.dtype or x.dtype
    return conv3d(
      x.astype(dtype),
      self.kernel[...].astype(dtype),
      stride=self.stride,
      padding=self.padding,
      form=self.form,
    )
