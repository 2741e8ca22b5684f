"""Who am I among the processes of a run, and what do all of them agree on."""

from collections.abc import Callable
import itertools
from typing import Any

import jax
from jax.experimental import multihost_utils
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np
import orbax.checkpoint as ocp

_LONG = 24 * 3600  # seconds; others may prepare a dataset meanwhile
_meetings = itertools.count()  # the same on all processes, so a name is one


def is_writer() -> bool:
  """Whether this process writes what is written once: it is the first."""
  return jax.process_index() == 0


def alone() -> bool:
  """Whether there is no other process."""
  return jax.process_count() == 1


def of_writer(number: int) -> int:
  """The first process's number, on all of them; each must call it."""
  if alone():
    return number
  told = multihost_utils.broadcast_one_to_all(np.int32(number))
  return int(told)


def wait_for_all(name: str) -> None:
  """Returns when every process has come here, however long that takes."""
  if not alone():
    # Of named processes it is no collective: those give up after seconds.
    ocp.multihost.sync_global_processes(
      f'{name}:{next(_meetings)}',
      timeout=_LONG,
      processes=set(range(jax.process_count())),
    )


def connect(mesh: Mesh) -> None:
  """Opens the connections between the devices while all processes are here.

  Some backends give up where one process comes to its first step seconds after
  another, and they compile it at different speeds.
  """
  if alone():
    return
  wait_for_all('connect')
  ones = jax.make_array_from_callback(
    (mesh.size,),
    NamedSharding(mesh, PartitionSpec('data')),
    lambda index: np.ones(mesh.size, np.int32)[index],
  )
  total = jax.jit(jnp.sum, out_shardings=NamedSharding(mesh, PartitionSpec()))
  jax.block_until_ready(total(ones))


def writer_first(name: str, make: Callable[[], Any]) -> Any:
  """`make()` of every process, the others' when the first one's is done.

  So that on a disk which they share one prepares and the others find it.
  """
  if alone():
    return make()
  made = make() if is_writer() else None
  wait_for_all(f'{name}:writer')
  if not is_writer():
    made = make()
  wait_for_all(f'{name}:all')
  return made
