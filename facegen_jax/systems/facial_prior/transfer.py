"""Transferring a driver's regions to the person of the source picture.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.5.
"""

from collections.abc import Callable

from facegen_jax.systems.facial_prior import motion
from facegen_jax.systems.facial_prior.keypoints import KeyPoints
from facegen_jax.systems.facial_prior.regions import Regions

MODES = ('standard', 'relative', 'avd')


def transferred(
  source: Regions,
  driving: Regions,
  *,
  mode: str = 'avd',
  initial: Regions | None = None,
  avd: Callable[[Regions, Regions], Regions] | None = None,
  adaptive: bool = True,
) -> Regions:
  """The regions to paint the source by; leading axes broadcast.

  - 'standard': the driver's, and with them the driver's shape.
  - 'relative': the source's, moved as the driver since `initial`, the regions
    of the driver's first frame, times `motion.movement_scale` where `adaptive`,
    as published always. The covariance stays the driver's.
  - 'avd': what `avd` gives for (source, driving).

  Raises:
    ValueError: an unknown mode, or one without what it needs.
  """
  if mode not in MODES:
    raise ValueError(f'mode is one of {MODES}, not {mode!r}')
  if mode == 'standard':
    return driving
  if mode == 'avd':
    if avd is None:
      raise ValueError("mode 'avd' needs the AVD network")
    return avd(source, driving)
  if initial is None:
    raise ValueError("mode 'relative' needs the driver's first regions")
  moved = motion.transferred(
    *(KeyPoints(r.shift, r.affine) for r in (source, driving, initial)),
    relative=True,
    relative_jacobian=True,
    adaptive=adaptive,
  )
  return Regions(moved.value, driving.covar, moved.jacobian)
