"""A trained network that paints batches, on all devices."""

import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core import mesh as mesh_lib
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import as_unit
from facegen_jax.core.state import State
from facegen_jax.systems.base import System

TAKES = ('source', 'driving', 'first')


def check(system: Any, name: str, workdir: Any) -> None:
  """Raises UserError for a system that does not move portraits."""
  if tuple(system.TAKES) != TAKES:
    raise UserError(
      f'{workdir}: a run of {name} takes {" and ".join(system.TAKES)}: clips '
      'are transferred by one of facial_prior'
    )


class Painter:
  """Paints portraits by the run's own way of transferring motion.

  The weights lie on every device of the mesh; of a batch each has a part.

  Args:
    system: that `check` passes.
    state: of the run.
    mesh: of devices.
  """

  def __init__(self, system: System, state: State, mesh: jax.sharding.Mesh):
    self._mesh = mesh
    everywhere = mesh_lib.replicated(mesh)
    self._nets = jax.device_put(state.nets, everywhere)
    self._frozen = jax.device_put(system.frozen(), everywhere)

    def paint(nets: Any, frozen: Any, given: dict) -> jax.Array:
      # Pictures travel as bytes.
      given = {name: as_unit(x) for name, x in given.items()}
      made = system.generate(nets, frozen, given, jax.random.key(0))
      return jnp.clip(jnp.round((made + 1) * 127.5), 0, 255).astype(jnp.uint8)

    self._paint = jax.jit(paint, out_shardings=mesh_lib.split(mesh))

  def __call__(self, given: dict[str, np.ndarray]) -> jax.Array:
    """B h w 3 uint8 of a batch of `schedule.Batch`; does not wait for it."""
    with jax.set_mesh(self._mesh):
      batch = mesh_lib.shard(given, self._mesh)
      return self._paint(self._nets, self._frozen, batch)


def weights_hash(state: State) -> str:
  """Twelve digits that stand for the networks' weights and statistics."""
  found = hashlib.sha256()
  for path, x in jax.tree_util.tree_flatten_with_path(state.nets)[0]:
    found.update(jax.tree_util.keystr(path).encode())
    found.update(np.ascontiguousarray(jax.device_get(x)).tobytes())
  return found.hexdigest()[:12]
