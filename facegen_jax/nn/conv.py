"""2-D convolutions with explicit padding, in forms that stay fast.

The forms are equal (`conv_forms`) and the kernel is stored alike, so a
checkpoint does not know the form. `quick_forms` chooses.
"""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn import conv_forms
from facegen_jax.nn.conv_matmul import matmul
from facegen_jax.nn.quick_forms import quick_form

# PyTorch's default: uniform within 1/sqrt(fan in).
fan_in_uniform = nnx.initializers.variance_scaling(
  1 / 3, 'fan_in', 'uniform', in_axis=-2, out_axis=-1
)
gan_normal = nnx.initializers.normal(0.02)  # pix2pixHD, DCGAN

_FORMS = {
  'stock': conv_forms.stock,
  'padded': conv_forms.padded,
  'space_to_depth': conv_forms.space_to_depth,
  'matmul': matmul,
}
FORMS = tuple(_FORMS)


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
  `form` is 'stock' (XLA's own), 'padded' (the zeros are added first),
  'space_to_depth', 'matmul' (one product of matrices), or None for the
  quickest on this backend; timings are in benchmarks/README.md.

  Raises:
    ValueError: an unknown form, or a kernel that does not fit.
  """
  if kernel.shape[:2] == (1, 1) and stride == 1 and padding == 0:
    return x @ kernel[0, 0]
  axes = conv_forms.measure(
    x.shape[1:3], kernel.shape[:2], (stride,) * 2, (padding,) * 2
  )
  form = form or quick_form('conv2d', len(x), *kernel.shape[-2:], axes)
  if form not in _FORMS:
    raise ValueError(f'form is one of {FORMS}, not {form!r}')
  return _FORMS[form](x, kernel, axes)


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
