"""What the configs of systems that make clips of an expression share."""

from typing import Any

import ml_collections

from facegen_jax.core.run_config import run_config
from facegen_jax.data.config import data_config


def video_config(**more: Any) -> ml_collections.ConfigDict:
  """An experiment on clips of 32 frames of 64 px, from neutral to apex.

  Args:
    **more: other values, and the sections `model`, `loss`, `optimizer` and
      `stages`.
  """
  data = data_config(
    crop='black',  # of a licensed dataset
    size=64,
    clip_frames=32,
    until='apex',  # where a clip is cut; 'half' for MUG, or 'end'
    held_out=0.2,
    synth_face={
      'kind': 'macro',
      'identities': 200,
      'frames': 32,
      'takes': 1,
      'registered': True,  # faces aligned
      'seed': 0,
    },
  )
  evaluate = {
    'protocol': 'reconstruction',
    'batch_size': 8,
    'judge': '',  # a run of fevgan whose networks tell people and expressions
    'rows': 6,
    'seed': 0,
  }
  return run_config(data=data, evaluate=evaluate, **more)


def gan_adam(**more: Any) -> dict[str, Any]:
  """The section `optimizer`: DCGAN's Adam."""
  return {
    'learning_rate': 2e-4,
    'b1': 0.5,
    'b2': 0.999,
    'decay': 0.0,  # share of the steps in which the rate falls to 0
    'ema': 0.0,  # decay of averaged weights, 0 = none
    **more,
  }


def for_cpu(config: ml_collections.ConfigDict) -> None:
  """Fewer people, half of the frames rendered; for two cores."""
  config.data.threads = 1
  config.data.synth_face.update(identities=100, frames=16)


def for_smoke(config: ml_collections.ConfigDict) -> None:
  """8 frames of 16 px of eight people: the tests."""
  config.data.update(size=16, clip_frames=8, threads=1, held_out=0.25)
  config.data.synth_face.update(identities=8, frames=6)
