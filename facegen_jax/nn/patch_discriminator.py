"""pix2pixHD's multi-scale patch discriminator (section 3.2, Wang 2018)."""

from typing import Any

from flax import nnx
import jax

from facegen_jax.nn.conv import Conv, gan_normal
from facegen_jax.nn.norm import instance_norm
from facegen_jax.nn.resize import average_pool


class PatchDiscriminator(nnx.Module):
  """Patch logits of b h w c: `n_layers` strided 4x4 convolutions, then two.

  Widths are `features` times 1, 2, 4, 8 ..., at most 512; padding 2,
  LeakyReLU 0.2, InstanceNorm without parameters from the second layer on.
  """

  def __init__(
    self,
    in_features: int = 3,
    *,
    features: int = 64,
    n_layers: int = 3,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    widths = [min(features * 2**i, 512) for i in range(n_layers + 1)]
    widths = [in_features, *widths, 1]
    self.convs = nnx.List()
    for i in range(n_layers + 2):
      self.convs.append(
        Conv(
          widths[i],
          widths[i + 1],
          4,
          stride=2 if i < n_layers else 1,
          padding=2,
          kernel_init=gan_normal,
          dtype=dtype,
          rngs=rngs,
        )
      )

  def __call__(self, x: jax.Array) -> list[jax.Array]:
    """Features of every layer, finest first; the last are the logits."""
    outputs = []
    for i, conv in enumerate(self.convs):
      x = conv(x)
      if i < len(self.convs) - 1:
        x = nnx.leaky_relu(instance_norm(x) if i else x, 0.2)
      outputs.append(x)
    return outputs


def pyramid(x: jax.Array, scales: int) -> list[jax.Array]:
  """The picture and its halvings by 3x3 means (stride 2) of real pixels."""
  levels = [x]
  for _ in range(scales - 1):
    levels.append(average_pool(levels[-1], 3, stride=2, padding=1))
  return levels


class MultiScaleDiscriminator(nnx.Module):
  """One PatchDiscriminator a scale; `scales[0]` sees the full resolution."""

  def __init__(
    self,
    in_features: int = 3,
    *,
    scales: int = 2,
    features: int = 64,
    n_layers: int = 3,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.scales = nnx.List(
      PatchDiscriminator(
        in_features,
        features=features,
        n_layers=n_layers,
        dtype=dtype,
        rngs=rngs,
      )
      for _ in range(scales)
    )

  def __call__(self, x: jax.Array) -> list[list[jax.Array]]:
    """Features per scale of b h w c in [-1, 1]; the last are the logits."""
    levels = pyramid(x, len(self.scales))
    return [d(y) for d, y in zip(self.scales, levels, strict=True)]
