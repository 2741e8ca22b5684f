"""VGG-16 as a network of features: VGG-Face, and small ones of our own."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.norm import InstanceNorm
from facegen_jax.nn.resize import bilinear, max_pool

BLOCKS = ((1, 2), (2, 2), (3, 3), (4, 3), (5, 3))  # block, convolutions
NAMES = tuple(f'{b}_{i}' for b, n in BLOCKS for i in range(1, n + 1))
TAPS = ('conv1_2', 'conv2_2', 'conv3_2', 'conv4_2', 'conv5_2')
VGG_FACE_MEAN = (129.1863, 104.7624, 93.5940)  # RGB, of 0..255

_he = nnx.initializers.he_normal()


def _normaliser(
  norm: str | None, features: int, dtype: Any, rngs: nnx.Rngs
) -> nnx.Module | None:
  if norm == 'batch':
    return nnx.BatchNorm(features, momentum=0.9, dtype=dtype, rngs=rngs)
  if norm == 'instance':
    return InstanceNorm(features, dtype=dtype, rngs=rngs)
  if norm is None:
    return None
  raise ValueError(f"norm is 'batch', 'instance' or None, not {norm!r}")


class VGG(nnx.Module):
  """VGG-16: `conv1_1` ... `conv5_3`, `fc6`, `fc7`, `fc8`.

  Blocks are `width` times 1, 2, 4, 8, 8 channels wide (64 is VGG-16). `norm`
  puts BatchNorm or InstanceNorm (`norm1_1` ...) before each ReLU, for training
  from scratch; `use_running_average` of `nnx.view` reaches the BatchNorms.
  Pictures are resized to `input_size` (at least 32; halved five times by
  floor), which also fixes the width of `fc6`.
  """

  def __init__(
    self,
    *,
    width: int = 64,
    norm: str | None = None,
    classes: int = 2622,
    fc_features: int = 4096,
    input_size: int = 224,
    mean: tuple[float, float, float] = VGG_FACE_MEAN,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if input_size < 32:
      raise ValueError(f'five halvings need 32 pixels, not {input_size}')
    features = 3
    for name in NAMES:
      out = width * 2 ** min(int(name[0]) - 1, 3)
      # A bias before a norm has no gradient but rounding, which Adam amplifies.
      conv = Conv(
        features,
        out,
        use_bias=norm is None,
        kernel_init=_he,
        dtype=dtype,
        rngs=rngs,
      )
      setattr(self, f'conv{name}', conv)
      setattr(self, f'norm{name}', _normaliser(norm, out, dtype, rngs))
      features = out
    flat = features * (input_size // 32) ** 2
    sizes = (flat, fc_features, fc_features, classes)
    for i, name in enumerate(('fc6', 'fc7', 'fc8')):
      dense = nnx.Linear(
        sizes[i], sizes[i + 1], kernel_init=_he, dtype=dtype, rngs=rngs
      )
      setattr(self, name, dense)
    self.input_size, self.mean = input_size, mean
    # Normed layers are blind to scale but for eps: give them unit inputs.
    self.scale = 1.0 if norm is None else 128.0

  def prepare(self, x: jax.Array) -> jax.Array:
    """[-1, 1] RGB b h w 3 -> the input: 0..255, resized, less the mean.

    With a `norm` the input is also divided by 128.
    """
    size = (self.input_size, self.input_size)
    x = bilinear((x + 1) * 127.5, size)
    return (x - jnp.asarray(self.mean, x.dtype)) / self.scale

  def convolve(self, x: jax.Array) -> dict[str, jax.Array]:
    """Runs the convolutions on a prepared input; see `features`."""
    taps = {}
    for block, count in BLOCKS:
      for i in range(1, count + 1):
        name = f'{block}_{i}'
        x = getattr(self, f'conv{name}')(x)
        norm = getattr(self, f'norm{name}')
        x = x if norm is None else norm(x)
        taps[f'conv{name}'] = x
        x = nnx.relu(x)
      taps[f'relu{name}'] = x
      x = max_pool(x)
    taps['pool5'] = x
    return taps

  def features(self, x: jax.Array) -> dict[str, jax.Array]:
    """Features of pictures b h w 3 in [-1, 1], RGB.

    `conv<b>_<i>` are what goes into the ReLUs (after the norm if there is
    one), `relu5_3` and `fc7` what comes out, `logits` (b classes) those of
    `fc8`. What is not used costs nothing under jit.
    """
    taps = self.convolve(self.prepare(x))
    flat = taps['pool5'].reshape(x.shape[0], -1)
    taps['fc6'] = nnx.relu(self.fc6(flat))
    taps['fc7'] = nnx.relu(self.fc7(taps['fc6']))
    taps['logits'] = self.fc8(taps['fc7'])
    return taps

  def __call__(self, x: jax.Array) -> dict[str, jax.Array]:
    """The same as `features`."""
    return self.features(x)
