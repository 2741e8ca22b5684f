"""The head of LPIPS v0.1 (Zhang et al. 2018), for the user's own backbone.

No weights are in the package: give the feature maps of a backbone and the 1 x
1 weights that were trained for it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.signed import check_signed

Backbone = Callable[[jax.Array], Sequence[jax.Array]]

_EPSILON = 1e-10  # added to the norm, not to its square


class Lpips(NamedTuple):
  """Distance of each pair (b), and of each layer (l b), whose sum it is."""

  total: jax.Array
  layers: jax.Array


def head_weights(arrays: Sequence[np.ndarray]) -> tuple[jax.Array, ...]:
  """The 1 x 1 weights of every layer as (c), from (c) or PyTorch's 1 c 1 1.

  Raises UserError for a negative or unknown one: LPIPS's are trained to stay
  at or above 0, and with another the distance could be negative.
  """
  flat = []
  for number, array in enumerate(arrays):
    array = np.asarray(array, np.float32)
    if array.ndim != 1 and array.shape != (1, array.size, 1, 1):
      raise UserError(
        f'LPIPS weights of layer {number} are c or 1 c 1 1, not {array.shape}'
      )
    if not (array >= 0).all() or not np.isfinite(array).all():
      raise UserError(
        f'LPIPS weights of layer {number} include one that is negative or not '
        'finite: use those of the v0.1 release'
      )
    flat.append(jnp.asarray(array.reshape(-1)))
  if not flat:
    raise UserError('LPIPS needs the weights of at least one layer')
  return tuple(flat)


def head(
  a: Sequence[jax.Array], b: Sequence[jax.Array], weights: Sequence[jax.Array]
) -> Lpips:
  """Distance of feature maps a and b, a b h w c each a layer.

  Every pixel's features are divided by their norm + 1e-10, their squared
  differences weighted (c a layer), averaged over space and summed over layers
  (equation 1). Features that are all 0 stay 0; NaN gives NaN in its own pair.
  Raises ValueError for layers that do not match.
  """
  shapes = [(x.shape, y.shape) for x, y in zip(a, b, strict=True)]
  for (x, y), w in zip(shapes, weights, strict=True):
    if x != y or len(x) != 4 or w.shape != x[-1:]:
      raise ValueError(f'LPIPS layers {x} and {y} with weights {w.shape}')
  layers = [
    jnp.einsum('bhwc,c->b', jnp.square(_unit(x) - _unit(y)), w)
    / (x.shape[1] * x.shape[2])
    for x, y, w in zip(a, b, weights, strict=True)
  ]
  stacked = jnp.stack(layers)
  return Lpips(stacked.sum(0), stacked)


def lpips(
  a: jax.Array, b: jax.Array, backbone: Backbone, weights: Sequence[jax.Array]
) -> Lpips:
  """LPIPS of pictures b h w 3 in [-1, 1] (not [0, 1]).

  Args:
    a: pictures.
    b: pictures of the same shape.
    backbone: pictures to its maps, b h w c each; shifts and scales itself.
    weights: of `head_weights`.

  Raises ValueError for integers, unequal shapes and known values beyond
  [-1, 1].
  """
  check_signed(a, b)
  return head(backbone(a), backbone(b), weights)


def _unit(x: jax.Array) -> jax.Array:
  x = x.astype(jnp.float32)
  square = jnp.sum(jnp.square(x), -1, keepdims=True)
  # The slope of a root at 0 is infinite; 1e-30 is far below the epsilon.
  return x / (jnp.sqrt(jnp.maximum(square, 1e-30)) + _EPSILON)
