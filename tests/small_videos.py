"""Small runs of the systems that make a clip of a labelled expression."""

import importlib
import pathlib
import sys

import jax
import numpy as np
from tiny_clips import clips_of

from facegen_jax import runs
from facegen_jax.core import phases

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMOTIONS = (0, 1, 3, 5)


def experiment(name, variant, **changes):
  """`configs/<name>.py:<variant>` with its fields `room__field` changed."""
  sys.path.insert(0, str(ROOT))
  try:
    config = importlib.import_module(f'configs.{name}').get_config(variant)
  finally:
    sys.path.remove(str(ROOT))
  for field, value in changes.items():
    config.update_from_flattened_dict({field.replace('__', '.'): value})
  return config.lock()


def few_clips():
  """Labelled clips of 16 px."""
  return clips_of(subjects=2, frames=9, emotions=EMOTIONS)


def batch_of(system, count=4):
  """The first examples."""
  rows = [system.example(i, np.random.default_rng(0)) for i in range(count)]
  return {k: np.stack([row[k] for row in rows]) for k in rows[0]}


def first_state(system, seed=0):
  """As training begins."""
  make = jax.jit(
    lambda key: runs.first_state(system, key),
    compiler_options={'xla_backend_optimization_level': 0},
  )
  return make(jax.random.key(seed))


def trained(system, steps, count=4):
  """Metrics of each of so many turns on one batch, and the last state."""
  (stage,) = system.stages()
  step = jax.jit(
    phases.make_step(stage.phases, system.optimizers(), system.averages())
  )
  state, batch, rows = first_state(system), batch_of(system, count), []
  for _ in range(steps):
    state, metrics = step(state, system.frozen(), batch, jax.random.key(0))
    rows.append(jax.device_get(metrics))
  return rows, state
