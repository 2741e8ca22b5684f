"""AIP-GAN's encoders and decoder (sections 3.1 to 3.4 of the paper)."""

from typing import Any, NamedTuple

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn import resize
from facegen_jax.nn.attention import ExpressionAttention, ScSE
from facegen_jax.nn.bilinear import CompactBilinear
from facegen_jax.nn.conv import Conv
from facegen_jax.nn.mlp import MLP
from facegen_jax.nn.norm import make_norm


class Encoded(NamedTuple):
  """What an encoder hands on.

  Attributes:
    code: b c, the bottleneck code (e or h).
    levels: attended features after each level, largest first; the skips.
    log_probs: levels x b x classes, the supervised attention's predictions;
      None from the identity encoder.
    image: b h w c, the head's picture (landmark image Z or identity map H).
  """

  code: jax.Array
  levels: tuple[jax.Array, ...]
  log_probs: jax.Array | None
  image: jax.Array


class Down(nnx.Module):
  """Conv 3x3, instance norm, LeakyReLU, 2x2 average pool in ceil mode.

  The paper's convolution has stride 1, so something must halve: the average
  pool mirrors the decoder's upsampling. The norm comes before the pool: over
  a 1x1 map it would be zero.
  """

  def __init__(
    self, cin: int, cout: int, *, norm: str, dtype: Any, rngs: nnx.Rngs
  ):
    self.conv = Conv(cin, cout, use_bias=False, dtype=dtype, rngs=rngs)
    self.norm = make_norm(norm, cout, dtype=dtype, rngs=rngs)

  def __call__(self, x: jax.Array) -> jax.Array:
    """Maps b h w cin to b h/2 w/2 cout, rounded up."""
    x = nnx.leaky_relu(self.norm(self.conv(x)), 0.2)
    return resize.average_pool(x, 2, stride=2, ceil=True)


class ImageHead(nnx.Module):
  """A shallow MLP from a code to a small picture; linear as faces are aligned.

  Args:
    code: length of the code.
    hidden: width of the hidden layer.
    size: height and width of the picture.
    channels: 1 for Z in [0, 1] (sigmoid), 3 for H in [-1, 1] (tanh).
  """

  def __init__(
    self,
    code: int,
    *,
    hidden: int,
    size: int,
    channels: int,
    dtype: Any,
    rngs: nnx.Rngs,
  ):
    self.shape = (size, size, channels)
    self.mlp = MLP(code, hidden, size * size * channels, dtype=dtype, rngs=rngs)

  def __call__(self, code: jax.Array) -> jax.Array:
    """Draws b size size channels, float32."""
    x = self.mlp(code).reshape(-1, *self.shape).astype(jnp.float32)
    return nnx.sigmoid(x) if self.shape[-1] == 1 else nnx.tanh(x)


class Encoder(nnx.Module):
  """G_es and G_et: levels of convolution and attention down to a code.

  Args:
    channels: of each level, 7 in the paper; the last map must be 1x1.
    code: length of the code, 30 (expression) or 50 (identity).
    image_channels: 1 (landmark image) or 3 (identity map).
    supervised: expression attention (section 3.2) instead of scSE.
    norm: 'instance' as printed, 'group' or 'batch', see `make_norm`.
    attention: keywords of `ExpressionAttention`.
    head: keywords of `ImageHead`: `hidden` and `size`.
  """

  def __init__(
    self,
    *,
    channels: tuple[int, ...],
    code: int,
    image_channels: int,
    supervised: bool,
    norm: str,
    attention: dict[str, Any],
    head: dict[str, Any],
    dtype: Any = None,
    rngs: nnx.Rngs,
  ):
    pairs = zip((3, *channels[:-1]), channels, strict=True)
    self.blocks = nnx.List(
      [Down(a, b, norm=norm, dtype=dtype, rngs=rngs) for a, b in pairs]
    )
    attend = ExpressionAttention if supervised else ScSE
    options = attention if supervised else {}
    self.attentions = nnx.List(
      [attend(c, **options, dtype=dtype, rngs=rngs) for c in channels]
    )
    self.supervised = supervised
    self.code = nnx.Linear(channels[-1], code, dtype=dtype, rngs=rngs)
    self.head = ImageHead(
      code, **head, channels=image_channels, dtype=dtype, rngs=rngs
    )

  def __call__(self, x: jax.Array) -> Encoded:
    """`x`: b h w 3 in [-1, 1]."""
    levels, log_probs = [], []
    for block, attend in zip(self.blocks, self.attentions, strict=True):
      x = attend(block(x))
      if self.supervised:
        x, log_prob = x
        log_probs.append(log_prob)
      levels.append(x)
    code = self.code(x.reshape(len(x), -1))
    probs = jnp.stack(log_probs) if self.supervised else None
    return Encoded(code, tuple(levels), probs, self.head(code))


class Concat(nnx.Module):
  """The ablation of CEB: concatenation and a 1x1 convolution."""

  def __init__(
    self, features: tuple[int, ...], dim: int, *, dtype: Any, rngs: nnx.Rngs
  ):
    self.conv = Conv(sum(features), dim, 1, padding=0, dtype=dtype, rngs=rngs)

  def __call__(self, *features: jax.Array) -> jax.Array:
    """Mixes maps b h w c of one size into b h w dim."""
    return self.conv(jnp.concatenate(features, -1))


class Skip(nnx.Module):
  """U-Net's plain skip: concatenation."""

  def __call__(self, *features: jax.Array) -> jax.Array:
    """Joins maps b h w c of one size."""
    return jnp.concatenate(features, -1)


class Up(nnx.Module):
  """One decoder block: fusion (where it has one), conv 3x3, upsample, norm."""

  def __init__(
    self,
    cin: int,
    cout: int,
    *,
    fuse: nnx.Module | None,
    norm: str | None,
    dtype: Any,
    rngs: nnx.Rngs,
  ):
    self.fuse = fuse
    self.conv = Conv(cin, cout, use_bias=not norm, dtype=dtype, rngs=rngs)
    self.norm = make_norm(norm, cout, dtype=dtype, rngs=rngs) if norm else None

  def __call__(
    self,
    x: jax.Array,
    expression: jax.Array,
    identity: jax.Array,
    size: tuple[int, int],
  ) -> jax.Array:
    """Maps b h w cin, with the skips of that size, to b *size cout."""
    if self.fuse is not None:
      x = self.fuse(expression, identity, x)
    x = resize.nearest(self.conv(x), size)
    return nnx.relu(x if self.norm is None else self.norm(x))


class Decoder(nnx.Module):
  """G_de: from both codes and the skips to the picture.

  Args:
    size: height and width of the picture.
    channels: the encoders' channels; the decoder mirrors them.
    codes: lengths of e and h.
    norm: as in the encoders; the paper names none here.
    fused: which blocks, counted from 1 at the bottom, fuse the skips; 1, 3, 5
      and 6 in the paper.
    fusion: 'ceb', or 'concat' for the ablation.
    plain_skips: the other blocks get the skips too, concatenated.
    dim: channels of the fused features.
    mode: form of CEB, see `CompactBilinear`.
    seed: of CEB's fixed hashes.
  """

  def __init__(
    self,
    *,
    size: int,
    channels: tuple[int, ...],
    codes: tuple[int, int],
    norm: str,
    fused: tuple[int, ...],
    fusion: str,
    plain_skips: bool,
    dim: int,
    mode: str,
    seed: int,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ):
    self.sizes = sizes(size, len(channels))
    self.start = nnx.Linear(sum(codes), channels[-1], dtype=dtype, rngs=rngs)
    ups, width = [], channels[-1]
    # Block k is as wide as the encoders' level of the same size, its skip.
    for k, cout in enumerate(channels[::-1], start=1):
      features, fuse, cin = (cout, cout, width), None, width
      if k in fused and fusion == 'concat':
        fuse, cin = Concat(features, dim, dtype=dtype, rngs=rngs), dim
      elif k in fused:
        fuse = CompactBilinear(features, dim=dim, mode=mode, seed=seed + 3 * k)
        cin = dim
      elif plain_skips:
        fuse, cin = Skip(), sum(features)
      ups.append(
        Up(
          cin,
          cout,
          fuse=fuse,
          # A 1x1 map upsampled is constant, and a norm would zero it.
          norm=norm if k > 1 else None,
          dtype=dtype,
          rngs=rngs,
        )
      )
      width = cout
    self.ups = nnx.List(ups)
    self.out = Conv(width, 3, dtype=dtype, rngs=rngs)

  def __call__(self, expression: Encoded, identity: Encoded) -> jax.Array:
    """Returns b h w 3 in [-1, 1], float32."""
    x = self.start(jnp.concatenate([expression.code, identity.code], -1))
    x = x[:, None, None, :]
    for k, up in enumerate(self.ups):
      e, i = expression.levels[-1 - k], identity.levels[-1 - k]
      n = self.sizes[-2 - k]
      x = up(x, e, i, (n, n))
    return jnp.tanh(self.out(x).astype(jnp.float32))


def sizes(size: int, levels: int) -> tuple[int, ...]:
  """Map sizes from the picture down, halved in ceil mode: 96, 48, ... 2, 1."""
  out = [size]
  for _ in range(levels):
    out.append(-(-out[-1] // 2))
  return tuple(out)
