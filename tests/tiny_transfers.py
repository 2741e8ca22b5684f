"""Runs of the facial prior at their first step, to transfer clips by."""

import jax
from tiny_facial_prior import prior_config

from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.systems.load import load


def first_step(workdir, data_dir, seed=0, **values):
  """A checkpoint of `:smoke_fomm_awp` with drawn weights; its workdir.

  Of eight embedded people two are trained on.
  """
  values = {'data__held_out': 0.7, 'data__dir': str(data_dir)} | values
  return save_first(workdir, prior_config(**values), seed)


def save_first(workdir, config, seed=0):
  """A checkpoint of the networks that generate, as they are drawn."""
  system = load(config)
  averages = system.averages()
  make = jax.jit(
    lambda key: state_lib.create(system.init(key), None, averages),
    compiler_options={'xla_backend_optimization_level': 0},
  )
  saves = Checkpoints(workdir)
  saves.save(1, make(jax.random.key(seed)), {}, config)
  saves.close()
  return workdir
