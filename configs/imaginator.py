"""ImaGINator (Wang et al. 2020): a picture, a label and noise to a clip.

The published code's setting: clips of 32 frames of 64 px, batch 64. For one
accelerator or more; it has not been run to its end yet, so no figures are
promised. On embedded faces:

  python -m facegen_jax.main --config=configs/imaginator.py \
    --workdir=runs/imaginator
  python -m facegen_jax.main --config=configs/imaginator.py \
    --workdir=runs/imaginator --mode=evaluate

Variants, as `configs/imaginator.py:NAME`:

  cpu     reduced widths and batches of 8 for 2 CPU cores; not run to its
          end
  smoke   16 px, 8 frames, 20 steps: the tests; no figures
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
    system='imaginator',
    batch_size=64,
    model={
      'noise': 512,
      'appearance': 100,  # size of the picture's code
      # A level doubles pictures and frames; the decoder's in reverse.
      'channels': (64, 128, 256, 512),
      # Between time and space: a level each, and the frames.
      'middle': (4096, 3072, 1536, 768, 36),
      'discriminator_channels': (64, 128, 256, 512),
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    loss={
      'weights': {'video': 1.0, 'image': 1.0, 'reconstruction': 100.0},
    },
    optimizer=gan_adam(),
    stages={'adversarial': 10000},
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_cpu(config)
  config.model.update(
    noise=32,
    appearance=64,
    channels=(16, 32, 64, 128),
    middle=(256, 128, 64, 32, 16),
    discriminator_channels=(8, 16, 32, 64),
  )
  # Thousands of turns, not tens of thousands.
  config.optimizer.update(learning_rate=5e-4, ema=0.99)
  config.stages.adversarial = 2500
  config.update(save_every=250, sheet_every=500)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_smoke(config)
  config.model.update(
    noise=8,
    appearance=8,
    channels=(4, 8),
    middle=(8, 6, 4),
    discriminator_channels=(4, 8),
  )
  config.stages.adversarial = 20
  config.update(log_every=5, save_every=8, sheet_every=10, sheet_rows=2)


_VARIANTS = {'paper': lambda config: None, 'cpu': _cpu, 'smoke': _smoke}
