"""Which form of a convolution is quickest on this backend.

The CPU's row is measured by `benchmarks/convolutions.py` (its README has the
numbers). Accelerators are not measured: there XLA's own form stays, but for
transposed convolutions on a GPU, whose gradients are known to be slow in it
(jax issue 31662).
"""

import jax

from facegen_jax.nn.conv_forms import Axes
from facegen_jax.nn.conv_matmul import product_sizes

# Elements of a kernel; forms of smaller ones are level on a few positions.
_LARGE = 2**15
# kinds: see `kind`
_STOCK = dict.fromkeys(('few', 'plain', 'grows', 'strided', 'uneven'), 'stock')
_PHASES = dict.fromkeys(_STOCK, 'phases')
_MATMUL = dict.fromkeys(_STOCK, 'matmul')
_CPU = {
  'conv2d': _MATMUL | {'plain': 'stock', 'grows': 'padded', 'uneven': 'stock'},
  'conv3d': dict.fromkeys(_STOCK, 'frames')
  | {'few': 'matmul', 'strided': 'matmul'},
  'conv_transpose': _MATMUL,
}
# Not measured.
_GPU = {'conv2d': _STOCK, 'conv3d': _STOCK, 'conv_transpose': _PHASES}
_TPU = {'conv2d': _STOCK, 'conv3d': _STOCK, 'conv_transpose': _STOCK}
TABLE = {'cpu': _CPU, 'gpu': _GPU, 'tpu': _TPU}


def kind(batch: int, ci: int, co: int, axes: Axes) -> str:
  """What the table tells apart in a convolution from ci to co channels.

  'few': so few positions that a large kernel outweighs all its windows. Of the
  rest with stride 1, 'grows' where the output is the larger along an axis and
  'plain'; else 'uneven' where a stride does not divide its kernel and
  'strided'.
  """
  rows, inner, columns = product_sizes(batch, ci, co, axes, range(len(axes)))
  if max(rows * (inner + columns), _LARGE) < inner * columns:
    return 'few'
  if all(a.stride == 1 for a in axes):
    grows = any(a.outputs > a.size for a in axes)
    return 'grows' if grows else 'plain'
  return 'uneven' if any(a.fill for a in axes) else 'strided'


def quick_form(operation: str, batch: int, ci: int, co: int, axes: Axes) -> str:
  """The form of 'conv2d', 'conv3d' or 'conv_transpose' by the table."""
  row = TABLE.get(jax.default_backend(), _TPU)
  form = row[operation][kind(batch, ci, co, axes)]
  if len(axes) == 3 and axes[0].kernel == 1 and form != 'matmul':
    return 'frames'  # 2-D, which chooses for itself
  return form
