"""Which form of a convolution is quickest on this backend.

The CPU's row is measured by `benchmarks/convolutions.py` (its README has the
numbers). Accelerators are not measured: there XLA's own form stays, but for
transposed convolutions on a GPU, whose gradients are known to be slow in it
(jax issue 31662).
"""

import jax

from facegen_jax.nn.conv_forms import Axes

_THIN = 4  # input channels up to which XLA's windows beat a product

# kinds: see `kind`
_STOCK = dict.fromkeys(('plain', 'grows', 'strided', 'uneven', 'thin'), 'stock')
_PHASES = dict.fromkeys(_STOCK, 'phases')
_MATMUL = dict.fromkeys(_STOCK, 'matmul')
_CPU = {
  'conv2d': _STOCK | {'grows': 'padded', 'strided': 'matmul'},
  'conv3d': dict.fromkeys(_STOCK, 'frames') | {'strided': 'matmul'},
  'conv_transpose': _MATMUL,
}
# Not measured.
_GPU = {'conv2d': _STOCK, 'conv3d': _STOCK, 'conv_transpose': _PHASES}
_TPU = {'conv2d': _STOCK, 'conv3d': _STOCK, 'conv_transpose': _STOCK}
TABLE = {'cpu': _CPU, 'gpu': _GPU, 'tpu': _TPU}


def kind(channels: int, axes: Axes) -> str:
  """What the table tells apart.

  Stride 1: 'grows' where the output is the larger along an axis, else
  'plain'. Else 'thin' with few input channels, 'uneven' where a kernel is not
  a multiple of its stride, 'strided'.
  """
  if all(a.stride == 1 for a in axes):
    grows = any(a.outputs > a.size for a in axes)
    return 'grows' if grows else 'plain'
  if any(a.fill for a in axes):
    return 'uneven'
  return 'thin' if channels <= _THIN else 'strided'


def quick_form(operation: str, channels: int, axes: Axes) -> str:
  """The form of 'conv2d', 'conv3d' or 'conv_transpose' by the table."""
  if len(axes) == 3 and axes[0].kernel == 1:
    return 'frames'  # 2-D, which chooses for itself
  row = TABLE.get(jax.default_backend(), _TPU)
  return row[operation][kind(channels, axes)]
