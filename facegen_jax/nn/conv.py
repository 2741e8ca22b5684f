"""2-D convolutions with explicit padding, in forms that stay fast.

A convolution has three equal forms here. `stock` is XLA's own; `padded` adds
the zeros first; `space_to_depth` moves the stride into channels and convolves
with stride 1. The kernel is stored alike, so a checkpoint does not know the
form.
"""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

_LAYOUT = ('NHWC', 'HWIO', 'NHWC')

# PyTorch's default: uniform within 1/sqrt(fan in).
fan_in_uniform = nnx.initializers.variance_scaling(
  1 / 3, 'fan_in', 'uniform', in_axis=-2, out_axis=-1
)
gan_normal = nnx.initializers.normal(0.02)  # pix2pixHD, DCGAN


def _plain(
  x: jax.Array, kernel: jax.Array, stride: int, pads: Any
) -> jax.Array:
  return jax.lax.conv_general_dilated(
    x, kernel, (stride, stride), pads, dimension_numbers=_LAYOUT
  )


def _space_to_depth(x: jax.Array, s: int) -> jax.Array:
  b, h, w, c = x.shape
  x = x.reshape(b, h // s, s, w // s, s, c).transpose(0, 1, 3, 2, 4, 5)
  return x.reshape(b, h // s, w // s, s * s * c)


def _folded(
  x: jax.Array, kernel: jax.Array, stride: int, padding: int
) -> jax.Array:
  """The strided convolution as one of stride 1 over `stride`^2 the channels."""
  s = stride
  taps, pads = [], [(0, 0, 0)]
  for n, k in zip(x.shape[1:3], kernel.shape[:2], strict=True):
    outputs = (n + 2 * padding - k) // s + 1
    taps.append(-(-k // s))
    # Exactly what the outputs read; a negative high padding crops.
    high = s * (outputs - 1 + taps[-1]) - n - padding
    pads.append((padding, high, 0))
  x = jax.lax.pad(x, jnp.zeros((), x.dtype), [*pads, (0, 0, 0)])
  ci, co = kernel.shape[2:]
  fill = [(0, s * t - k) for t, k in zip(taps, kernel.shape[:2], strict=True)]
  kernel = jnp.pad(kernel, [*fill, (0, 0), (0, 0)])
  kernel = kernel.reshape(taps[0], s, taps[1], s, ci, co)
  kernel = kernel.transpose(0, 2, 1, 3, 4, 5)
  kernel = kernel.reshape(*taps, s * s * ci, co)
  return _plain(_space_to_depth(x, s), kernel, 1, 'VALID')


FORMS = ('stock', 'padded', 'space_to_depth')


def quick_form(kernel: int, stride: int, padding: int) -> str:
  """The form that is quickest on this backend, by the table of `conv2d`."""
  grows = stride == 1 and 2 * padding + 1 > kernel
  return 'padded' if grows and jax.default_backend() == 'cpu' else 'stock'


def conv2d(
  x: jax.Array,
  kernel: jax.Array,
  *,
  stride: int = 1,
  padding: int = 0,
  form: str | None = None,
) -> jax.Array:
  """Cross-correlates `x` (b h w c) with `kernel` (kh kw c o), zero padded.

  Output size is floor((n + 2 padding - k) / stride) + 1, any n, odd or even.
  `form` is 'stock', 'padded' (the zeros are added first), 'space_to_depth', or
  None for `quick_form`. Forward + backward in ms, float32, two CPU cores, JAX
  0.10:

    batch, size, channels, kernel, stride, padding   stock padded space_to_depth
     8  96   3 ->  64   4 2 1                           5.1             4.7
     8  49  64 -> 128   4 2 1                          24.7            30.8
     8  64  64 ->  64   4 2 1                          51.3            70.4
     8  96  32 ->  64   3 2 1                          26.0            78.9
    32   9  64 -> 128   4 1 2                           179      19
     8  15 256 -> 512   4 1 2                          6116     228
     8  48  64 -> 128   3 1 1                            67      94

  Where the output is larger than the input, as in pix2pixHD's discriminator,
  the kernel's gradient falls off XLA's fast path unless the input is padded
  first. No accelerator was timed; there the stock form is kept.
  """
  if kernel.shape[:2] == (1, 1) and stride == 1 and padding == 0:
    return x @ kernel[0, 0]
  form = form or quick_form(kernel.shape[0], stride, padding)
  if form not in FORMS:
    raise ValueError(f'form is one of {FORMS}, not {form!r}')
  if form == 'padded':
    pads = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    return _plain(jnp.pad(x, pads), kernel, stride, 'VALID')
  if stride > 1 and form == 'space_to_depth':
    return _folded(x, kernel, stride, padding)
  return _plain(x, kernel, stride, [(padding, padding)] * 2)


class Conv(nnx.Module):
  """2-D convolution: b h w in -> b h' w' out; `kernel` (kh kw in out), `bias`.

  Parameters are float32; `dtype` is what is computed in (None: the input's).
  The default initialiser is PyTorch's (uniform within 1/sqrt(fan in));
  GANs after pix2pixHD pass `kernel_init=gan_normal`. Biases start at zero.
  """

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    padding: int = 1,
    use_bias: bool = True,
    form: str | None = None,
    kernel_init: Callable = fan_in_uniform,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shape = (kernel, kernel, in_features, out_features)
    self.kernel = nnx.Param(kernel_init(rngs.params(), shape, jnp.float32))
    self.bias = nnx.Param(jnp.zeros(out_features)) if use_bias else None
    self.stride, self.padding, self.form = stride, padding, form
    self.dtype = dtype

  def __call__(self, x: jax.Array) -> jax.Array:
    """Convolves b h w in."""
    dtype = self.dtype or x.dtype
    y = conv2d(
      x.astype(dtype),
      self.kernel[...].astype(dtype),
      stride=self.stride,
      padding=self.padding,
      form=self.form,
    )
    return y if self.bias is None else y + self.bias[...].astype(dtype)
