"""ImaGINator's generator and its two discriminators.

Wang, Bilinski, Bremond & Dantcheva, "ImaGINator: conditional spatio-temporal
GAN for video generation", WACV 2020, section 3.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv import Conv, gan_normal
from facegen_jax.nn.conv3d import Pair
from facegen_jax.nn.conv_transpose import ConvTranspose3d
from facegen_jax.nn.spectral_norm import SpectralConv
from facegen_jax.systems.videos import EMOTIONS, tiled


def _leaky(x: jax.Array) -> jax.Array:
  return nnx.leaky_relu(x, 0.2)


def _norm(features: int, dtype: Any, rngs: nnx.Rngs) -> Any:
  return BatchNorm(features, momentum=0.9, epsilon=1e-5, dtype=dtype, rngs=rngs)


class Encoder(nnx.Module):
  """A picture's maps at every level and its code of `appearance` numbers."""

  def __init__(
    self,
    channels: Sequence[int],
    appearance: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'kernel_init': gan_normal, 'dtype': dtype, 'rngs': rngs}
    self.convs, self.norms = nnx.List(), nnx.List()
    for a, b in zip((3, *channels), channels, strict=False):
      self.convs.append(Conv(a, b, 4, stride=2, padding=1, **shared))
      self.norms.append(_norm(b, dtype, rngs))
    self.out = Conv(channels[-1], appearance, 4, padding=0, **shared)

  def __call__(self, x: jax.Array) -> tuple[list[jax.Array], jax.Array]:
    """B h w 3 in [-1, 1] -> maps b h/2^i w/2^i c, i from 1, and b 1 1 code."""
    maps = []
    for conv, norm in zip(self.convs, self.norms, strict=True):
      x = _leaky(norm(conv(x)))
      maps.append(x)
    return maps, self.out(x)


class Factored(nnx.Module):
  """Transposed (1+2)D convolution: `temporal`, `norm`, leaky ReLU, `spatial`.

  `kernel` is (time, space). A stride of 2 has a padding of 1, one of 1 none.
  """

  def __init__(
    self,
    in_features: int,
    middle: int,
    out_features: int,
    kernel: Pair,
    *,
    stride: int,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    time, space = kernel
    pad = stride - 1
    shared = {'dtype': dtype, 'rngs': rngs}
    self.temporal = ConvTranspose3d(
      in_features,
      middle,
      (time, 1),
      stride=(stride, 1),
      padding=(pad, 0),
      **shared,
    )
    self.norm = _norm(middle, dtype, rngs)
    self.spatial = ConvTranspose3d(
      middle,
      out_features,
      (1, space),
      stride=(1, stride),
      padding=(0, pad),
      **shared,
    )

  def __call__(self, x: jax.Array) -> jax.Array:
    """Maps b t h w in to b t' h' w' out."""
    return self.spatial(_leaky(self.norm(self.temporal(x))))


class Decoder(nnx.Module):
  """Spatio-temporal fusion: every level but the first sees the picture's map.

  Args:
    code: size of what it starts from.
    channels: the encoder's widths; the levels' in reverse.
    middle: widths between time and space, one a level and one for the frames.
  """

  def __init__(
    self,
    code: int,
    channels: Sequence[int],
    middle: Sequence[int],
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.blocks, self.norms = nnx.List(), nnx.List()
    first = {'kernel': (2, 4), 'stride': 1}
    double = {'kernel': (4, 4), 'stride': 2}
    a, outputs = code, channels[::-1]
    for i, b in enumerate(outputs):
      how = double if i else first
      self.blocks.append(Factored(a, middle[i], b, **how, **shared))
      self.norms.append(_norm(b, **shared))
      a = 2 * b + EMOTIONS
    self.out = Factored(a, middle[-1], 3, **double, **shared)

  def __call__(
    self, code: jax.Array, maps: Sequence[jax.Array], label: jax.Array
  ) -> jax.Array:
    """Code b c, maps as the encoder's, label b -> b t h w 3, float32."""
    x = code[:, None, None, None]
    levels = zip(self.blocks, self.norms, maps[::-1], strict=True)
    for block, norm, kept in levels:
      x = _leaky(norm(block(x)))
      kept = jnp.broadcast_to(kept[:, None], (*x.shape[:-1], kept.shape[-1]))
      x = jnp.concatenate([x, kept.astype(x.dtype), tiled(label, x)], -1)
    return jnp.tanh(self.out(x).astype(jnp.float32))


class Made(NamedTuple):
  """The clip b t h w 3, the encoder's maps, and the picture's code b c."""

  video: jax.Array
  maps: list[jax.Array]
  code: jax.Array


class Generator(nnx.Module):
  """Picture, label and noise to a clip (section 3.1).

  Args:
    channels: the encoder's widths; a level doubles pictures and frames.
    middle: the decoder's inner widths, one more than `channels`.
    appearance: size of the picture's code.
    noise: size of the noise.
  """

  def __init__(
    self,
    channels: Sequence[int],
    middle: Sequence[int],
    *,
    appearance: int,
    noise: int,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.encoder = Encoder(channels, appearance, **shared)
    code = appearance + noise + EMOTIONS
    self.decoder = Decoder(code, channels, middle, **shared)

  def __call__(
    self, picture: jax.Array, noise: jax.Array, label: jax.Array
  ) -> Made:
    """Picture b h w 3 in [-1, 1], noise b z, label b, 0..5."""
    maps, code = self.encoder(picture)
    code = code.reshape(len(code), -1)
    whole = [noise.astype(code.dtype), tiled(label, code), code]
    video = self.decoder(jnp.concatenate(whole, -1), maps, label)
    return Made(video, maps, code)


class VideoDiscriminator(nnx.Module):
  """A clip and its label to a logit; the label lies beside the first maps."""

  def __init__(
    self, channels: Sequence[int], *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    shared = {'kernel_init': gan_normal, 'dtype': dtype, 'rngs': rngs}
    halve = {'kernel': (4, 4), 'stride': (2, 2), 'padding': (1, 1), **shared}
    self.first = SpectralConv(3, channels[0], **halve)
    widths = (channels[0] + EMOTIONS, *channels[1:])
    self.convs = nnx.List(
      SpectralConv(a, b, **halve)
      for a, b in zip(widths, channels[1:], strict=False)
    )
    self.out = SpectralConv(
      widths[-1], 1, (2, 4), stride=(1, 1), padding=(0, 0), **shared
    )

  def __call__(self, video: jax.Array, label: jax.Array) -> jax.Array:
    """B t h w 3 in [-1, 1] and b -> b, float32."""
    x = _leaky(self.first(video))
    x = jnp.concatenate([x, tiled(label, x)], -1)
    for conv in self.convs:
      x = _leaky(conv(x))
    return self.out(x).reshape(len(x)).astype(jnp.float32)


class ImageDiscriminator(nnx.Module):
  """A frame to a logit; it knows no label."""

  def __init__(
    self, channels: Sequence[int], *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    shared = {'kernel_init': gan_normal, 'dtype': dtype, 'rngs': rngs}
    self.convs = nnx.List(
      SpectralConv(a, b, 4, stride=2, padding=1, **shared)
      for a, b in zip((3, *channels), channels, strict=False)
    )
    self.out = SpectralConv(channels[-1], 1, 4, **shared)

  def __call__(self, picture: jax.Array) -> jax.Array:
    """B h w 3 in [-1, 1] -> b, float32."""
    x = picture
    for conv in self.convs:
      x = _leaky(conv(x))
    return self.out(x).reshape(len(x)).astype(jnp.float32)
