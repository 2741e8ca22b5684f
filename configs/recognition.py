"""Micro-expression recognition in three classes, alone or with generated clips.

The micro-expression paper's section IV-I: R(2+1)D-18 on 8 frames of 112 px,
batch 32, 150 passes. For one accelerator or more. On CASME II:

  python -m facegen_jax.main --config=configs/recognition.py \
    --workdir=runs/casme2 --config.data.name=casme2 \
    --config.data.manual_dir=$HOME/CASME2
  python -m facegen_jax.main ... --mode=evaluate

Leave-one-subject-out, and the paper's Table VII:

  python -m facegen_jax.recognise --config=configs/recognition.py \
    --workdir=runs/loso --protocol=loso ...
  python -m facegen_jax.recognise --config=configs/recognition.py \
    --workdir=runs/augmented --protocol=augmented --generated='gen/{seed}' ...

Variants, as `configs/recognition.py:NAME`:

  mc3, r3d      the paper's other two networks
  synth_micro   embedded micro-expressions, 40 px, an eighth of the width, the
          clip's mean frame removed: 9 minutes on 2 CPU cores with
          rendering. Expected on 960 clips of 160
          held-out people: macro-F1 0.93, UAR 0.92; with
          --config.data.shuffle_labels=True 0.32 and 0.33, which is chance
  synth_scarce  32 people to train on and 128 to test, 32 px, a hundred steps:
          what generated clips are worth where real ones are few. With 300
          rendered transfers among those people, 3 seeds, macro-F1: real
          0.538 +- 0.013; 1:1.5 0.525 +- 0.035, 1:15 0.494 +- 0.031, 1:150
          0.483 +- 0.023
  smoke         16 px, a few steps, seconds on 2 CPU cores: the tests
"""

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import data_config


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return run_config(
    system='recognition',
    batch_size=32,
    data=data_config(
      crop='micro',  # of a licensed dataset
      size=128,  # of the prepared pictures
      held_out=0.3,  # share of the people: 7:3
      clip_frames=8,  # uniform ones of each clip; 16 as for Kinetics
      shuffle_labels=False,  # of the training clips: must end at chance
      generated='',  # a folder of generated clips, see data/generated.py
      synth_face={
        'kind': 'micro',
        'identities': 100,
        'frames': 16,
        'fps': 25.0,
        'takes': 1,
        'registered': True,
        'seed': 0,
      },
    ),
    model={
      'kind': 'r2plus1d_18',  # or 'mc3_18', 'r3d_18'
      'weights': '',  # torchvision's file of Kinetics weights
      'width': 64,
      'stem_middle': 45,  # R(2+1)D alone
      'size': 112,
      'gray': True,  # luma in three channels: SAMM and generated clips are
      'scaling': 'kinetics',  # or 'raw255', as MEB
      'motion_only': False,  # less the clip's mean frame: no appearance
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    loss={
      'generated': 1.0,  # lambda: 0.01, 0.1, 1 for 1:1.5, 1:15, 1:150
      'class_weights': False,
    },
    optimizer={
      'learning_rate': 1e-4,
      'weight_decay': 1e-3,
      'decay': 'step',  # 0.1 after each third; or 'cosine', 'constant'
    },
    stages={
      'epochs': 150,  # passes over the real clips
      'steps': 0,  # in their place, where above 0
    },
    evaluate={'protocol': 'recognition', 'batch_size': 32},
    log_every=50,
    save_every=500,
    sheet_every=2000,
    sheet_rows=8,
  )


def _kind(kind: str) -> ml_collections.ConfigDict:
  def change(config: ml_collections.ConfigDict) -> None:
    config.model.kind = kind

  return change


def _synth_micro(config: ml_collections.ConfigDict) -> None:
  config.data.update(size=40, threads=1, held_out=0.2)
  config.data.synth_face.update(identities=800, frames=8, fps=12.5)
  config.model.update(width=8, stem_middle=8, size=40, motion_only=True)
  config.optimizer.update(learning_rate=2e-3, weight_decay=1e-4, decay='cosine')
  config.stages.steps = 800
  config.update(save_every=200, sheet_every=800)


def _synth_scarce(config: ml_collections.ConfigDict) -> None:
  _synth_micro(config)
  config.data.held_out = 0.8
  config.data.synth_face.update(identities=160)
  config.model.size = 32
  config.stages.steps = 100


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 6
  config.data.update(size=16, threads=1, held_out=0.25, clip_frames=4)
  # The people of configs/aipgan.py:smoke, rendered once for both.
  config.data.synth_face.update(kind='macro', identities=8, frames=6, fps=8.0)
  config.model.update(kind='r3d_18', width=2, size=16)
  config.stages.steps = 4
  config.evaluate.batch_size = 6
  config.update(log_every=2, save_every=2, sheet_every=10, sheet_rows=2)


_VARIANTS = {
  'paper': lambda config: None,
  'mc3': _kind('mc3_18'),
  'r3d': _kind('r3d_18'),
  'synth_micro': _synth_micro,
  'synth_scarce': _synth_scarce,
  'smoke': _smoke,
}
