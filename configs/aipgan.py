"""AIP-GAN (Ali & Hughes 2020): moves the expression of one face onto another.

The paper's setting: 96 px, batch 64, the steps of its 400 epochs of
Oulu-CASIA. For one accelerator or more; it has not been run to its end yet, so
no figures are promised. On embedded faces:

  python -m facegen_jax.main --config=configs/aipgan.py --workdir=runs/aipgan
  python -m facegen_jax.main --config=configs/aipgan.py --workdir=runs/aipgan \
    --mode=evaluate

Variants, as `configs/aipgan.py:NAME`:

  cpu     64 px and a quarter of the width for 2 CPU cores, 13 minutes: what
          `make demo` runs. Expected on 500 held-out pairs: changed-PSNR 18.8 dB
          (target unchanged 15.4), SSIM 0.87
  smoke   16 px, 20 steps, half a minute on 2 CPU cores: the tests; no figures
  no_attention_loss, no_ceb, no_attention_loss_no_ceb   the paper's ablation
          (the last one) and each part of it alone
"""

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import data_config


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return run_config(
    system='aipgan',
    batch_size=64,
    data=data_config(
      crop='aligned',  # of a licensed dataset
      size=96,
      same_person=0.5,  # share of pairs; their truth is the source
      frames_used='any',  # 'peak': first and last three, as the paper
      synth_face={
        'kind': 'macro',
        'identities': 200,
        'frames': 16,
        'takes': 2,  # sessions of a person
        'registered': True,  # faces aligned, as the paper's
        'seed': 0,
      },
    ),
    model={
      'channels': (64, 128, 128, 256, 256, 512, 512),
      'codes': (30, 50),  # e and h
      # Each 'batch', 'group', or 'instance' as printed.
      'norms': {
        'expression': 'batch',
        'identity': 'group',
        'decoder': 'group',
      },
      'fused': (1, 3, 5, 6),  # decoder blocks with CEB
      'fusion': 'ceb',  # or 'concat'
      'plain_skips': False,  # concatenated in the other blocks, as in U-Net
      'ceb': 'pairwise',  # or 'trilinear', 'two_input'
      'fused_dim': 1024,
      'attention_norm': 'minmax',  # or 'sigmoid', 'softmax'
      'attention_warm_start': False,
      'head_hidden': 512,
      'head_size': 0,  # of Z and H; 0 = full size
      'discriminator_scales': 2,
      'discriminator_features': 64,
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    # The networks behind L_if and L_ef: imported, or trained as stage one.
    features={
      'identity_weights': '',  # VGG-Face
      'expression_weights': '',  # VGG-Face tuned for expression
      'width': 32,
      'fc_features': 512,
      'input_size': 96,
      'norm': 'batch',
    },
    loss={
      'weights': {
        'pixels': 20.0,
        'identity_features': 10.0,
        'expression_features': 10.0,
        'landmarks': 5.0,
        'identity_map': 5.0,
        'attention': 3.0,
        'adversarial': 3.0,
      },
      'pixel_target': 'self_only',  # or 'paired', 'paper'
      'identity_map': 'subject_mean',  # or 'per_image'
      'identity_taps': _TAPS,
      'expression_taps': _TAPS,
      'exprgan_scaling': False,
    },
    optimizer={
      'learning_rate': 2e-4,
      'b1': 0.5,
      'b2': 0.999,
      'features_learning_rate': 1e-3,
      'ema': 0.999,  # 0 = none
    },
    # In steps: 100, 100 and 200 epochs of Oulu-CASIA's 1,728 pictures.
    stages={
      'features': 2000,
      'encoders': 2700,
      'decoder': 2700,
      'full': 5400,
    },
    evaluate={
      'pairs': 500,
      'targets_per_source': 10,
      'batch_size': 50,
      'false_accept_rate': 0.01,
      'rows': 8,
      'seed': 0,
    },
    log_every=50,
    save_every=500,
    sheet_every=500,
    sheet_rows=8,
  )


_TAPS = ('conv1_2', 'conv2_2', 'conv3_2', 'conv4_2', 'conv5_2')


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 16
  config.data.update(size=64, threads=1, held_out=0.2)
  config.data.synth_face.update(identities=100, frames=8)
  config.model.update(
    channels=(16, 32, 32, 64, 64, 128),
    fused=(1, 3, 4, 5),
    plain_skips=True,
    fused_dim=128,
    head_hidden=64,
    head_size=32,
    discriminator_features=16,
  )
  config.features.update(width=8, fc_features=128, input_size=48)
  # A thousand turns, not thirty thousand: the truth must count for more.
  config.loss.update(
    pixel_target='paired',
    expression_taps=('conv4_2', 'conv5_2'),
  )
  config.loss.weights.update(
    pixels=100.0,
    landmarks=50.0,
    attention=0.3,
    identity_features=4.0,
    expression_features=1.0,
    adversarial=0.2,
  )
  config.optimizer.update(learning_rate=2e-3, ema=0.99)
  config.stages.update(features=300, encoders=600, decoder=300, full=1500)
  config.update(save_every=200, sheet_every=400)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  config.data.update(size=16, threads=1, held_out=0.25)
  config.data.synth_face.update(identities=8, frames=6, takes=1)
  config.model.update(
    channels=(4, 4, 8, 8),
    codes=(4, 6),
    fused=(1, 2, 3),
    fused_dim=16,
    head_hidden=8,
    discriminator_features=4,
  )
  config.features.update(width=4, fc_features=8, input_size=32)
  config.optimizer.learning_rate = 1e-5  # so that rounding stays small
  config.stages.update(features=4, encoders=4, decoder=4, full=8)
  config.evaluate.update(pairs=24, batch_size=8, rows=2)
  config.update(log_every=2, save_every=3, sheet_every=10, sheet_rows=2)


def _no_attention_loss(config: ml_collections.ConfigDict) -> None:
  config.loss.weights.attention = 0.0


def _no_ceb(config: ml_collections.ConfigDict) -> None:
  config.model.fusion = 'concat'


def _no_attention_loss_no_ceb(config: ml_collections.ConfigDict) -> None:
  _no_attention_loss(config)
  _no_ceb(config)


_VARIANTS = {
  'paper': lambda config: None,
  'cpu': _cpu,
  'smoke': _smoke,
  'no_attention_loss': _no_attention_loss,
  'no_ceb': _no_ceb,
  'no_attention_loss_no_ceb': _no_attention_loss_no_ceb,
}
