"""VGG-16 and VGG-19 as networks of features: VGG-Face, ImageNet, our own."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.norm import InstanceNorm
from facegen_jax.nn.resize import adaptive_average_pool, bilinear, max_pool

DEPTHS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # convolutions a block


def layer_names(depth: int, blocks: int = 5) -> tuple[str, ...]:
  """'1_1' .. '5_3' (16) or '5_4' (19); of fewer blocks the first ones."""
  if depth not in DEPTHS:
    raise ValueError(f'depth is one of {tuple(DEPTHS)}, not {depth!r}')
  counts = enumerate(DEPTHS[depth][:blocks], 1)
  return tuple(f'{b}_{i}' for b, n in counts for i in range(1, n + 1))


NAMES = layer_names(16)
TAPS = ('conv1_2', 'conv2_2', 'conv3_2', 'conv4_2', 'conv5_2')
VGG_FACE_MEAN = (129.1863, 104.7624, 93.5940)  # RGB, of 0..255
IMAGENET_MEAN = (123.675, 116.28, 103.53)  # torchvision's, times 255
IMAGENET_STD = (58.395, 57.12, 57.375)
_POOLED = 7  # side of the map that ImageNet's fc6 reads

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
  """VGG-16 or VGG-19: `conv1_1` ... `conv5_3`, `fc6`, `fc7`, `fc8`.

  Blocks are `width` times 1, 2, 4, 8, 8 channels wide (64 is VGG-16). `norm`
  puts BatchNorm or InstanceNorm (`norm1_1` ...) before each ReLU, for training
  from scratch; `use_running_average` of `nnx.view` reaches the BatchNorms.
  Pictures are resized to `input_size` (at least 32 for five blocks; each halves
  it, by floor), which also fixes the width of `fc6`. Fewer `blocks` keep the
  places of what small pictures show, as five do of 224 px. With None they keep
  their size and the last pool is averaged to 7x7, as torchvision does for
  ImageNet; the input is (0..255 - `mean`) / `scale`. Without `classes` there is
  no `fc`.
  """

  def __init__(
    self,
    *,
    depth: int = 16,
    blocks: int = 5,
    width: int = 64,
    norm: str | None = None,
    classes: int | None = 2622,
    fc_features: int = 4096,
    input_size: int | None = 224,
    mean: tuple[float, float, float] = VGG_FACE_MEAN,
    scale: tuple[float, float, float] | None = None,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if not 1 <= blocks <= 5:
      raise ValueError(f'there are 1 to 5 blocks, not {blocks}')
    if input_size is not None and input_size < 2**blocks:
      raise ValueError(
        f'{blocks} halvings need {2**blocks} pixels, not {input_size}'
      )
    features = 3
    for name in layer_names(depth, blocks):
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
    if classes is not None:
      side = _POOLED if input_size is None else input_size // 2**blocks
      sizes = (features * side**2, fc_features, fc_features, classes)
      for i, name in enumerate(('fc6', 'fc7', 'fc8')):
        dense = nnx.Linear(
          sizes[i], sizes[i + 1], kernel_init=_he, dtype=dtype, rngs=rngs
        )
        setattr(self, name, dense)
    self.depth, self.blocks, self.classes = depth, blocks, classes
    self.input_size, self.mean = input_size, mean
    # Normed layers are blind to scale but for eps: give them unit inputs.
    self.scale = scale or ((1.0,) if norm is None else (128.0,))

  def prepare(self, x: jax.Array) -> jax.Array:
    """[-1, 1] RGB b h w 3 -> the input: 0..255, resized, less the mean.

    And over `scale`: unless given 1, and 128 with a `norm`.
    """
    x = (x + 1) * 127.5
    if self.input_size is not None:
      x = bilinear(x, (self.input_size, self.input_size))
    mean, scale = (jnp.asarray(v, x.dtype) for v in (self.mean, self.scale))
    return (x - mean) / scale

  def convolve(self, x: jax.Array) -> dict[str, jax.Array]:
    """Runs the convolutions on a prepared input; see `features`.

    Maps of one row or column have no `pool5`.
    """
    taps = {}
    for block, count in enumerate(DEPTHS[self.depth][: self.blocks], 1):
      for i in range(1, count + 1):
        name = f'{block}_{i}'
        x = getattr(self, f'conv{name}')(x)
        norm = getattr(self, f'norm{name}')
        x = x if norm is None else norm(x)
        taps[f'conv{name}'] = x
        x = nnx.relu(x)
        taps[f'relu{name}'] = x
      if block == self.blocks and min(x.shape[1:3]) < 2:
        break
      x = max_pool(x)
      taps[f'pool{block}'] = x
    return taps

  def classify(self, taps: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """What follows the convolutions: `fc6`, `fc7`, `logits`."""
    last = f'pool{self.blocks}'
    if last not in taps:
      raise ValueError(
        f'pictures under {2**self.blocks} pixels cannot be classified'
      )
    x = taps[last]
    found = {}
    if self.input_size is None:
      x = found['avgpool'] = adaptive_average_pool(x, _POOLED)
    found['fc6'] = nnx.relu(self.fc6(x.reshape(x.shape[0], -1)))
    found['fc7'] = nnx.relu(self.fc7(found['fc6']))
    found['logits'] = self.fc8(found['fc7'])
    return found

  def features(self, x: jax.Array) -> dict[str, jax.Array]:
    """Features of pictures b h w 3 in [-1, 1], RGB.

    `conv<b>_<i>` are what goes into the ReLUs (after the norm if there is
    one), `relu<b>_<i>`, `pool<b>`, `avgpool`, `fc6` and `fc7` what comes out,
    `logits` (b classes) those of `fc8`. What is not used costs nothing under
    jit.
    """
    taps = self.convolve(self.prepare(x))
    return taps if self.classes is None else taps | self.classify(taps)

  def __call__(self, x: jax.Array) -> dict[str, jax.Array]:
    """The same as `features`."""
    return self.features(x)
