"""StyleGAN's synthesis layers (CVPR 2019, figure 1b)."""

from collections.abc import Sequence
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.norm import instance_norm
from facegen_jax.systems.au_transfer.equalised import (
  EqualConv,
  EqualDense,
  UpConv,
  blur,
  leaky,
)

_EPSILON = 1e-8


class Layer(nnx.Module):
  """Convolution, noise, bias, leaky ReLU, instance norm, style.

  Args:
    in_features: 0 for the layer of the constant, which has no convolution.
    up: doubles the map (nearest), with a blur behind the convolution.
  """

  def __init__(
    self,
    in_features: int,
    features: int,
    w: int,
    *,
    up: bool = False,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.up = up
    if up:
      self.conv = UpConv(in_features, features, **shared)
    elif in_features:
      self.conv = EqualConv(in_features, features, use_bias=False, **shared)
    else:
      self.conv = None
    self.strength = nnx.Param(jnp.zeros(features))
    self.bias = nnx.Param(jnp.zeros(features))
    # In float32 as the norm before it.
    self.style = EqualDense(w, 2 * features, gain=1.0, rngs=rngs)

  def __call__(self, x: jax.Array, w: jax.Array, noise: jax.Array) -> jax.Array:
    """`x` b h w c, `w` b w, `noise` (b or 1) h' w' 1 -> b h' w' c'."""
    if self.conv is not None:
      x = self.conv(x)
    x = blur(x) if self.up else x
    noise = noise.astype(x.dtype) * self.strength[...].astype(x.dtype)
    x = leaky(x + noise + self.bias[...].astype(x.dtype))
    scale, shift = jnp.split(self.style(w)[:, None, None], 2, -1)
    y = instance_norm(x.astype(jnp.float32), _EPSILON) * (scale + 1) + shift
    return y.astype(x.dtype)


class Synthesis(nnx.Module):
  """`const`, then two `layers` a resolution, and a `to_rgb` for each.

  Resolutions go up: layers 0 and 1 and to_rgb 0 are those of 4x4.
  """

  def __init__(
    self, widths: Sequence[int], w: int, *, dtype: Any = None, rngs: nnx.Rngs
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    self.const = nnx.Param(jnp.ones((4, 4, widths[0])))
    self.layers, self.to_rgb, before = nnx.List(), nnx.List(), 0
    for i, width in enumerate(widths):
      self.layers.append(Layer(before, width, w, up=i > 0, **shared))
      self.layers.append(Layer(width, width, w, **shared))
      self.to_rgb.append(EqualConv(width, 3, 1, gain=1.0, **shared))
      before = width
    self.dtype = dtype

  def features(
    self, wplus: jax.Array, noise: Sequence[jax.Array]
  ) -> list[jax.Array]:
    """What each layer makes: as many of them as there are noise maps.

    Args:
      wplus: b L w; rows of layers that do not run are not read.
      noise: (b or 1) h w 1 for every layer that runs.
    """
    const = self.const[...].astype(self.dtype or jnp.float32)
    x = jnp.broadcast_to(const, (len(wplus), *const.shape))
    found = []
    for i, (layer, at) in enumerate(zip(self.layers, noise, strict=False)):
      x = layer(x, wplus[:, i], at)
      found.append(x)
    return found

  def rgb(self, x: jax.Array, level: int) -> jax.Array:
    """The picture (float32, not squashed) of a level's features b h w c."""
    return self.to_rgb[level](x).astype(jnp.float32)
