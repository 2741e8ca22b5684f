"""Networks of FEV-GAN (section 3): E_s, the decoder G_dec and D.

E_id is VGG-Face, `nn.vgg`. No bias stands before a norm, which would undo it.
"""

from collections.abc import Sequence
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.conv3d import Conv3d
from facegen_jax.nn.conv_transpose import ConvTranspose3d
from facegen_jax.nn.planes import Conv3dBesidePlanes
from facegen_jax.nn.resize import bilinear
from facegen_jax.systems import videos

_gauss = nnx.initializers.normal(0.01)  # section 4.2


def _around_one(key: jax.Array, shape: Any, dtype: Any = None) -> jax.Array:
  return 1 + 0.02 * jax.random.normal(key, shape, dtype or jnp.float32)


def _norm(
  features: int, epsilon: float, dtype: Any, rngs: nnx.Rngs
) -> BatchNorm:
  return BatchNorm(
    features,
    momentum=0.9,
    epsilon=epsilon,
    scale_init=_around_one,
    dtype=dtype,
    rngs=rngs,
  )


class _Block(nnx.Module):
  """Convolution, norm unless `epsilon` is None, ReLU of slope `leak`."""

  def __init__(
    self,
    layer: type[nnx.Module],
    sizes: tuple,
    *,
    epsilon: float | None,
    leak: float = 0.0,
    dtype: Any = None,
    rngs: nnx.Rngs,
    **window: Any,
  ) -> None:
    self.conv = layer(
      *sizes,
      **window,
      use_bias=epsilon is None,
      kernel_init=_gauss,
      dtype=dtype,
      rngs=rngs,
    )
    features = sizes[1]
    self.norm = epsilon and _norm(features, epsilon, dtype, rngs)
    self.leak = leak

  def __call__(self, x: jax.Array, *planes: jax.Array) -> jax.Array:
    x = self.conv(x, *planes)
    x = self.norm(x) if self.norm else x
    return nnx.leaky_relu(x, self.leak) if self.leak else nnx.relu(x)


class Encoder(nnx.Module):
  """E_s: picture b h w 3 in [-1, 1] -> b g g channels[3], g = `size` / 16.

  Args:
    size: side to which pictures are brought, bilinearly.
    channels: of its four layers.
  """

  def __init__(
    self,
    *,
    size: int,
    channels: Sequence[int],
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.size = size
    self.blocks = nnx.List(
      _Block(
        Conv,
        (a, b, 4),
        stride=2,
        padding=1,
        epsilon=1e-3 if i else None,
        dtype=dtype,
        rngs=rngs,
      )
      for i, (a, b) in enumerate(
        zip((3, *channels[:-1]), channels, strict=True)
      )
    )

  def __call__(self, picture: jax.Array) -> jax.Array:
    """F_s of a picture."""
    x = bilinear(picture, (self.size, self.size))
    for block in self.blocks:
      x = block(x)
    return x


def decoder_windows(
  kind: str, grid: int, size: int, levels: int
) -> list[dict[str, tuple[int, int]]]:
  """Kernel, stride and padding (time, space) of each layer of G_dec.

  'bottleneck': a strided convolution reads the grid into 4 x 4 without a
  rest; then two frames, then `levels` doublings of time and space, as VGAN.
  'grid14': the grid stays, grown to the least size / 2^m that holds it; then
  doublings of time alone until m are left, which double both.
  """
  if kind == 'bottleneck':
    stride = grid // 4
    window = {'kernel': (1, grid - 3 * stride), 'stride': (1, stride)}
    return [window, {'kernel': (2, 1)}, *[_doubling(True)] * levels]
  m = max(i for i in range(levels + 1) if size >> i >= grid)
  grow = {'kernel': (2, (size >> m) - grid + 1)}
  last = [_doubling(i >= levels - m) for i in range(levels)]
  return [{'kernel': (1, 1)}, grow, *last]


def _doubling(space: bool) -> dict[str, tuple[int, int]]:
  if space:
    return {'kernel': (4, 4), 'stride': (2, 2), 'padding': (1, 1)}
  return {'kernel': (4, 3), 'stride': (2, 1), 'padding': (1, 1)}


class Decoder(nnx.Module):
  """Fusion and G_dec: F_id, F_s and a label -> b t h w 3 in [-1, 1].

  Args:
    kind: 'bottleneck' or 'grid14', see `decoder_windows`.
    grid: side of F_id and F_s.
    size: side of the pictures.
    features: channels of F_id and of F_s, 0 for one that is left out.
    entry: channels after the first layer.
    channels: before each doubling.
    label_gain: times the one-hot label, one channel lit beside hundreds; with
      more it is learnt sooner.
    remat: compute each layer again in the backward pass, to hold less.
  """

  def __init__(
    self,
    *,
    kind: str,
    grid: int,
    size: int,
    features: tuple[int, int],
    entry: int,
    channels: Sequence[int],
    label_gain: float = 1.0,
    remat: bool = False,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    # Features of an imported VGG reach hundreds; those of E_s are near 1.
    self.standardise = features[0] and nnx.BatchNorm(
      features[0],
      momentum=0.9,
      use_bias=False,
      use_scale=False,
      use_fast_variance=False,
      rngs=rngs,
    )
    first, *rest = decoder_windows(kind, grid, size, len(channels))
    shared = {'dtype': dtype, 'rngs': rngs}
    inputs = sum(features) + videos.EMOTIONS
    blocks = [_Block(Conv3d, (inputs, entry), epsilon=1e-5, **first, **shared)]
    widths = (entry, *channels, 3)
    for i, window in enumerate(rest[:-1]):
      sizes = widths[i : i + 2]
      blocks.append(
        _Block(ConvTranspose3d, sizes, epsilon=1e-5, **window, **shared)
      )
    self.blocks = nnx.List(blocks)
    self.last = ConvTranspose3d(
      *widths[-2:], **rest[-1], kernel_init=_gauss, **shared
    )
    self.label_gain, self.remat = label_gain, remat

  def __call__(
    self, f_id: jax.Array | None, f_s: jax.Array | None, label: jax.Array
  ) -> jax.Array:
    """The clip; `label` b, the features b g g c or None where left out."""
    maps = [] if f_id is None else [self.standardise(f_id)]
    maps += [] if f_s is None else [f_s.astype(jnp.float32)]
    maps.append(self.label_gain * videos.tiled(label, maps[0]))
    x = jnp.concatenate(maps, -1)[:, None]
    for block in self.blocks:
      x = nnx.remat(_call)(block, x) if self.remat else block(x)
    return jnp.tanh(self.last(x).astype(jnp.float32))


def _call(block: _Block, x: jax.Array) -> jax.Array:
  return block(x)


class Discriminator(nnx.Module):
  """D: clip b t h w 3 and label b -> logit b.

  Args:
    shape: t and h of a clip.
    channels: of the layers, each of which halves time and space.
  """

  def __init__(
    self,
    *,
    shape: tuple[int, int],
    channels: Sequence[int],
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    inputs = (3 + videos.EMOTIONS, *channels[:-1])
    self.blocks = nnx.List(
      _Block(
        Conv3d if i else Conv3dBesidePlanes,
        sizes,
        **_doubling(True),
        epsilon=1e-3 if i else None,
        leak=0.2,
        dtype=dtype,
        rngs=rngs,
      )
      for i, sizes in enumerate(zip(inputs, channels, strict=True))
    )
    kernel = tuple(n >> len(channels) for n in shape)
    self.last = Conv3d(
      channels[-1],
      1,
      kernel,
      use_bias=True,
      kernel_init=_gauss,
      dtype=dtype,
      rngs=rngs,
    )

  def __call__(self, clip: jax.Array, label: jax.Array) -> jax.Array:
    """Is it a real clip of this label?"""
    first, *rest = self.blocks
    x = first(clip, jax.nn.one_hot(label, videos.EMOTIONS))
    for block in rest:
      x = block(x)
    return self.last(x).reshape(len(x))
