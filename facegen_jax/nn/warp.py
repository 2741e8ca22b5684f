"""Reading pictures at given places: bilinear sampling, PyTorch's grid_sample.

A place is (x, y) in [-1, 1]. With `align_corners` the ends are the centres of
the outer pixels, as in `coordinates.grid`; without, they are the outer edges.
"""

import jax
import jax.numpy as jnp

PADDINGS = ('zeros', 'border', 'reflection')


def _reflected(x: jax.Array, size: int, align_corners: bool) -> jax.Array:
  """Folds at the outer pixels' centres, or at their edges."""
  low = 0.0 if align_corners else -0.5
  span = size - 1 if align_corners else size
  if span == 0:
    return jnp.zeros_like(x)
  x = jnp.abs(x - low)
  turns = jnp.floor(x / span)
  rest = x - turns * span
  return jnp.where(turns % 2 == 0, rest, span - rest) + low


def _pixels(
  place: jax.Array, size: int, align_corners: bool, padding: str
) -> jax.Array:
  """From [-1, 1] to pixels, no further out than a pixel beyond the edge."""
  if align_corners:
    x = (place + 1) * ((size - 1) / 2)
  else:
    x = ((place + 1) * size - 1) / 2
  if padding == 'zeros':  # all is zero from there on
    return jnp.clip(x, -1, size)
  if padding == 'reflection':
    x = _reflected(x, size, align_corners)
  return jnp.clip(x, 0, size - 1)


def _taps(
  x: jax.Array, size: int
) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
  """The two neighbours along an axis and their weights, 0 if outside."""
  low = jnp.floor(x)
  share = x - low
  low = low.astype(jnp.int32)
  indices = (low, low + 1)
  weights = tuple(
    jnp.where((i >= 0) & (i < size), w, 0.0)
    for i, w in zip(indices, (1 - share, share), strict=True)
  )
  return tuple(jnp.clip(i, 0, size - 1) for i in indices), weights


def warp(
  x: jax.Array,
  grid: jax.Array,
  *,
  align_corners: bool,
  padding: str = 'zeros',
) -> jax.Array:
  """Reads b h w c at `grid` (b p q 2), bilinearly: b p q c in x's dtype.

  Outside the picture is 'zeros', the nearest pixel ('border'), or the picture
  mirrored ('reflection'). Gradients reach both arguments.
  """
  if padding not in PADDINGS:
    raise ValueError(f'padding is one of {PADDINGS}, not {padding!r}')
  b, h, w, c = x.shape
  grid = grid.astype(jnp.float32)
  columns, across = _taps(_pixels(grid[..., 0], w, align_corners, padding), w)
  rows, down = _taps(_pixels(grid[..., 1], h, align_corners, padding), h)
  flat = x.reshape(b, h * w, c)
  total = 0.0
  for row, high in zip(rows, down, strict=True):
    line = row * w
    for column, wide in zip(columns, across, strict=True):
      read = _read(flat, line + column)
      total = total + (high * wide)[..., None] * read
  return total.astype(x.dtype)


@jax.vmap
def _read(flat: jax.Array, places: jax.Array) -> jax.Array:
  """Rows of b n c at b p q; each picture by itself, so devices share them."""
  return flat.at[places].get(mode='promise_in_bounds')
