"""FEV-GAN (Bouzid & Ballihi 2022): a neutral face and a label to a clip.

The paper's setting: 32 frames of 64 px, VGG-16 at 224 px, batch 8, the steps
of 400 epochs. For one accelerator; it has not been run to its end yet, so no
figures are promised. On embedded faces:

  python -m facegen_jax.main --config=configs/fevgan.py --workdir=runs/fevgan
  python -m facegen_jax.main --config=configs/fevgan.py --workdir=runs/fevgan \
    --mode=evaluate

Variants, as `configs/fevgan.py:NAME`:

  cpu     32 frames of 64 px and reduced widths, 21 minutes on 2 CPU cores.
          Expected on 120 clips of 20 held-out people: 18.5 dB over the pixels
          that move (the still neutral picture: 15.3), PSNR 23.7 dB, ACD-I
          0.29; the run's own recogniser names 79 % of the generated clips
          rightly and 99 % of the real ones
  smoke   8 frames of 16 px, a few steps on 2 CPU cores: the tests; no figures
  grid14  the decoder that keeps the grid of the features
  no_es, no_eid          the paper's ablation (Table 3): generator without E_s,
          without E_id
  cpu_no_es, cpu_no_eid  the same at the size of cpu
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
    system='fevgan',
    batch_size=8,
    model={
      'id_feature': 'pool4+relu5_3',  # or 'relu5_3': 1024 or 512 maps
      'encoder_size': 224,  # pictures before E_id and E_s; grid: a 16th
      'encoder_channels': (64, 128, 256, 512),  # of E_s
      'decoder': 'bottleneck',  # to 4 x 4, as VGAN; or 'grid14'
      'entry': 1024,  # channels of its first layer
      'channels': (512, 256, 128, 64),  # before each doubling
      'label_gain': 1.0,  # times the one-hot label in the generator
      'discriminator_channels': (64, 128, 256, 512),
      'use_id': True,  # E_id
      'use_s': True,  # E_s
      'remat': False,  # hold less, compute some of it twice
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    # E_id: imported, or trained as stage one, beside one that judges clips.
    features={
      'identity_weights': '',  # VGG-Face
      'width': 32,
      'fc_features': 512,
      'norm': 'batch',
      'frames': 4,  # of a clip and step
    },
    loss={
      'weights': {
        'adversarial': 1.0,
        'pixels': 10.0,  # lambda_1, which the paper does not give
        'identity': 1.0,  # lambda_2, likewise
        'moving': 0.0,  # L1 over the pixels that move alone, not the paper's
      },
      'id_target': 'input',  # equation 5; or 'video', algorithm 1
      'id_frames': 'quarters',  # or 'random'
      'id_relative': True,  # over the mean |feature|
    },
    optimizer=gan_adam(learning_rate=2e-5, features_learning_rate=1e-3),
    # In steps: 400 epochs of MUG's 763 training clips.
    stages={'features': 2000, 'video': 38000},
    log_every=50,
    save_every=500,
    sheet_every=500,
    sheet_rows=6,
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  for_cpu(config)
  config.model.update(
    encoder_size=96,
    encoder_channels=(16, 32, 64, 128),
    decoder='grid14',
    entry=384,
    channels=(192, 64, 32, 16),
    label_gain=16.0,
    discriminator_channels=(8, 16, 32, 64),
  )
  config.features.update(width=8, fc_features=128, frames=2)
  # Thousands of turns, not tens of thousands: the truth must count for more,
  # and the few pixels that move for more than the rest.
  config.loss.weights.update(pixels=100.0, moving=40.0, adversarial=0.2)
  config.loss.id_target = 'video'
  config.optimizer.update(learning_rate=5e-4, decay=0.6, ema=0.99)
  config.stages.update(features=900, video=1600)
  config.update(save_every=200, sheet_every=400)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  for_smoke(config)
  config.model.update(
    encoder_size=64,
    encoder_channels=(4, 4, 8, 8),
    entry=8,
    channels=(8, 4),
    discriminator_channels=(4, 8),
  )
  config.features.update(width=4, fc_features=8)
  config.optimizer.learning_rate = 1e-5  # so that rounding stays small
  config.stages.update(features=4, video=6)
  config.evaluate.update(batch_size=4, rows=2)
  config.update(log_every=2, save_every=3, sheet_every=10, sheet_rows=2)


def _grid14(config: ml_collections.ConfigDict) -> None:
  config.model.update(decoder='grid14', entry=512)


def _no_es(config: ml_collections.ConfigDict) -> None:
  config.model.use_s = False


def _no_eid(config: ml_collections.ConfigDict) -> None:
  config.model.use_id = False


def _cpu_no_es(config: ml_collections.ConfigDict) -> None:
  _cpu(config)
  _no_es(config)


def _cpu_no_eid(config: ml_collections.ConfigDict) -> None:
  _cpu(config)
  _no_eid(config)


_VARIANTS = {
  'paper': lambda config: None,
  'cpu': _cpu,
  'smoke': _smoke,
  'grid14': _grid14,
  'no_es': _no_es,
  'no_eid': _no_eid,
  'cpu_no_es': _cpu_no_es,
  'cpu_no_eid': _cpu_no_eid,
}
