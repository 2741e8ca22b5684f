"""Devices as one data axis, and arrays placed on it."""

from typing import Any

import jax
from jax.sharding import (
  AxisType,
  Mesh,
  NamedSharding,
  PartitionSpec,
  SingleDeviceSharding,
)

from facegen_jax.core.errors import UserError


def make(devices: int = 0) -> Mesh:
  """A mesh `('data',)` over the first `devices` devices, 0 = all of them."""
  found = jax.devices()
  if devices > len(found):
    raise UserError(
      f'config.devices={devices}, but there are {len(found)} '
      f'{found[0].platform} devices: lower it, or set 0 for all'
    )
  chosen = found[: devices or len(found)]
  # Auto: dropout and indexing do not yet work on Explicit axes.
  return jax.make_mesh(
    (len(chosen),), ('data',), axis_types=(AxisType.Auto,), devices=chosen
  )


def replicated(mesh: Mesh) -> NamedSharding:
  """The same values on every device."""
  return NamedSharding(mesh, PartitionSpec())


def split(mesh: Mesh) -> NamedSharding:
  """The leading axis cut over the devices."""
  return NamedSharding(mesh, PartitionSpec('data'))


def check_batch(
  batch_size: int, mesh: Mesh, name: str = 'config.batch_size'
) -> None:
  """Raises unless every device gets the same number of examples.

  Args:
    batch_size: of all devices together.
    mesh: the devices.
    name: of what the user sets.
  """
  if batch_size % mesh.size:
    raise UserError(
      f'{name}={batch_size} does not divide over {mesh.size} '
      f'devices: take a multiple of {mesh.size}'
    )


def shard(batch: Any, mesh: Mesh) -> Any:
  """Places this process's part of a batch; a global array comes back."""
  sharding = split(mesh)
  return jax.tree.map(
    lambda x: jax.make_array_from_process_local_data(sharding, x), batch
  )


def one_device() -> SingleDeviceSharding:
  """Everything on this process's first device."""
  return SingleDeviceSharding(jax.local_devices()[0])


def placed(shapes: Any, sharding: Any) -> Any:
  """Abstract arrays with a place, as a checkpoint is restored into them."""
  return jax.tree.map(
    lambda s: jax.ShapeDtypeStruct(s.shape, s.dtype, sharding=sharding), shapes
  )
