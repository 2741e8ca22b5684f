"""VGAN (Vondrick et al. 2016) and C-VGAN, FEV-GAN's variant with a label.

The paper's setting: clips of 32 frames of 64 px from 100 numbers of noise,
batch 64. For one accelerator or more; it has not been run to its end yet, so
no figures are promised. On embedded faces:

  python -m facegen_jax.main --config=configs/vgan.py:cvgan --workdir=runs/cvgan
  python -m facegen_jax.main --config=configs/vgan.py:cvgan \
    --workdir=runs/cvgan --mode=evaluate

Variants, as `configs/vgan.py:NAME`:

  paper               from noise: neither picture nor label has a say
  conditional         from a picture, which the first frame must be like
  cvgan               from a picture and a label
  cvgan_cpu           reduced widths, 12 minutes on 2 CPU cores. Expected on 120
                      clips of 20 held-out people: 17.4 dB over the pixels that
                      move (the still neutral picture: 15.3), PSNR 24.0 dB,
                      ACD-I 0.40, 46 % of the expressions recognised
  cpu, conditional_cpu                     the same without label, without
                      picture; not run to their end
  smoke, conditional_smoke, cvgan_smoke    16 px, 8 frames, 20 steps: the
                      tests; no figures
"""

from collections.abc import Callable

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
    system='vgan',
    batch_size=64,
    model={
      'given': 'noise',  # or 'picture', 'picture_and_label'
      'noise': 100,
      # A level doubles pictures and frames; the encoder's in reverse.
      'channels': (512, 256, 128, 64),
      'discriminator_channels': (64, 128, 256, 512),
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    loss={
      'weights': {
        'adversarial': 1.0,
        'mask': 0.1,
        'first_frame': 10.0,  # none with noise
      },
    },
    optimizer=gan_adam(),
    stages={'adversarial': 10000},
  )


def _conditional(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 32
  config.model.update(
    given='picture',
    channels=(1024, 512, 256, 128),
    discriminator_channels=(128, 256, 512, 1024),
  )


def _cvgan(config: ml_collections.ConfigDict) -> None:
  _conditional(config)
  config.model.given = 'picture_and_label'


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_cpu(config)
  config.model.update(
    channels=(128, 64, 32, 16),
    discriminator_channels=(8, 16, 32, 64),
  )
  # Thousands of turns, not tens of thousands.
  config.optimizer.update(learning_rate=5e-4, decay=0.6, ema=0.99)
  config.stages.adversarial = 1600  # as configs/fevgan.py:cpu
  config.update(save_every=250, sheet_every=500)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_smoke(config)
  config.model.update(noise=8, channels=(8, 4), discriminator_channels=(4, 8))
  config.stages.adversarial = 20
  config.update(log_every=5, save_every=8, sheet_every=10, sheet_rows=2)


def _both(*changes: Callable) -> Callable:
  def change(config: ml_collections.ConfigDict) -> None:
    for each in changes:
      each(config)

  return change


_VARIANTS = {
  'paper': lambda config: None,
  'cpu': _cpu,
  'smoke': _smoke,
  'conditional': _conditional,
  'conditional_cpu': _both(_conditional, _cpu),
  'conditional_smoke': _both(_conditional, _smoke),
  'cvgan': _cvgan,
  'cvgan_cpu': _both(_cvgan, _cpu),
  'cvgan_smoke': _both(_cvgan, _smoke),
}
