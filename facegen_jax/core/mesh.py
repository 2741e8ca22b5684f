"""Devices as one data axis, and arrays placed on it."""

from typing import Any

import jax
from jax.sharding import (
  AxisType,
  Mesh,
  NamedSharding,
  PartitionSpec,
  Sharding,
  SingleDeviceSharding,
)

from facegen_jax.core.errors import UserError

_SMALL = 1024  # elements of an array that is not worth cutting


def make(devices: int = 0) -> Mesh:
  """A mesh `('data',)` over the first `devices` devices, 0 = all of them."""
  found = jax.devices()
  if devices > len(found):
    raise UserError(
      f'config.devices={devices}, but there are {len(found)} '
      f'{found[0].platform} devices: lower it, or set 0 for all'
    )
  chosen = found[: devices or len(found)]
  if without := {d.process_index for d in found[len(chosen) :]} - {
    d.process_index for d in chosen
  }:
    raise UserError(
      f'config.devices={devices} leaves process {min(without)} without a '
      'device: set 0 for all'
    )
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


def cut(x: jax.Array) -> jax.Array:
  """The leading axis, of examples, cut over the devices of the mesh in use.

  For what a step draws by itself: nothing else tells the compiler that not
  every device should work on all of it. As it is without a mesh, and where the
  devices do not divide it.
  """
  mesh = jax.sharding.get_abstract_mesh()
  if mesh.empty or x.shape[0] % mesh.size:
    return x
  return jax.lax.with_sharding_constraint(x, PartitionSpec('data'))


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


def rows(batch_size: int, mesh: Mesh) -> list[int]:
  """Which rows of a global batch this process's devices hold, ascending."""
  held = split(mesh).addressable_devices_indices_map((batch_size,))
  found = {i for (part,) in held.values() for i in range(batch_size)[part]}
  return sorted(found)


def places(shapes: Any, mesh: Mesh, *, shard: bool) -> Any:
  """Where each array of a state lies: a tree of shardings.

  Args:
    shapes: a tree of `jax.ShapeDtypeStruct`.
    mesh: the devices.
    shard: True cuts each array's largest axis that the devices divide; arrays
      that have none, or are small, lie whole on every device, as all do
      otherwise.
  """

  def place(x: jax.ShapeDtypeStruct) -> NamedSharding:
    fit = [i for i, size in enumerate(x.shape) if size % mesh.size == 0]
    if not shard or not fit or x.size < _SMALL:
      return replicated(mesh)
    axis = max(fit, key=lambda i: x.shape[i])
    return NamedSharding(mesh, PartitionSpec(*[None] * axis, 'data'))

  return jax.tree.map(place, shapes)


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
  """Abstract arrays with a place, as a checkpoint is restored into them.

  Args:
    shapes: a tree of `jax.ShapeDtypeStruct`.
    sharding: of all, or a tree of them.
  """
  if isinstance(sharding, Sharding):
    sharding = jax.tree.map(lambda _: sharding, shapes)
  return jax.tree.map(
    lambda s, at: jax.ShapeDtypeStruct(s.shape, s.dtype, sharding=at),
    shapes,
    sharding,
  )
