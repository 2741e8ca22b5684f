"""What every picture metric asks of its input."""

import jax
import jax.numpy as jnp


def check_signed(*pictures: jax.Array) -> None:
  """Raises ValueError unless all are b h w c of one shape, float in [-1, 1].

  NaN passes. Inside jit values are not known, so only type and shape are.
  """
  shapes = {x.shape for x in pictures}
  if len(shapes) > 1:
    raise ValueError(f'pictures of different shapes: {sorted(shapes)}')
  for x in pictures:
    if x.ndim != 4:
      raise ValueError(f'pictures are b h w c, not {x.shape}')
    if not jnp.issubdtype(x.dtype, jnp.floating):
      raise ValueError(f'pictures are float in [-1, 1], not {x.dtype}')
    if not isinstance(x, jax.core.Tracer) and jnp.any(jnp.abs(x) > 1.001):
      raise ValueError('pictures lie in [-1, 1]: scale them before measuring')
