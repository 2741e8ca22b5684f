"""AU transfer: faces in StyleGAN's codes, moved along action units.

"Facial Expression Animation through Action Units Transfer in Latent Space". A
generator is trained as Karras et al. (CVPR 2019) train theirs (R1 with
gamma 10, from 8 px on, each resolution faded in); networks that tell people
and action units apart; and v, the encoder's first guess. Any
`config.data.size` of 32 to 1024; the default is 256 px, the largest that one
accelerator trains in days. For the paper's generator name a folder of aligned
faces (CelebA-HQ, FFHQ) and the ImageNet network:

  python -m facegen_jax.main --config=configs/au_transfer.py \
    --workdir=runs/faces --config.data.name=folder \
    --config.data.manual_dir=$HOME/celeba_hq --config.features.vgg16=vgg16.pth

The published schedule, 600 thousand pictures a stage and 25 million in all,
has not been run to its end here, so no figures are promised.

Variants, as `configs/au_transfer.py:NAME`:

  paper   the published sizes (the default)
  cpu     embedded faces of 32 px, 41 minutes on 2 CPU cores; MediaPipe finds
          a face in every sample, 10 of 12 pushed units rise most of all; the
          system's README has the figures, the weak ones too
  smoke   16 px, a few steps on 2 CPU cores: the tests; no figures
"""

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import data_config


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return run_config(
    system='au_transfer',
    batch_size=64,  # of the networks of features; the others: stages.batch
    data=data_config(
      crop='ffhq',  # of a licensed dataset
      size=256,
      flip=True,  # mirrors half of the pictures
      synth_face={
        'kind': 'units',  # each by itself; in expressions some never are
        'identities': 240,
        'frames': 6,
        'fps': 4.0,
        'takes': 1,
        'registered': True,
        'seed': 0,
      },
    ),
    model={
      'z': 512,
      'w': 512,
      'base': 16384,  # channels at R px are min(base / R, most)
      'most': 512,
      'mapping_layers': 8,
      'psi': 0.7,  # truncation of samples, in rows below `cutoff`
      'cutoff': 8,
      'mixing': 0.9,  # probability that a batch mixes codes
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    # VGG-16 of ImageNet from a file, or one of its topology, trained as stage
    # one; another of these, the judge, measures a run.
    features={
      'vgg16': '',
      'blocks': 5,  # each of which halves the picture
      'width': 32,
      'fc_features': 512,
      'input_size': 160,
      'norm': 'batch',
      'code': 128,  # numbers that tell a person
    },
    loss={
      'r1_gamma': 10.0,
      'r1_every': 1,  # at each n-th step, n times as strong
      # Weight of the units' squared error beside the people's cross-entropy,
      # which drowns what is learned of units unless this is large.
      'units': 1000.0,
    },
    optimizer={
      # Up to 64 px; 1.5, 2, 3, 3 times as much at 128, 256, 512, 1024.
      'learning_rate': 1e-3,
      'b1': 0.0,
      'b2': 0.99,
      'ema_kimg': 10.0,  # half-life of the generator's averaged weights
      'features_learning_rate': 1e-3,
      'regressor_learning_rate': 1e-4,
    },
    stages={
      'features': 5000,  # steps
      'start': 8,  # px
      'stable_kimg': 600.0,  # thousands of pictures at each resolution
      'fade_kimg': 600.0,
      'total_kimg': 25000.0,
      'batch': {
        'px8': 128,
        'px16': 128,
        'px32': 64,
        'px64': 32,
        'px128': 16,
        'px256': 8,
        'px512': 4,
        'px1024': 4,
        'regressor': 16,
      },
      'regressor': 3000,  # steps
    },
    encode={
      'iterations': 512,
      'rate': 0.02,
      'optimizer': 'adam',  # or 'sgd'
      'decay': 'none',  # of the rate, or 'cosine' down to 0
      'threshold': 0.1,  # share of the loss that the mean code has
      'stop': True,  # a picture under the threshold keeps its code
      'start': 'v',  # or 'mean', 'random'
      # Not the paper's: weights of pixels, of VGG's maps, and of the distance
      # to the mean code.
      'pixels': 0.0,
      'conv': 0.0,
      'pull': 0.0,
    },
    units={
      'space': 'w',  # or 'wplus', the paper's
      'normal': 'svm',  # or 'paired', 'regressed', 'walked'
      'c': 1.0,  # 0 = by accuracy on people left out
      'most': 20,  # frames of a person that show an action unit
      'least': 0.8,  # intensity from which they do: DISFA's 4 of 5
      'fewest': 3,  # people that must show a unit
      'people': 0,  # at most, 0 = all
      'iterations': 0,  # of their encoding, 0 = those of `encode`
      # Of 'walked', an extension: directions that are learned through the
      # generator, from people's neutral codes.
      'walk': {'steps': 2500, 'batch': 32, 'rate': 0.02, 'feature': 0.0},
      'layers': 0,  # rows that are moved, 0 = all
      'mode': 'add',  # or 'set', 'shift': how facegen_jax.animate edits
      'hold': False,  # whether other units keep their distance
    },
    evaluate={
      'protocol': 'units',
      'batch_size': 32,
      'samples': 1000,
      'detected': 200,  # samples in which MediaPipe looks for a face
      'people': 20,  # held out, who are encoded: at rest and at an apex
      'curves': 16,  # of their pictures, encoded from every start
      'pushed': 64,  # samples whose action units are pushed, too
      'push': 1.0,  # intensity of the units that the response is measured of
      'strength': 0.9,  # of an action unit by itself, edited and true
      'frames': 12,  # of the clip, from neutral to an apex
      'rows': 6,
      'seed': 0,
    },
    log_every=50,
    save_every=1000,
    sheet_every=2000,
    sheet_rows=8,
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 32
  config.data.update(size=32, threads=1, held_out=0.2)
  config.model.update(z=64, w=64, base=512, most=64, mapping_layers=4)
  # Five halvings of 32 px would leave nothing of where a brow is.
  config.features.update(width=20, blocks=3, fc_features=128, input_size=32)
  # 10 is slow here, and with 0.3 the discriminator wins.
  config.loss.update(r1_gamma=1.0, r1_every=4, units=2000.0)
  # Thousands of steps, not hundreds of thousands: small batches, large rates,
  # and an average that has forgotten how it began.
  config.optimizer.update(
    learning_rate=4e-3,
    ema_kimg=3.0,
    features_learning_rate=2e-3,
    regressor_learning_rate=1e-3,
  )
  config.stages.update(
    features=1800,
    stable_kimg=12.0,
    fade_kimg=8.0,
    total_kimg=175.0,
    regressor=1000,
  )
  config.stages.batch.update(px8=16, px16=16, px32=16, regressor=32)
  # Of 32 px one may ask more than the logits of a small network.
  config.encode.update(iterations=160, pixels=10.0, stop=False)
  config.units.update(
    space='wplus',
    normal='walked',
    mode='shift',
    hold=True,
    most=2,
  )
  config.units.walk.feature = 2e-3
  config.evaluate.push = 2.0  # what 32 px show of a unit is faint
  config.update(log_every=50, save_every=1000, sheet_every=1000)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  config.data.update(size=16, threads=1, held_out=0.25)
  # The people of configs/aipgan.py:smoke, rendered once for both.
  config.data.synth_face.update(kind='macro', identities=8, frames=6, fps=8.0)
  config.model.update(z=4, w=4, base=32, most=4, mapping_layers=2)
  config.features.update(
    blocks=2, width=2, fc_features=8, input_size=16, code=4
  )
  config.loss.update(r1_gamma=1.0, r1_every=2)
  config.stages.update(
    features=3,
    stable_kimg=0.012,
    fade_kimg=0.016,
    total_kimg=0.04,
    regressor=3,
  )
  config.stages.batch.update(px8=4, px16=4, regressor=4)
  config.encode.iterations = 4
  config.units.update(least=0.4, most=1, fewest=1)
  config.evaluate.update(
    batch_size=4,
    samples=8,
    detected=2,
    people=2,
    curves=2,
    pushed=2,
    frames=3,
    rows=2,
  )
  config.update(log_every=2, save_every=4, sheet_every=10, sheet_rows=2)


_VARIANTS = {'paper': lambda config: None, 'cpu': _cpu, 'smoke': _smoke}
