"""What the layers of all convolutions share: their arrays, and how they run."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from flax import nnx
import jax
import jax.numpy as jnp

# PyTorch's default: uniform within 1/sqrt(fan in).
fan_in_uniform = nnx.initializers.variance_scaling(
  1 / 3, 'fan_in', 'uniform', in_axis=-2, out_axis=-1
)


class ConvLayer(nnx.Module):
  """A convolution's `kernel` (k.. in out) and `bias` (out), both float32.

  Biases start at zero. A layer says which convolution `run` is, and the
  initialiser that its kernel has unless it is given another.

  Args:
    shape: of the kernel.
    stride: as `run` takes it.
    padding: likewise.
    use_bias: whether there is a bias.
    form: of `run`, None for the quickest on this backend.
    kernel_init: in place of the layer's own.
    dtype: what is computed in, None for the input's.
  """

  run: ClassVar[Callable[..., jax.Array]]
  initializer: ClassVar[Callable] = staticmethod(fan_in_uniform)

  def __init__(
    self,
    shape: Sequence[int],
    *,
    stride: Any,
    padding: Any,
    use_bias: bool = True,
    form: str | None = None,
    kernel_init: Callable | None = None,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    init = kernel_init or self.initializer
    self.kernel = nnx.Param(init(rngs.params(), shape, jnp.float32))
    self.bias = nnx.Param(jnp.zeros(shape[-1])) if use_bias else None
    self.stride, self.padding, self.form = stride, padding, form
    self.dtype = dtype

  def weights(self) -> jax.Array:
    """What `run` is given for a kernel."""
    return self.kernel[...]

  def __call__(self, x: jax.Array) -> jax.Array:
    """Convolves b ... in to b ... out."""
    dtype = self.dtype or x.dtype
    y = self.run(
      x.astype(dtype),
      self.weights().astype(dtype),
      stride=self.stride,
      padding=self.padding,
      form=self.form,
    )
    return y if self.bias is None else y + self.bias[...].astype(dtype)
