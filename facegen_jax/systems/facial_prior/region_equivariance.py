"""Regions must move and turn as the picture is deformed.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.4. That of the shifts is `equivariance.value`.
"""

import jax
import jax.numpy as jnp

from facegen_jax.nn.thin_plate import ThinPlate
from facegen_jax.systems.facial_prior import equivariance
from facegen_jax.systems.facial_prior.flow import upright
from facegen_jax.systems.facial_prior.regions import Regions


def affine(regions: Regions, deformed: Regions, plate: ThinPlate) -> jax.Array:
  """Mean |I - inverse(A) T'(q) A_q| but for a sign.

  `regions` are of a frame, `deformed` of `warp_frame` of it by `plate`. Axes
  have no sign, so the product is compared with that of its first entry.
  """
  found = equivariance.compared(
    regions.affine, deformed.affine, deformed.shift, plate
  )
  return jnp.abs(jnp.eye(2) - upright(found)).mean()
