"""States of a run: its first, its newest whole, and what generates."""

from collections.abc import Callable
import pathlib
from typing import Any

import jax
import numpy as np

from facegen_jax.core import mesh
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


def restored(system: System, saves: Checkpoints, config: Any) -> State:
  """The newest checkpoint's state, on one device."""
  like = jax.eval_shape(lambda: first_state(system, jax.random.key(0)))
  return saves.restore(mesh.placed(like, mesh.one_device()), config)[0]


def open_generator(workdir: pathlib.Path) -> tuple[System, State, Any]:
  """System, state and config of a trained run, without its training data."""
  saves = Checkpoints(workdir, create=False)
  config = saves.config()
  system = load(config)

  def generating() -> State:
    nets = system.init(jax.random.key(0))
    averages = system.averages()
    return state_lib.create(
      {name: nets[name] for name in averages}, None, averages
    )

  like = mesh.placed(jax.eval_shape(generating), mesh.one_device())
  return system, saves.restore_part(like), config


def takes(workdir: pathlib.Path) -> tuple[str, ...]:
  """What the system of a trained run takes to generate, its `TAKES`."""
  saves = Checkpoints(workdir, create=False)
  return load(saves.config()).TAKES


def generator(
  system: System, state: State, seed: int = 0
) -> Callable[..., np.ndarray]:
  """`(name=pictures, ...) -> result`, in [-1, 1], compiled once a shape.

  What is random is drawn from `seed`, the same at every call.
  """

  @jax.jit
  def generate(nets: Any, frozen: Any, given: dict) -> jax.Array:
    return system.generate(nets, frozen, given, jax.random.key(seed))

  frozen = system.frozen()
  return lambda **given: np.asarray(generate(state.nets, frozen, given))
