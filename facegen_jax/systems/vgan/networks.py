"""VGAN's generator of two streams and its discriminator.

Vondrick, Pirsiavash & Torralba, "Generating videos with scene dynamics", NIPS
2016, sections 3.1 and 3.2.
"""

from collections.abc import Sequence
import itertools
from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.conv3d import Conv3d
from facegen_jax.nn.conv_transpose import ConvTranspose, ConvTranspose3d
from facegen_jax.nn.planes import Conv3dBesidePlanes
from facegen_jax.systems.videos import EMOTIONS, tiled

GIVEN = ('noise', 'picture', 'picture_and_label')
_SLOPE = 0.2

_normal = nnx.initializers.normal(0.01)  # section 3.4


def _about_one(key: jax.Array, shape: tuple, dtype: Any) -> jax.Array:
  return 1 + 0.02 * jax.random.normal(key, shape, dtype)


def _norm(features: int, epsilon: float, dtype: Any, rngs: nnx.Rngs) -> Any:
  return BatchNorm(
    features,
    momentum=0.9,
    epsilon=epsilon,
    scale_init=_about_one,
    dtype=dtype,
    rngs=rngs,
  )


class Up(nnx.Module):
  """Transposed convolution `conv`, batch norm, ReLU."""

  def __init__(
    self, conv: nnx.Module, features: int, dtype: Any, rngs: nnx.Rngs
  ) -> None:
    self.conv = conv
    self.norm = _norm(features, 1e-5, dtype, rngs)

  def __call__(self, x: jax.Array) -> jax.Array:
    """Samples b ... c up."""
    return nnx.relu(self.norm(self.conv(x)))


class Encoder(nnx.Module):
  """A picture's code: each level halves it; no norm after the first."""

  def __init__(
    self,
    channels: Sequence[int],
    *,
    epsilon: float = 1e-3,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'kernel_init': _normal, 'dtype': dtype, 'rngs': rngs}
    self.convs, self.norms = nnx.List(), nnx.List()
    for a, b in zip((3, *channels), channels, strict=False):
      self.convs.append(Conv(a, b, 4, stride=2, padding=1, **shared))
    for c in channels[1:]:
      self.norms.append(_norm(c, epsilon, dtype, rngs))

  def __call__(self, x: jax.Array) -> jax.Array:
    """B h w 3 in [-1, 1] -> b h/2^n w/2^n c."""
    x = nnx.relu(self.convs[0](x))
    for conv, norm in zip(self.convs[1:], self.norms, strict=True):
      x = nnx.relu(norm(conv(x)))
    return x


class Background(nnx.Module):
  """The static stream: a code to one picture.

  `entry`: the code is one vector, and a first layer makes 4x4 of it.
  """

  def __init__(
    self,
    code: int,
    channels: Sequence[int],
    *,
    entry: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'kernel_init': _normal, 'dtype': dtype, 'rngs': rngs}
    self.blocks, a = nnx.List(), code
    for i, b in enumerate(channels):
      double = {'stride': 1, 'padding': 0} if entry and i == 0 else {}
      conv = ConvTranspose(a, b, 4, **double, **shared)
      self.blocks.append(Up(conv, b, dtype, rngs))
      a = b
    self.out = ConvTranspose(a, 3, 4, **shared)

  def __call__(self, code: jax.Array) -> jax.Array:
    """B h w c -> b h' w' 3 in [-1, 1], float32."""
    for block in self.blocks:
      code = block(code)
    return jnp.tanh(self.out(code).astype(jnp.float32))


class Foreground(nnx.Module):
  """The moving stream: a code to a clip and the mask of what moves in it.

  The first layer makes 2 frames, of 4x4 if `entry`; every other one doubles
  both.
  """

  def __init__(
    self,
    code: int,
    channels: Sequence[int],
    *,
    entry: bool,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'kernel_init': _normal, 'dtype': dtype, 'rngs': rngs}
    double = {'kernel': (4, 4), 'stride': (2, 2), 'padding': (1, 1), **shared}
    first = ConvTranspose3d(code, channels[0], (2, 4 if entry else 1), **shared)
    self.blocks = nnx.List([Up(first, channels[0], dtype, rngs)])
    for a, b in itertools.pairwise(channels):
      conv = ConvTranspose3d(a, b, **double)
      self.blocks.append(Up(conv, b, dtype, rngs))
    self.out = ConvTranspose3d(channels[-1], 3, **double)
    self.mask = ConvTranspose3d(channels[-1], 1, **double)

  def __call__(self, code: jax.Array) -> tuple[jax.Array, jax.Array]:
    """B h w c -> b t h' w' 3 in [-1, 1] and b t h' w' 1 in [0, 1], float32."""
    x = code[:, None]
    for block in self.blocks:
      x = block(x)
    clip, mask = (
      layer(x).astype(jnp.float32) for layer in (self.out, self.mask)
    )
    return jnp.tanh(clip), nnx.sigmoid(mask)


class Made(NamedTuple):
  """What the generator makes, and of what.

  Attributes:
    video: mask foreground + (1 - mask) background (equation 2), b t h w 3.
    foreground: b t h w 3.
    mask: b t h w 1.
    background: b h w 3.
    code: what both streams start from, without the label.
  """

  video: jax.Array
  foreground: jax.Array
  mask: jax.Array
  background: jax.Array
  code: jax.Array


class Generator(nnx.Module):
  """Noise, a picture, or a picture and a label to a clip.

  Args:
    given: one of `GIVEN`.
    video: widths of the moving stream; a level doubles pictures and frames.
    background: widths of the static stream.
    encoder: widths of the picture's encoder; with `noise` unused.
    noise: size of the noise; with a picture unused.
    encoder_epsilon: of its batch norms.
  """

  def __init__(
    self,
    given: str,
    *,
    video: Sequence[int],
    background: Sequence[int],
    encoder: Sequence[int] = (),
    noise: int = 100,
    encoder_epsilon: float = 1e-3,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    entry = given == 'noise'
    self.encoder = (
      None
      if entry
      else Encoder(encoder, epsilon=encoder_epsilon, dtype=dtype, rngs=rngs)
    )
    self.labelled = given == 'picture_and_label'
    code = noise if entry else encoder[-1]
    code += EMOTIONS * self.labelled
    shared = {'entry': entry, 'dtype': dtype, 'rngs': rngs}
    self.background = Background(code, background, **shared)
    self.foreground = Foreground(code, video, **shared)

  def __call__(self, x: jax.Array, label: jax.Array | None = None) -> Made:
    """`x`: noise b z, or a picture b h w 3 in [-1, 1]; `label`: b, 0..5."""
    code = x[:, None, None] if self.encoder is None else self.encoder(x)
    both = code
    if self.labelled:
      both = jnp.concatenate([code, tiled(label, code)], -1)
    background = self.background(both)
    foreground, mask = self.foreground(both)
    video = mask * foreground + (1 - mask) * background[:, None]
    return Made(video, foreground, mask, background, code)


class Discriminator(nnx.Module):
  """Two logits of a clip: generated, real (section 3.3).

  Args:
    channels: widths; each level halves frames and pictures.
    labelled: whether the label lies beside the clip's channels.
  """

  def __init__(
    self,
    channels: Sequence[int],
    *,
    labelled: bool = False,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.labelled = labelled
    shared = {'use_bias': True, 'kernel_init': _normal}
    shared |= {'dtype': dtype, 'rngs': rngs}
    halve = {'kernel': (4, 4), 'stride': (2, 2), 'padding': (1, 1)}
    widths = (3 + EMOTIONS * labelled, *channels)
    self.convs, self.norms = nnx.List(), nnx.List()
    first = Conv3dBesidePlanes if labelled else Conv3d
    for i, sizes in enumerate(zip(widths, channels, strict=False)):
      self.convs.append((Conv3d if i else first)(*sizes, **halve, **shared))
    for c in channels[1:]:
      self.norms.append(_norm(c, 1e-3, dtype, rngs))
    self.out = Conv3d(channels[-1], 2, (2, 4), **shared)

  def __call__(
    self, video: jax.Array, label: jax.Array | None = None
  ) -> jax.Array:
    """B t h w 3 in [-1, 1] and, if `labelled`, b -> b 2, float32."""
    first, *rest = self.convs
    planes = (jax.nn.one_hot(label, EMOTIONS),) if self.labelled else ()
    x = nnx.leaky_relu(first(video, *planes), _SLOPE)
    for conv, norm in zip(rest, self.norms, strict=True):
      x = nnx.leaky_relu(norm(conv(x)), _SLOPE)
    return self.out(x).reshape(len(x), 2).astype(jnp.float32)
