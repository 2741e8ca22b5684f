"""Points must move as the picture is deformed.

Siarohin et al., NeurIPS 2019, section 3.2, equations 10 and 11.
"""

import jax
import jax.numpy as jnp

from facegen_jax.nn import matrix2, thin_plate
from facegen_jax.nn.thin_plate import ThinPlate


def value(
  points: jax.Array, deformed: jax.Array, plate: ThinPlate
) -> jax.Array:
  """Mean |p - T(q)|: b k 2 of a frame and of `warp_frame` of it by `plate`."""
  return jnp.abs(points - thin_plate.warp_points(plate, deformed)).mean()


def compared(
  matrices: jax.Array,
  deformed_matrices: jax.Array,
  deformed: jax.Array,
  plate: ThinPlate,
) -> jax.Array:
  """inverse(J) T'(q) J_q, the identity if all is consistent: b k 2 2."""
  bent = thin_plate.jacobian(plate, deformed)
  return matrix2.product(
    matrix2.inverse(matrices), matrix2.product(bent, deformed_matrices)
  )


def jacobian(
  matrices: jax.Array,
  deformed_matrices: jax.Array,
  deformed: jax.Array,
  plate: ThinPlate,
) -> jax.Array:
  """Mean |I - `compared`| over matrices b k 2 2 at points b k 2."""
  found = compared(matrices, deformed_matrices, deformed, plate)
  return jnp.abs(jnp.eye(2) - found).mean()
