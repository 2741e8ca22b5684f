"""FOMM and MRAA, and the facial prior that makes them move micro-expressions.

Siarohin et al., "First order motion model for image animation" (2019) and
"Motion representations for articulated animation" (2021); "Facial prior guided
micro-expression generation" (2024), which places their key points by 68
landmarks (EWP: one map of all; AWP: one whose weights are learned).

The published setting: 256 px, batch 9, the steps of 100 epochs of 430 clips
repeated 50 times (the paper's text says 5000 iterations). For one accelerator;
it has not been run to its end yet, so no figures are promised. On embedded
faces:

  python -m facegen_jax.main --config=configs/facial_prior.py \
    --workdir=runs/prior
  python -m facegen_jax.animate --workdir=runs/prior --source=face.jpg \
    --driving=clip.mp4 --out=out.mp4

Variants, as `configs/facial_prior.py:NAME` (`paper` if none is named):

  fomm_awp            FOMM with AWP
  fomm_ewp            FOMM with EWP
  fomm                FOMM: ten key points that nobody marked
  mraa                MRAA: ten regions; a last stage trains AVD
  mraa_awp            MRAA with AWP as the paper describes it: learned regions
  mraa_awp_faithful   as its code has it: regions that nothing learns
  cpu_NAME            64 px and reduced widths, six minutes on 2 CPU cores; mraa
                      moves relatively there, without AVD. Expected: 2.3 to 3.8
                      dB of changed-PSNR above the portrait unchanged, see the
                      system's README
  smoke_NAME          32 px, a few steps on 2 CPU cores: the tests; no figures
  paper, cpu, smoke   fomm_awp of these sizes
"""

from collections.abc import Callable

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import data_config

Change = Callable[[ml_collections.ConfigDict], None]


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_published(), _VARIANTS, variant)


def _published() -> ml_collections.ConfigDict:
  return run_config(
    system='facial_prior',
    batch_size=9,
    data=data_config(
      crop='micro',  # of a licensed dataset
      size=256,
      synth_face={
        'kind': 'micro',
        'identities': 200,
        'frames': 32,
        'fps': 50.0,
        'takes': 1,
        'registered': True,  # faces stand where a crop puts them
        'seed': 0,
      },
    ),
    model={
      'motion': 'fomm',  # or 'mraa'
      'prior': 'awp',  # or 'ewp', 'none'
      'prior_variant': 'paper',  # of mraa with awp; or 'faithful'
      'prior_rule': 'code',  # of the key points; or 'paper'
      'prior_reading': 'code',  # of their maps; or 'paper'
      'prior_sigma': 0.0,  # of the maps; 0 = the reading's own
      'points': 10,  # key points or regions without a prior, which has 18
      'features': 32,  # of the network that finds them, and the background's
      'motion_features': 64,
      'blocks': 5,  # halvings of every hourglass
      'max_features': 1024,
      'factor': 4,  # by which pictures are shrunk before an hourglass
      'temperature': 0.1,
      'padding': 0,  # of the heads
      'pca': True,  # mraa: axes of the regions by their covariance
      'generator_features': 64,
      'generator_max_features': 512,
      'down_blocks': 2,
      'res_blocks': 6,
      'discriminator_features': 32,
      'discriminator_blocks': 4,
      'discriminator_max_features': 512,
      'spectral': False,
      'critic_sees_points': False,
      'background': 'affine',  # of mraa; or 'perspective', 'shift', 'zero'
      'avd_codes': 64,
      'avd_hidden': (256, 512, 1024),
      # How the published weights read pictures: True for fomm.
      'align_corners': True,
      'transfer': 'relative',  # or 'absolute'; mraa without a prior: 'avd'
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    # The perceptual network: VGG-19 of ImageNet from a file, or two of
    # VGG-16's topology, trained as stage one; these also score a run.
    features={
      'perceptual_weights': '',
      'width': 32,
      'fc_features': 512,
      'input_size': 96,  # to train them
      'norm': 'batch',
    },
    loss={
      'weights': {
        'perceptual': 10.0,  # each of five taps
        'equivariance_place': 10.0,
        'equivariance_bend': 10.0,  # of jacobians or affines
        'gan': 1.0,  # fomm; 0 turns feature matching off too
        'feature_matching': 10.0,  # each of four blocks
        # L1, not the papers', and over the pixels that move alone.
        'pixels': 0.0,
        'moving': 0.0,
      },
      'pyramid': (1, 2, 4, 8),  # factors by which pictures are shrunk
      'critic_pyramid': (1,),
      'sigma_affine': 0.05,
      'sigma_plate': 0.005,
      'avd_draws': 28,  # stretched copies of a pair: with batch 9 some 256
    },
    optimizer={
      'learning_rate': 2e-4,
      'b1': 0.5,
      'b2': 0.999,
      'decay_after': (0.6, 0.9),  # shares of the steps, each a tenth
      'avd_learning_rate': 1e-3,
      'avd_decay_after': (2 / 3, 5 / 6),
      'features_learning_rate': 1e-3,
      'ema': 0.0,  # decay of averaged weights, 0 = none
    },
    # Steps: 100 epochs of 430 clips x 50; AVD of mraa 30 epochs x 2000 / 256.
    stages={'features': 2000, 'motion': 239000, 'avd': 0},
    evaluate={
      'pairs': 500,
      'targets_per_source': 10,
      'neutral_targets': True,  # portraits at rest: motion is added to them
      'batch_size': 20,
      'false_accept_rate': 0.01,
      'rows': 8,
      'seed': 0,
    },
    log_every=50,
    save_every=1000,
    sheet_every=1000,
    sheet_rows=6,
  )


def _fomm(config: ml_collections.ConfigDict) -> None:
  config.model.prior = 'none'


def _fomm_ewp(config: ml_collections.ConfigDict) -> None:
  config.model.prior = 'ewp'


def _mraa_awp(config: ml_collections.ConfigDict) -> None:
  config.model.update(motion='mraa', padding=3, align_corners=False)
  config.loss.weights.update(gan=0.0, feature_matching=0.0)
  config.stages.motion = 358000  # clips x 75


def _mraa_awp_faithful(config: ml_collections.ConfigDict) -> None:
  _mraa_awp(config)
  # As published, the driver's geometry is imposed on the portrait.
  config.model.update(prior_variant='faithful', transfer='absolute')


def _mraa(config: ml_collections.ConfigDict) -> None:
  _mraa_awp(config)
  config.model.update(prior='none', transfer='avd')
  config.stages.avd = 100000


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 8
  config.data.update(size=64, threads=1, held_out=0.2)
  config.data.synth_face.update(identities=60, frames=16, fps=25.0)
  config.model.update(
    features=8,
    motion_features=16,
    blocks=4,
    max_features=64,
    factor=2,
    generator_features=16,
    generator_max_features=64,
    down_blocks=1,
    res_blocks=3,
    discriminator_features=8,
    discriminator_max_features=64,
    avd_hidden=(64, 128, 256),
  )
  config.features.update(width=8, fc_features=128, input_size=48)
  config.loss.pyramid = (1, 2, 4)
  # Places end at pixels' centres; False, which is MRAA's, takes a pixel off a
  # picture's sides, which at this size is seen.
  config.model.align_corners = True
  # A few hundred steps: pixels tell the painter more than small VGGs do.
  config.loss.weights.update(perceptual=3.0, pixels=100.0, moving=10.0)
  config.optimizer.update(learning_rate=1.5e-3, ema=0.98)
  _stages(config, features=200, motion=400, avd=0)
  if config.model.transfer == 'avd':  # that network takes hours to be of use
    config.model.transfer = 'relative'
  config.evaluate.pairs = 200
  config.update(save_every=200, sheet_every=200)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  config.data.update(size=32, threads=1, held_out=0.25)
  config.data.synth_face.update(identities=8, frames=8, fps=12.5)
  config.model.update(
    points=3,
    features=2,
    motion_features=2,
    blocks=2,
    max_features=4,
    factor=2,
    generator_features=2,
    generator_max_features=4,
    down_blocks=1,
    res_blocks=1,
    discriminator_features=2,
    discriminator_blocks=3,
    discriminator_max_features=4,
    avd_codes=4,
    avd_hidden=(8, 8),
  )
  config.features.update(width=2, fc_features=8, input_size=32)
  config.loss.update(pyramid=(1,), avd_draws=2)
  _stages(config, features=3, motion=4, avd=2)
  config.evaluate.update(pairs=12, batch_size=6, rows=2)
  config.update(log_every=2, save_every=4, sheet_every=10, sheet_rows=2)


def _stages(config: ml_collections.ConfigDict, **steps: int) -> None:
  config.stages.update(steps | {'avd': steps['avd'] * bool(config.stages.avd)})


def _both(one: Change, other: Change) -> Change:
  def change(config: ml_collections.ConfigDict) -> None:
    one(config)
    other(config)

  return change


_FAMILY = {
  'fomm_awp': lambda config: None,
  'fomm_ewp': _fomm_ewp,
  'fomm': _fomm,
  'mraa': _mraa,
  'mraa_awp': _mraa_awp,
  'mraa_awp_faithful': _mraa_awp_faithful,
}
_SIZES = {'': lambda config: None, 'cpu_': _cpu, 'smoke_': _smoke}
_VARIANTS = {
  size + name: _both(member, smaller)
  for size, smaller in _SIZES.items()
  for name, member in _FAMILY.items()
}
_VARIANTS |= {
  'paper': _VARIANTS['fomm_awp'],
  'cpu': _VARIANTS['cpu_fomm_awp'],
  'smoke': _VARIANTS['smoke_fomm_awp'],
}
