"""StyleGAN's generator (CVPR 2019), grown progressively."""

from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.resize import nearest
from facegen_jax.systems.au_transfer.equalised import channels
from facegen_jax.systems.au_transfer.mapping import Mapping
from facegen_jax.systems.au_transfer.synthesis import Synthesis

Noise = jax.Array | Sequence[jax.Array] | None


def layer_count(size: int) -> int:
  """L: synthesis layers, and rows of a code, of pictures of `size` px."""
  return 2 * (size.bit_length() - 1) - 2


class Generator(nnx.Module):
  """z to w, w to a code of one row a layer, and that to a picture.

  Beside the parameters it holds `w_avg` (w), the mean of w that truncation
  goes towards and that training tracks (`sampling.track_average`), and
  `noise`, a fixed map for each layer (1 h w 1).

  Args:
    size: side of the largest pictures, a power of 2 from 8.
    z: size of z.
    w: size of w.
    base: channels at R px are min(base / R, most).
    most: the largest number of channels.
    mapping_layers: of the mapping network.
    mapping_width: of its hidden layers, None for `w`.
    widths: channels by resolution in place of the rule.
    dtype: what convolutions compute in, None for float32.
  """

  def __init__(
    self,
    *,
    size: int,
    z: int = 512,
    w: int = 512,
    base: int = 16384,
    most: int = 512,
    mapping_layers: int = 8,
    mapping_width: int | None = None,
    widths: Mapped[int, int] | None = None,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.size, self.layers = size, layer_count(size)
    found = channels(size, base, most, widths)
    self.mapping = Mapping(
      z, w, layers=mapping_layers, width=mapping_width or w, rngs=rngs
    )
    self.synthesis = Synthesis([*found.values()], w, dtype=dtype, rngs=rngs)
    self.w_avg = nnx.Variable(jnp.zeros(w))
    self.noise = nnx.List(
      nnx.Variable(jax.random.normal(rngs.noise(), (1, r, r, 1)))
      for r in found
      for _ in range(2)
    )

  def map(self, z: jax.Array) -> jax.Array:
    """Normal z (b z) to w (b w); z is normalised first."""
    return self.mapping(z)

  def broadcast(self, w: jax.Array) -> jax.Array:
    """The same w for all layers: b w -> b L w."""
    return jnp.repeat(w[:, None], self.layers, 1)

  def truncate(
    self, wplus: jax.Array, psi: jax.Array | float, cutoff: jax.Array | int
  ) -> jax.Array:
    """Pulls rows below `cutoff` of codes b L w to w_avg; psi 1 is no pull."""
    mean = self.w_avg[...]
    below = (jnp.arange(wplus.shape[1]) < cutoff)[:, None]
    return jnp.where(below, mean + psi * (wplus - mean), wplus)

  def _maps(self, noise: Noise, batch: int, layers: int) -> list[jax.Array]:
    if noise is None:
      return [fixed[...] for fixed in self.noise[:layers]]
    if isinstance(noise, Sequence):
      if len(noise) < layers:
        raise ValueError(f'{layers} layers need a map each, not {len(noise)}')
      return list(noise[:layers])
    sides = [fixed.shape[1] for fixed in self.noise[:layers]]
    return [
      jax.random.normal(jax.random.fold_in(noise, i), (batch, r, r, 1))
      for i, r in enumerate(sides)
    ]

  def synthesise(
    self,
    wplus: jax.Array,
    *,
    noise: Noise = None,
    resolution: int | None = None,
    fade: jax.Array | float | None = None,
  ) -> jax.Array:
    """Codes b L w to pictures b R R 3, float32, about [-1, 1], not clipped.

    Args:
      wplus: codes; rows beyond those that R needs are not read.
      noise: None for the fixed maps, a key for maps drawn anew for each
        sample and layer, or the maps, (b or 1) h w 1 for each layer.
      resolution: R, static; None for `size`.
      fade: the share, in [0, 1], that the previous resolution's picture,
        doubled, still has; None is 0 without computing it.
    """
    resolution = resolution or self.size
    layers = layer_count(resolution)
    if not 2 <= layers <= min(self.layers, wplus.shape[1]):
      raise ValueError(
        f'codes of {wplus.shape[1]} rows and networks of {self.size} px make '
        f'no pictures of {resolution} px'
      )
    maps = self._maps(noise, len(wplus), layers)
    found, level = self.synthesis.features(wplus, maps), layers // 2 - 1
    picture = self.synthesis.rgb(found[-1], level)
    if fade is None or level == 0:
      return picture
    before = self.synthesis.rgb(found[-3], level - 1)
    before = nearest(before, (resolution, resolution))
    return picture + fade * (before - picture)

  def __call__(self, z: jax.Array, **options: Any) -> jax.Array:
    """Normal z (b z) to pictures, not truncated; options of `synthesise`."""
    return self.synthesise(self.broadcast(self.map(z)), **options)
