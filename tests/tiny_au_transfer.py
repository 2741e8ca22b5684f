"""The `:smoke` AU transfer, trained once for all tests that need a run."""

from small_videos import experiment
from tiny_clips import clips_of

from facegen_jax.systems.au_transfer.system import System


def au_config(variant='smoke', **changes):
  """`configs/au_transfer.py:variant`, with `a__b=value` for config.a.b."""
  return experiment('au_transfer', variant, **changes)


def tiny(**changes):
  """The system, on three people's clips of 5 frames of 16 px."""
  return System(au_config(**changes), clips_of(3))
