"""2-D convolutions with explicit padding, in forms that stay fast.

The forms are equal (`conv_forms`) and the kernel is stored alike, so a
checkpoint does not know the form. `quick_forms` chooses.
"""

from typing import Any

from flax import nnx
import jax

from facegen_jax.nn import conv_forms
from facegen_jax.nn.conv_layer import ConvLayer
from facegen_jax.nn.conv_matmul import matmul
from facegen_jax.nn.quick_forms import quick_form

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


class Conv(ConvLayer):
  """2-D convolution: b h w in -> b h' w' out; options as `ConvLayer`.

  The default initialiser is PyTorch's (uniform within 1/sqrt(fan in)); GANs
  after pix2pixHD pass `kernel_init=gan_normal`.
  """

  run = staticmethod(conv2d)

  def __init__(
    self,
    in_features: int,
    out_features: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    padding: int = 1,
    **options: Any,
  ) -> None:
    shape = (kernel, kernel, in_features, out_features)
    super().__init__(shape, stride=stride, padding=padding, **options)
