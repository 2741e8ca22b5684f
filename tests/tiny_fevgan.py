"""The `:smoke` FEV-GAN on tiny clips."""

import jax
import numpy as np
from smoke import experiment
from tiny_clips import clips_of

from facegen_jax import runs
from facegen_jax.systems.fevgan.system import System


def fevgan_config(variant='smoke', **values):
  """`configs/fevgan.py:variant`, with `a__b=value` for config.a.b."""
  return experiment('fevgan', variant, **values).lock()


def tiny(subjects=3, **values):
  """System, its first state, and a batch of all its clips."""
  system = System(fevgan_config(**values), clips_of(subjects))
  make = jax.jit(
    lambda key: runs.first_state(system, key),
    compiler_options={'xla_backend_optimization_level': 0},
  )
  state = make(jax.random.key(0))
  rows = [system.example(i, None) for i in range(system.examples())]
  return system, state, {k: np.stack([r[k] for r in rows]) for k in rows[0]}
