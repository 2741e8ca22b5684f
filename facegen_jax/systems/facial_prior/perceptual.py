"""Distance of pictures by what VGG-19 sees in them, at several resolutions.

Siarohin et al., NeurIPS 2019, section 3.2, after Johnson et al. 2016.
"""

from collections.abc import Callable, Mapping, Sequence

import jax

from facegen_jax.losses.content import l1
from facegen_jax.nn.antialias import downscale

TAPS = ('relu1_1', 'relu2_1', 'relu3_1', 'relu4_1', 'relu5_1')
FACTORS = (1, 2, 4, 8)
WEIGHTS = (10.0,) * len(TAPS)

Seen = Callable[[jax.Array], Sequence[jax.Array]]


def seen_by(features: Callable[[jax.Array], Mapping[str, jax.Array]]) -> Seen:
  """The taps of a VGG-19 whose `features` take pictures in [-1, 1]."""

  def seen(x: jax.Array) -> list[jax.Array]:
    taps = features(2 * x - 1)
    return [taps[name] for name in TAPS]

  return seen


def pyramid(x: jax.Array, factors: Sequence[int] = FACTORS) -> list[jax.Array]:
  """B h w c shrunk by each factor, every one from the picture itself."""
  return [downscale(x, factor) for factor in factors]


def parts(
  seen: Seen, made: Sequence[jax.Array], real: Sequence[jax.Array]
) -> list[list[jax.Array]]:
  """Mean |difference| of each tap for each scale: scales x taps.

  Args:
    seen: the taps of pictures b h w 3 in [0, 1], by a network that is not
      trained.
    made: a picture a scale; gradients reach these only.
    real: likewise.
  """
  return [
    [
      l1(a, jax.lax.stop_gradient(b))
      for a, b in zip(seen(x), seen(y), strict=True)
    ]
    for x, y in zip(made, real, strict=True)
  ]


def distance(
  seen: Seen,
  made: Sequence[jax.Array],
  real: Sequence[jax.Array],
  weights: Sequence[float] = WEIGHTS,
) -> jax.Array:
  """The sum over scales and taps of weight times `parts`."""
  return sum(
    weight * part
    for row in parts(seen, made, real)
    for weight, part in zip(weights, row, strict=True)
  )
