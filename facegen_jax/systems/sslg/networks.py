"""Networks of SSLG (section III.A, Fig. 2): encoder, decoder.

The encoder's maps of every level go to the decoder, those of three frames side
by side. The paper prints no layer, only 18.01 GFLOPs a step; `configs/sslg.py`
holds a table of widths that comes to them, and others.
"""

from collections.abc import Sequence
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.conv import Conv
from facegen_jax.nn.conv_transpose import ConvTranspose
from facegen_jax.nn.resize import nearest

UPS = ('transposed3', 'transposed4', 'nearest3')
SITES = ('input', 'shallow')
NORMS = ('group', 'none')
RESIDUALS = ('none', 'constant', 'current', 'mean')

_SHALLOW = 2  # layers that noise meets at the site 'shallow'
_GROUPS = 8

Latents = list[jax.Array]


def _norm(
  kind: str, features: int, dtype: Any, rngs: nnx.Rngs
) -> nnx.GroupNorm | None:
  """Of eight groups, or fewer that divide the channels."""
  if kind == 'none':
    return None
  groups = max(g for g in range(1, _GROUPS + 1) if features % g == 0)
  return nnx.GroupNorm(
    features, num_groups=groups, epsilon=1e-5, dtype=dtype, rngs=rngs
  )


def noisy(x: jax.Array, sigma: float, keys: jax.Array | None) -> jax.Array:
  """Adds N(0, sigma^2) to b ... by one key each (b); None: none is added.

  A key an example, so that its noise does not depend on who is beside it.
  """
  if keys is None or not sigma:
    return x
  draw = jax.vmap(lambda key: jax.random.normal(key, x.shape[1:], x.dtype))
  return x + sigma * draw(keys)


class _Down(nnx.Module):
  """Convolution of stride 2, norm, noise, leaky ReLU."""

  def __init__(
    self,
    sizes: tuple[int, int],
    kernel: int,
    *,
    norm: str,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    padding = (kernel - 1) // 2
    self.conv = Conv(
      *sizes, kernel, stride=2, padding=padding, dtype=dtype, rngs=rngs
    )
    self.norm = _norm(norm, sizes[1], dtype, rngs)

  def __call__(
    self, x: jax.Array, sigma: float, keys: jax.Array | None
  ) -> jax.Array:
    x = self.conv(x)
    x = x if self.norm is None else self.norm(x)
    return nnx.leaky_relu(noisy(x, sigma, keys), 0.2)


class Encoder(nnx.Module):
  """E: picture b h w 3 in [-1, 1] -> its maps, from h/2 to h/2^levels.

  Args:
    channels: of its levels, each of which halves the picture.
    kernel: 4 or 5.
    norm: of all levels but the first, of `NORMS`.
    sigma: deviation of the noise.
    noise_site: where noise is added, of `SITES`: to the picture (equation 1),
      or behind the norms of the first two levels.
  """

  def __init__(
    self,
    *,
    channels: Sequence[int],
    kernel: int = 4,
    norm: str = 'group',
    sigma: float = 0.5,
    noise_site: str = 'input',
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    pairs = zip((3, *channels[:-1]), channels, strict=True)
    self.levels = nnx.List(
      _Down(sizes, kernel, norm=norm if i else 'none', dtype=dtype, rngs=rngs)
      for i, sizes in enumerate(pairs)
    )
    self.sigma, self.noise_site = sigma, noise_site

  def __call__(
    self, picture: jax.Array, keys: jax.Array | None = None
  ) -> Latents:
    """The latents; `keys` (b) draw the noise, None gives none."""
    found, x, shallow = [], picture, self.noise_site == 'shallow'
    if not shallow:
      x = noisy(x, self.sigma, keys)
    for i, level in enumerate(self.levels):
      own = None
      if shallow and keys is not None and i < _SHALLOW:
        own = jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys)
      x = level(x, self.sigma, own)
      found.append(x)
    return found


class _Up(nnx.Module):
  """Doubles b h w c: convolution of a kind of `UPS`, norm, ReLU, dropout."""

  def __init__(
    self,
    sizes: tuple[int, int],
    kind: str,
    *,
    norm: str,
    dropout: float,
    dtype: Any,
    rngs: nnx.Rngs,
  ) -> None:
    make = {
      'transposed3': lambda **how: ConvTranspose(*sizes, 3, padding=0, **how),
      'transposed4': lambda **how: ConvTranspose(*sizes, 4, padding=1, **how),
      'nearest3': lambda **how: Conv(*sizes, 3, padding=1, **how),
    }
    self.conv, self.kind = make[kind](dtype=dtype, rngs=rngs), kind
    self.norm = _norm(norm, sizes[1], dtype, rngs)
    self.dropout = nnx.Dropout(dropout) if dropout else None

  def __call__(self, x: jax.Array, key: jax.Array | None) -> jax.Array:
    height, width = (2 * n for n in x.shape[1:3])
    if self.kind == 'nearest3':
      x = nearest(x, (height, width))
    # A kernel of 3 makes one more: TensorFlow's SAME drops the last.
    x = self.conv(x)[:, :height, :width]
    x = nnx.relu(x if self.norm is None else self.norm(x))
    return self.dropout(x, rngs=key) if self.dropout else x


class Decoder(nnx.Module):
  """D: the latents of three frames -> the next picture, b h w 3.

  Args:
    latents: channels of the encoder's levels.
    frames: how many pictures' latents there are: 3, or 2 without F_c.
    channels: of its levels, as many, from the deepest up.
    up: how a level doubles, of `UPS`.
    norm: of `NORMS`.
    dropout: rate in the three deepest levels.
    residual: the picture is a given one and what is decoded, without a tanh.
  """

  def __init__(
    self,
    *,
    latents: Sequence[int],
    frames: int,
    channels: Sequence[int],
    up: str = 'transposed3',
    norm: str = 'group',
    dropout: float = 0.2,
    residual: bool = False,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    entries = zip((0, *channels[:-1]), reversed(latents), strict=True)
    self.levels = nnx.List(
      _Up(
        (own + frames * latent, out),
        up,
        norm=norm,
        dropout=dropout if i < 3 else 0.0,
        dtype=dtype,
        rngs=rngs,
      )
      for i, ((own, latent), out) in enumerate(
        zip(entries, channels, strict=True)
      )
    )
    # A residual begins with what it is added to.
    first = {'kernel_init': nnx.initializers.zeros} if residual else {}
    self.last = Conv(channels[-1], 3, 3, **first, dtype=dtype, rngs=rngs)
    self.residual = residual

  def __call__(
    self,
    latents: Sequence[Latents],
    base: jax.Array | None = None,
    key: jax.Array | None = None,
  ) -> jax.Array:
    """The picture; `latents` of F_c, F_t-1, F_t in this order (Fig. 2).

    Args:
      latents: of each frame, as the encoder gives them.
      base: b h w 3, what a residual is added to.
      key: of the dropout, in training.
    """
    x = None
    for i, level in enumerate(self.levels):
      maps = [found[-1 - i] for found in latents]
      own = None if key is None else jax.random.fold_in(key, i)
      x = level(jnp.concatenate(maps if x is None else [x, *maps], -1), own)
    x = self.last(x).astype(jnp.float32)
    if not self.residual:
      return jnp.tanh(x)
    x = base + x
    # The clip does not stop gradients: what is too bright must come back.
    return x + jax.lax.stop_gradient(jnp.clip(x, -1, 1) - x)


class Autoencoder(nnx.Module):
  """E and D; the method names which.

  Args:
    encoder, decoder: arguments of `Encoder` and of `Decoder`, where they
      differ.
    norm: of `NORMS`, in both.
  """

  def __init__(
    self,
    *,
    encoder: dict[str, Any],
    decoder: dict[str, Any],
    norm: str = 'group',
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'norm': norm, 'dtype': dtype, 'rngs': rngs}
    self.encoder = Encoder(**encoder, **shared)
    widths = encoder['channels']
    self.decoder = Decoder(latents=widths, **decoder, **shared)

  def encode(
    self, picture: jax.Array, keys: jax.Array | None = None
  ) -> Latents:
    """See `Encoder`."""
    return self.encoder(picture, keys)

  def decode(
    self,
    latents: Sequence[Latents],
    base: jax.Array | None = None,
    key: jax.Array | None = None,
  ) -> jax.Array:
    """See `Decoder`."""
    return self.decoder(latents, base, key)
