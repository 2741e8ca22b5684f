"""The `:smoke` SSLG, and its recursion without a trainer."""

from small_videos import experiment
from tiny_clips import clips_of

from facegen_jax.systems.sslg.system import System


def sslg_config(variant='smoke', **changes):
  """`configs/sslg.py:variant`, with `a__b=value` for config.a.b."""
  return experiment('sslg', variant, **changes)


def tiny(**changes):
  """The system, on three people's clips of 9 frames of 16 px."""
  return System(sslg_config(**changes), clips_of(3, frames=9))
