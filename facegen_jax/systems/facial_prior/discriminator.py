"""Critics of pictures at one or several scales.

Siarohin et al., NeurIPS 2019, supplement, A, after the patch critics of
pix2pixHD; optionally told where the key points are to be.
"""

from collections.abc import Sequence
import itertools
from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.coordinates import gaussian
from facegen_jax.nn.norm import InstanceNorm
from facegen_jax.nn.resize import average_pool
from facegen_jax.nn.spectral_norm import SpectralConv

_SLOPE = 0.2


class Judged(NamedTuple):
  """What a critic of one scale gives.

  Attributes:
    features: of every block, b h w c, finest first.
    logits: b h w 1, 1 for real; float32.
  """

  features: list[jax.Array]
  logits: jax.Array


class ScaleDiscriminator(nnx.Module):
  """A critic of one scale: 4x4 convolutions without padding, halved between.

  Options as `Discriminator`.
  """

  def __init__(
    self,
    in_features: int,
    *,
    features: int,
    blocks: int,
    max_features: int,
    spectral: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    conv = SpectralConv if spectral else Conv
    shared = {'padding': 0, 'dtype': dtype, 'rngs': rngs}
    wide = [min(max_features, features * 2 ** (i + 1)) for i in range(blocks)]
    self.convs, self.norms = nnx.List(), nnx.List()
    for a, b in itertools.pairwise((in_features, *wide)):
      self.convs.append(conv(a, b, 4, **shared))
    for b in wide[1:]:
      self.norms.append(InstanceNorm(b, dtype=dtype, rngs=rngs))
    self.out = conv(wide[-1], 1, 1, **shared)

  def __call__(self, x: jax.Array) -> Judged:
    """Judges b h w c."""
    found = []
    for i, conv in enumerate(self.convs):
      x = conv(x)
      x = nnx.leaky_relu(self.norms[i - 1](x) if i else x, _SLOPE)
      if i < len(self.convs) - 1:
        x = average_pool(x, 2, stride=2)
      found.append(x)
    return Judged(found, self.out(x).astype(jnp.float32))


class Discriminator(nnx.Module):
  """A critic of its own for each scale.

  Args:
    scales: how many pictures of falling size it judges.
    features: half the width of the first block; a block doubles, up to
      `max_features`. The last of `blocks` does not halve the size.
    spectral: whether kernels are divided by their largest singular value.
    points: how many key points lie beside the picture as Gaussians, or 0.
    variance: of these, on [-1, 1].
  """

  def __init__(
    self,
    scales: int = 1,
    *,
    in_features: int = 3,
    features: int = 32,
    blocks: int = 4,
    max_features: int = 512,
    spectral: bool = False,
    points: int = 0,
    variance: float = 0.01,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.scales = nnx.List()
    for _ in range(scales):
      critic = ScaleDiscriminator(
        in_features + points,
        features=features,
        blocks=blocks,
        max_features=max_features,
        spectral=spectral,
        dtype=dtype,
        rngs=rngs,
      )
      self.scales.append(critic)
    self.points, self.variance = points, variance

  def __call__(
    self, pictures: Sequence[jax.Array], points: jax.Array | None = None
  ) -> list[Judged]:
    """Judges one picture a scale, b h w 3 in [0, 1].

    `points` (b k 2 in [-1, 1]) only if the critics are made for them; gradients
    reach them, so give them fixed.
    """
    judged = []
    for critic, x in zip(self.scales, pictures, strict=True):
      if self.points:
        heat = gaussian(points, *x.shape[1:3], self.variance)
        x = jnp.concatenate([x, heat.astype(x.dtype)], -1)
      judged.append(critic(x))
    return judged
