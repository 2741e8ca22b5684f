"""MRAA's losses, one reconstruction at a time.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.4: a driving frame of the source's own clip is painted from the
source. There is no discriminator.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax

from facegen_jax.core.state import Variables
from facegen_jax.nn.thin_plate import ThinPlate, warp_frame
from facegen_jax.systems.facial_prior import (
  equivariance,
  perceptual,
  region_equivariance,
)
from facegen_jax.systems.facial_prior.generator import Generated
from facegen_jax.systems.facial_prior.regions import Regions

Apply = Callable[..., tuple[Any, dict]]


class LossWeights(NamedTuple):
  """Published values."""

  perceptual: Sequence[float] = perceptual.WEIGHTS
  shift: float = 10.0
  affine: float = 10.0


PUBLISHED = LossWeights()


class Rebuilt(NamedTuple):
  """A driving frame, rebuilt.

  Attributes:
    generated: from the source.
    source: the source's regions.
    driving: the driving frame's.
    deformed: of the driving frame as the plate deforms it.
    stats: of the networks, after.
  """

  generated: Generated
  source: Regions
  driving: Regions
  deformed: Regions
  stats: dict[str, dict]


def rebuild(
  applies: Mapping[str, Apply],
  variables: Mapping[str, Variables],
  source: jax.Array,
  driving: jax.Array,
  plate: ThinPlate,
  *,
  hints: Mapping[str, tuple] | None = None,
  align_corners: bool,
) -> Rebuilt:
  """Runs 'regions' on source, driving and deformed frame, and the rest.

  Args:
    applies: pure networks: 'regions', whose result is `Regions`, 'background',
      'generator'.
    variables: theirs.
    source: b h w 3 in [0, 1], as `driving`.
    driving: what to rebuild.
    plate: the deformation under which regions must move along.
    hints: what else 'regions' is given, for 'source', 'driving', 'deformed'.
    align_corners: of deforming the frame.
  """
  stats = {name: one.stats for name, one in variables.items()}
  hints = hints or {}

  def run(name: str, *args: Any) -> Any:
    now = Variables(variables[name].params, stats[name])
    found, stats[name] = applies[name](now, *args, train=True)
    return found

  deformed = warp_frame(plate, driving, align_corners=align_corners)
  of_source = run('regions', source, *hints.get('source', ()))
  of_driving = run('regions', driving, *hints.get('driving', ()))
  homography = run('background', source, driving)
  generated = run('generator', source, of_source, of_driving, homography)
  of_deformed = run('regions', deformed, *hints.get('deformed', ()))
  return Rebuilt(generated, of_source, of_driving, of_deformed, stats)


def losses(
  rebuilt: Rebuilt,
  driving: jax.Array,
  plate: ThinPlate,
  seen: perceptual.Seen,
  *,
  weights: LossWeights = PUBLISHED,
  factors: Sequence[int] = perceptual.FACTORS,
) -> dict[str, jax.Array]:
  """The weighed losses of all three networks, by name.

  Args:
    rebuilt: see `rebuild`.
    driving: b h w 3 in [0, 1].
    plate: that was given to `rebuild`.
    seen: taps of a fixed VGG-19, see `perceptual.parts`.
    weights: of the terms.
    factors: by which pictures are shrunk for `seen`.
  """
  prediction = rebuilt.generated.prediction
  pyramids = [perceptual.pyramid(x, factors) for x in (prediction, driving)]
  now, then = rebuilt.driving, rebuilt.deformed
  found = {
    'perceptual': perceptual.distance(seen, *pyramids, weights.perceptual)
  }
  if weights.shift:
    shift = equivariance.value(now.shift, then.shift, plate)
    found['equivariance_shift'] = weights.shift * shift
  if weights.affine:
    affine = region_equivariance.affine(now, then, plate)
    found['equivariance_affine'] = weights.affine * affine
  return found
