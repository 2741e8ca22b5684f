"""MoCoGAN's generator of frames and its two discriminators (section 3).

All widths follow from `channels`, narrowest first: the generator takes them
from the last to the first, the discriminators from the first to the last.
"""

from collections.abc import Sequence
import itertools
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.conv3d import Conv3d
from facegen_jax.nn.conv_transpose import ConvTranspose
from facegen_jax.nn.gru import GRU

_SLOPE = 0.2  # of the leaky ReLUs
_FRAMES = 4  # of a 3-D kernel
_MAP = 4  # px: where the generator begins and the video discriminator ends

# PyTorch reckons the fan in of a transposed kernel by its outputs.
_transposed_uniform = nnx.initializers.variance_scaling(
  1 / 3, 'fan_in', 'uniform', in_axis=-1, out_axis=-2
)


class Generator(nnx.Module):
  """Content, category and motion codes to frames.

  Each frame is drawn by itself from z = [content, category, motion], of which
  the motion alone moves.

  Args:
    content: size of the content code.
    categories: how many.
    motion: size of the motion code and of the noise that drives it.
    channels: each a doubling from 4 px.
    dtype: of the convolutions; the motion is float32.
  """

  def __init__(
    self,
    *,
    content: int = 50,
    categories: int = 6,
    motion: int = 10,
    channels: Sequence[int] = (64, 128, 256, 512),
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.recurrent = GRU(motion, motion, rngs=rngs)
    widths = [content + categories + motion, *reversed(channels), 3]
    self.ups = nnx.List(
      ConvTranspose(
        widths[i],
        widths[i + 1],
        _MAP,
        stride=2 if i else 1,
        padding=1 if i else 0,
        use_bias=False,
        kernel_init=_transposed_uniform,
        dtype=dtype,
        rngs=rngs,
      )
      for i in range(len(widths) - 1)
    )
    self.norms = nnx.List(
      BatchNorm(width, momentum=0.9, epsilon=1e-5, dtype=dtype, rngs=rngs)
      for width in widths[1:-1]
    )

  def motion(self, start: jax.Array, noise: jax.Array) -> jax.Array:
    """Motion codes b t m, from the state before them b m and noise b t m."""
    return self.recurrent(noise, start)

  def __call__(
    self,
    content: jax.Array,
    category: jax.Array,
    start: jax.Array,
    noise: jax.Array,
  ) -> jax.Array:
    """Frames b t h w 3 in [-1, 1], float32.

    Args:
      content: b c.
      category: b k, one-hot.
      start: b m, the state of the recurrence before the first frame.
      noise: b t m, what drives it at each frame.
    """
    moving = self.motion(start, noise)
    b, t, _ = moving.shape
    still = jnp.concatenate([content, category], -1)
    still = jnp.broadcast_to(still[:, None], (b, t, still.shape[-1]))
    x = jnp.concatenate([still, moving], -1).reshape(b * t, 1, 1, -1)
    for up, norm in zip(self.ups[:-1], self.norms, strict=True):
      x = jax.nn.relu(norm(up(x)))
    x = jnp.tanh(self.ups[-1](x).astype(jnp.float32))
    return x.reshape(b, t, *x.shape[1:])


class ImageDiscriminator(nnx.Module):
  """Is each patch of a frame real? b h w 3 to logits b h' w', float32.

  All convolutions halve the map: 64 px end in 4 x 4 patches. Noise of
  deviation `noise` is added before each halving.
  """

  def __init__(
    self,
    *,
    channels: Sequence[int] = (64, 128, 256, 512),
    noise: float = 0.0,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    widths = [3, *channels[:-1], 1]
    self.noise, self.halvings = noise, len(channels)
    self.convs = nnx.List(
      Conv(a, b, 4, stride=2, padding=1, use_bias=False, dtype=dtype, rngs=rngs)
      for a, b in itertools.pairwise(widths)
    )
    self.norms = _norms(channels[1:-1], dtype, rngs)

  def __call__(self, x: jax.Array, key: jax.Array | None = None) -> jax.Array:
    """Logits; `key` is of the noise, without one there is none."""
    return _judged(self, x, key)[..., 0]


class VideoDiscriminator(nnx.Module):
  """Is a clip real, and what does it show? b t h w 3 to b, b k, float32.

  Every convolution but the last halves the map and takes three frames away;
  the last sees all that is left, 4 frames of 4 x 4 where 16 of 64 px came in.
  One head for both questions, and noise, as in `ImageDiscriminator`.

  Args:
    frames: of the clips.
    categories: how many.
    channels: of the halvings.
    noise: its deviation.
    dtype: of the convolutions.
  """

  def __init__(
    self,
    *,
    frames: int = 16,
    categories: int = 6,
    channels: Sequence[int] = (64, 128, 256, 512),
    noise: float = 0.0,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    widths = [3, *channels]
    self.noise, self.halvings = noise, len(channels)
    convs = [
      Conv3d(
        a,
        b,
        (_FRAMES, 4),
        stride=(1, 2),
        padding=(0, 1),
        dtype=dtype,
        rngs=rngs,
      )
      for a, b in itertools.pairwise(widths)
    ]
    left = (frames - frames_taken(len(channels)), _MAP)
    convs.append(
      Conv3d(widths[-1], 1 + categories, left, dtype=dtype, rngs=rngs)
    )
    self.convs = nnx.List(convs)
    self.norms = _norms(channels[1:], dtype, rngs)

  def __call__(
    self, x: jax.Array, key: jax.Array | None = None
  ) -> tuple[jax.Array, jax.Array]:
    """Logits of 'real' and of each category; `key` is of the noise."""
    y = _judged(self, x, key)[:, 0, 0, 0]
    return y[:, 0], y[:, 1:]


def frames_taken(levels: int) -> int:
  """Frames that the video discriminator's halvings use up."""
  return levels * (_FRAMES - 1)


def _norms(widths: Sequence[int], dtype: Any, rngs: nnx.Rngs) -> nnx.List:
  return nnx.List(
    BatchNorm(width, momentum=0.9, epsilon=1e-5, dtype=dtype, rngs=rngs)
    for width in widths
  )


def _judged(net: Any, x: jax.Array, key: jax.Array | None) -> jax.Array:
  """All convolutions; the first and the last have no norm."""
  last = len(net.convs) - 1
  for i, conv in enumerate(net.convs):
    if net.noise and key is not None and i < net.halvings:
      x = x + net.noise * _normal(jax.random.fold_in(key, i), x)
    x = conv(x)
    if 0 < i < last:
      x = net.norms[i - 1](x)
    if i < last:
      x = jax.nn.leaky_relu(x, _SLOPE)
  return x.astype(jnp.float32)


def _normal(key: jax.Array, like: jax.Array) -> jax.Array:
  """Standard normal draws of the shape and dtype of `like`."""
  # Drawn flat: the same values, and a tenth of the time to compile on a CPU.
  return jax.random.normal(key, (like.size,), like.dtype).reshape(like.shape)
