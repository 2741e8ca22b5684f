"""MoCoGAN (Tulyakov et al. 2018) with categories: expressions of people drawn.

The neutral picture is not used: who is seen is drawn at random. The paper's
setting: 64 px, windows of 16 frames, batch 32, Adam of 2e-4; clips of 32
frames are generated. For one accelerator or more; it has not been run to its
end yet, so no figures are promised. On embedded faces:

  python -m facegen_jax.main --config=configs/mocogan.py --workdir=runs/m
  python -m facegen_jax.main --config=configs/mocogan.py --workdir=runs/m \
    --mode=evaluate

On MUG, whose clips rise and fall: --config.data.name=mug
--config.data.manual_dir=$HOME/MUG --config.data.until=half

Variants, as `configs/mocogan.py:NAME`:

  cpu     a quarter of the width, 1,500 steps of 8 clips: half an hour on 2 CPU
          cores; no figures yet
  smoke   16 px, 8 frames, a few steps: the tests; no figures
"""

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import video_data


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return run_config(
    system='mocogan',
    batch_size=32,
    data=video_data(),
    model={
      'content': 50,  # size of the code
      'motion': 10,
      'channels': (64, 128, 256, 512),  # a level more doubles the size
      'window': 16,  # frames in a row that are trained on
      'noise': 0.1,  # deviation, before each layer of the discriminators
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    loss={'category': 1.0},  # weight beside the two adversarial terms
    optimizer={
      'learning_rate': 2e-4,
      'b1': 0.5,
      'b2': 0.999,
      'decay': 0.0,  # share of the steps in which the rate falls to 0
      'weight_decay': 1e-5,
      'ema': 0.0,  # none
    },
    stages={'steps': 100_000},
    evaluate={
      'protocol': 'reconstruction',
      'batch_size': 8,
      'judge': '',
      'rows': 6,
      'seed': 0,
    },
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  config.data.threads = 1
  config.data.synth_face.update(identities=100, frames=16)
  config.model.channels = (16, 32, 64, 128)
  config.stages.steps = 1500
  config.optimizer.learning_rate = 5e-4  # few steps
  config.update(save_every=500, sheet_every=1000, sheet_rows=3)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  config.data.update(size=16, clip_frames=8, threads=1, held_out=0.25)
  # The people of configs/aipgan.py:smoke, rendered once for both.
  config.data.synth_face.update(identities=8, frames=6)
  config.model.update(content=6, motion=3, channels=(4, 8), window=8)
  config.stages.steps = 4
  config.evaluate.update(batch_size=4, rows=2)
  config.update(log_every=2, save_every=2, sheet_every=10, sheet_rows=2)


_VARIANTS = {'paper': lambda config: None, 'cpu': _cpu, 'smoke': _smoke}
