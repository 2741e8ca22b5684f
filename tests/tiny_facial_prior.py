"""The `:smoke_*` experiments of the facial prior on tiny clips."""

import jax
import numpy as np
from smoke import experiment
from tiny_clips import clips_of

from facegen_jax import runs
from facegen_jax.systems.facial_prior.system import System

NAMES = (
  'fomm',
  'fomm_ewp',
  'fomm_awp',
  'mraa',
  'mraa_awp',
  'mraa_awp_faithful',
)


def prior_config(variant='smoke_fomm_awp', **values):
  """`configs/facial_prior.py:variant`, with `a__b=value` for config.a.b."""
  return experiment('facial_prior', variant, **values).lock()


def system_of(variant, **values):
  """The system on three tiny people."""
  config = prior_config(variant, **values)
  return System(config, clips_of(3, size=config.data.size))


def batch_of(system, rows=4):
  """The first examples."""
  rng = np.random.default_rng(0)
  rows = [system.example(i, rng) for i in range(rows)]
  return {k: np.stack([row[k] for row in rows]) for k in rows[0]}


def shapes_of(system):
  """The first state, abstractly."""
  return jax.eval_shape(
    lambda key: runs.first_state(system, key), jax.random.key(0)
  )
