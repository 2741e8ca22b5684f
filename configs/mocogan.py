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

  cpu     a quarter of the width, 1,500 steps of 8 clips, for 2 CPU cores; not
          run to its end
  smoke   16 px, 8 frames, a few steps: the tests; no figures
"""

import ml_collections

from facegen_jax.core.run_config import chosen
from facegen_jax.video_config import (
  for_cpu,
  for_smoke,
  gan_adam,
  video_config,
)


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return video_config(
    system='mocogan',
    batch_size=32,
    model={
      'content': 50,  # size of the code
      'motion': 10,
      'channels': (64, 128, 256, 512),  # a level more doubles the size
      'window': 16,  # frames in a row that are trained on
      'noise': 0.1,  # deviation, before each layer of the discriminators
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    loss={'category': 1.0},  # weight beside the two adversarial terms
    optimizer=gan_adam(weight_decay=1e-5),
    stages={'steps': 100_000},
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_cpu(config)
  config.model.channels = (16, 32, 64, 128)
  config.stages.steps = 1500
  config.optimizer.learning_rate = 5e-4  # few steps
  config.update(save_every=500, sheet_every=1000, sheet_rows=3)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  for_smoke(config)
  config.model.update(content=6, motion=3, channels=(4, 8), window=8)
  config.stages.steps = 4
  config.evaluate.update(batch_size=4, rows=2)
  config.update(log_every=2, save_every=2, sheet_every=10, sheet_rows=2)


_VARIANTS = {'paper': lambda config: None, 'cpu': _cpu, 'smoke': _smoke}
