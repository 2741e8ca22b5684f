"""States of a run: its first, its newest whole, and what generates."""

from collections.abc import Callable
import pathlib
from typing import Any

import jax
from jax.sharding import Mesh, Sharding
import numpy as np

from facegen_jax.core import mesh, processes
from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.state import State
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load


def first_state(system: System, key: jax.Array) -> State:
  """The state at step 0."""
  return state_lib.create(
    system.init(key), system.optimizers(), system.averages()
  )


def first_generator(system: System, key: jax.Array) -> State:
  """The state at step 0 of what generates, without optimisers."""
  nets, averages = system.init(key), system.averages()
  return state_lib.create(
    {name: nets[name] for name in averages}, None, averages
  )


def restored(system: System, saves: Checkpoints, config: Any) -> State:
  """The newest checkpoint's state, on one device of each process."""
  like = jax.eval_shape(lambda: first_state(system, jax.random.key(0)))
  return _here(saves.restore(mesh.placed(like, _anywhere()), config)[0])


def _anywhere() -> Sharding:
  """A place that all processes can read a checkpoint into together."""
  if processes.alone():
    return mesh.one_device()
  return mesh.replicated(mesh.make())


def _here(state: State) -> State:
  """This process's own copy."""
  if processes.alone():
    return state
  return jax.tree.map(lambda x: x.addressable_data(0), state)


def open_generator(workdir: pathlib.Path) -> tuple[System, State, Any]:
  """System, state and config of a trained run, without its training data."""
  saves = Checkpoints(workdir, create=False)
  config = saves.config()
  system = load(config)

  like = mesh.placed(
    jax.eval_shape(lambda: first_generator(system, jax.random.key(0))),
    _anywhere(),
  )
  return system, _here(saves.restore_part(like)), config


def takes(workdir: pathlib.Path) -> tuple[str, ...]:
  """What the system of a trained run takes to generate, its `TAKES`."""
  saves = Checkpoints(workdir, create=False)
  return load(saves.config()).TAKES


def generator(
  system: System, state: State, seed: int = 0, over: Mesh | None = None
) -> Callable[..., np.ndarray]:
  """`(name=pictures, ...) -> result`, in [-1, 1], compiled once a shape.

  What is random is drawn from `seed`, the same at every call.

  Args:
    system: of the run.
    state: of the run, on one device.
    seed: of what is random.
    over: devices that each make a part of every batch, None = that of `state`.
      Each process must make the same calls, and has every whole result.
  """

  def generate(nets: Any, frozen: Any, given: dict) -> jax.Array:
    return system.generate(nets, frozen, given, jax.random.key(seed))

  frozen = system.frozen()
  if over is not None and over.size > 1:
    return _spread(generate, state.nets, frozen, over)
  generate = jax.jit(generate)
  return lambda **given: np.asarray(generate(state.nets, frozen, given))


def _spread(
  generate: Callable, nets: Any, frozen: Any, over: Mesh
) -> Callable[..., np.ndarray]:
  """The same over devices: rows are added to divide, and taken off again."""
  everywhere = mesh.replicated(over)
  generate = jax.jit(generate, out_shardings=everywhere)
  nets, frozen = jax.device_put(jax.device_get((nets, frozen)), everywhere)

  def spread(**given: np.ndarray) -> np.ndarray:
    given = {name: np.asarray(x) for name, x in given.items()}
    (count,) = {len(x) for x in given.values() if x.ndim}
    size = -(-count // over.size) * over.size
    # The last row again: a network may not like zeros.
    mine = [min(row, count - 1) for row in mesh.rows(size, over)]
    parts = {name: x[mine] for name, x in given.items() if x.ndim}
    batch = given | mesh.shard(parts, over)  # a scalar is for all rows
    with jax.set_mesh(over):
      made = generate(nets, frozen, batch)
    return np.asarray(made)[:count]

  return spread
