"""Maps of the facial prior: a blob a key point (AWP), or their sum (EWP).

"Facial prior guided micro-expression generation", TIP 2024, section III, and
the code that was published with it.
"""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.coordinates import grid

READINGS = ('code', 'paper')
DISTANCES = ('euclidean', 'city_block')
CODE_SIGMA = 0.75  # pixels of the map
PAPER_SIGMA = 0.01  # of a map that is 2 wide


def to_map(
  points: jax.Array, picture: tuple[int, int], size: tuple[int, int]
) -> jax.Array:
  """Pixels ... 2 (x, y) of a picture to pixels of its map, (height, width).

  The published code has 64 / height for both axes: the same for its pictures
  of 256 x 256 and maps of 64 x 64.
  """
  return points * np.float32([size[1] / picture[1], size[0] / picture[0]])


def maps(
  points: jax.Array,
  size: tuple[int, int],
  *,
  distance: str = 'euclidean',
  sigma: float = CODE_SIGMA,
) -> jax.Array:
  """A map a key point, as the published code draws it.

  exp(-sqrt(d) / (2 sigma^2)), d the distance in pixels that are counted from
  1; over its maximum; and 0 where it is under its mean. A cusp with a heavy
  tail, one pixel up and left of the point. AWP has the Euclidean distance,
  EWP the city-block one.

  Args:
    points: b k 2 in pixels of the map (`to_map`). They get no gradient.
    size: height and width of the map.
    distance: one of `DISTANCES`.
    sigma: width of the cusp.

  Returns:
    b h w k in [0, 1].

  Raises:
    ValueError: an unknown distance.
  """
  if distance not in DISTANCES:
    raise ValueError(f'distance is one of {DISTANCES}, not {distance!r}')
  points = jax.lax.stop_gradient(points)[:, None, None]
  y = jnp.arange(1.0, size[0] + 1)[:, None, None] - points[..., 1]
  x = jnp.arange(1.0, size[1] + 1)[:, None] - points[..., 0]
  d = jnp.hypot(x, y) if distance == 'euclidean' else abs(x) + abs(y)
  raw = jnp.exp(jnp.sqrt(d) / (-2 * sigma**2))
  raw = raw / raw.max((1, 2), keepdims=True)
  return jnp.where(raw < raw.mean((1, 2), keepdims=True), 0, raw)


def printed_maps(
  points: jax.Array, size: tuple[int, int], *, sigma: float = PAPER_SIGMA
) -> jax.Array:
  """A map a key point as the paper prints it: exp(-d^2 / sigma^2).

  The paper does not say what d is measured in: here the map spans [-1, 1],
  and `points` are b k 2 in that. The printed sigma is less than a pixel of a
  64 x 64 map, where one or two pixels are all that is seen; take more to see
  a blob. Returns b h w k in [0, 1].
  """
  points = jax.lax.stop_gradient(points)[:, None, None]
  away = grid(*size)[None, :, :, None] - points
  return jnp.exp(-jnp.square(away).sum(-1) / sigma**2)


def joined(maps: jax.Array, *, reading: str = 'code') -> jax.Array:
  """EWP: all maps b h w k as one, b h w 1 in [0, 1].

  'code': their sum over its largest value. 'paper': their mean.

  Raises:
    ValueError: an unknown reading.
  """
  if reading not in READINGS:
    raise ValueError(f'reading is one of {READINGS}, not {reading!r}')
  if reading == 'paper':
    return maps.mean(-1, keepdims=True)
  total = maps.sum(-1, keepdims=True)
  return total / total.max((1, 2, 3), keepdims=True)
