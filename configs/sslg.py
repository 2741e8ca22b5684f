"""SSLG (Yap et al. 2023): two frames and a neutral one to any number more.

The paper's setting where it says it (learning rate 1e-3, noise 0.5, dropout
0.2, three steps of recursion) on all six expressions, 256 px, batch 8, the
steps of 100 epochs of MUG. For one accelerator; it has not been run to its end
yet, so no figures are promised. On embedded faces:

  python -m facegen_jax.main --config=configs/sslg.py --workdir=runs/sslg
  python -m facegen_jax.main --config=configs/sslg.py --workdir=runs/sslg \
    --mode=evaluate

On MUG: --config.data.name=mug --config.data.manual_dir=$HOME/MUG
--config.data.split=mug_52

Variants, as `configs/sslg.py:NAME`:

  anger, disgust, fear, happiness, sadness, surprise
          the paper's models of a single expression
  p2, p3, p4, p5, p1_128
          other widths of the networks, see the system's README
  no_constant            the paper's ablation (Fig. 9): without F_c
  sigma0, sigma01        noise of 0 and 0.1
  shallow                noise behind the norms of the first two layers
  n1, n5                 one and five steps of recursion
  cpu     happiness, 64 px and reduced widths: 21 minutes on 2 CPU cores;
          the next three frames' MSE .97 of the last frame's, 99 % of
          sequences of 50 frames rise and come back
  cpu_no_constant, cpu_mixed
          the same without F_c, and with all six expressions
  smoke   16 px, a few steps on 2 CPU cores: the tests; no figures

Swapped inputs (Fig. 10) are asked of a trained run:
--mode=evaluate --config.evaluate.swapped=True
"""

import functools

import ml_collections

from facegen_jax.core.run_config import chosen, run_config
from facegen_jax.data.config import data_config
from facegen_jax.data.vocabulary import EMOTIONS


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return run_config(
    system='sslg',
    batch_size=8,
    data=data_config(
      crop='whole',  # no alignment, no crop
      size=256,
      expression='all',  # or one of vocabulary.EMOTIONS
      flip=True,  # mirrors half of the windows
      held_out=0.2,
      synth_face={
        'kind': 'macro',
        'identities': 60,
        'frames': 50,
        'fps': 19.0,  # MUG's
        'takes': 1,
        'registered': True,  # embedded people sit in one place
        'seed': 0,
      },
    ),
    model={
      # Table P1: 9.009 GMACs a step of three encodings, 18.02 GFLOPs.
      'encoder': (64, 128, 256, 512, 512, 512),
      'encoder_kernel': 4,
      'decoder': (256, 256, 128, 64, 32, 32),
      'up': 'transposed3',  # or 'transposed4', 'nearest3'
      'norm': 'group',  # or 'none'
      'sigma': 0.5,  # of the noise, on pictures in [-1, 1]
      'noise_site': 'input',  # equation 1; or 'shallow'
      'dropout': 0.2,
      'mc_dropout': False,  # dropout in generation too
      'constant': True,  # F_c
      # Or added to F_c, 'constant', to F_t, 'current', to both, 'mean'.
      'residual': 'none',
      'dtype': 'float32',  # or 'bfloat16': compute only
    },
    recursion={
      'n': 3,  # steps in training
      'n_pred': 50,  # frames made at once, in generation
      'resample_noise': False,  # new noise at a frame's second use
      'detach': False,  # no gradient from step to step
      'remat': False,  # hold less, compute some of it twice
    },
    optimizer={
      'learning_rate': 1e-3,
      'b1': 0.9,
      'b2': 0.999,
      'clip': 1.0,  # norm of the gradient
      'decay': 0.0,  # share of the steps in which the rate falls to 0
      'ema': 0.0,  # decay of averaged weights, 0 = none
    },
    # 100 epochs of MUG's 763 training clips.
    stages={'steps': 9500},
    evaluate={
      'protocol': 'spontaneity',
      'batch_size': 8,
      'windows': 4,  # of a clip, whose next three frames are predicted
      'seeds': 2,  # futures of a clip
      'futures': 20,  # of one face
      'drift': 200,  # frames over which identity is followed
      'swapped': False,  # F_1 and F_2 change places
      'beside': '',  # another run, whose drift is drawn beside
      'judge': '',  # a run of fevgan whose networks tell people
      'action_units': 'auto',  # 'fitted', where known; 'mediapipe', 'none'
      'niqe': '',  # a model (.mat or .npz), or 'fitted' to real pictures
      'rows': 6,
      'seed': 0,
    },
    log_every=50,
    save_every=500,
    sheet_every=500,
    sheet_rows=6,
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 16
  config.data.update(size=64, expression='happiness', threads=1)
  config.data.synth_face.update(identities=400, frames=16, fps=8.0)
  config.model.update(
    encoder=(16, 32, 64, 96, 96),
    decoder=(96, 64, 48, 32, 24),
    # Each value is seen through 16 times fewer pixels than at 256 px.
    sigma=0.125,
    dropout=0.1,
    residual='mean',
  )
  # Thousands of steps, not tens of thousands.
  config.optimizer.update(decay=0.6, ema=0.99)
  config.stages.steps = 2200
  config.evaluate.batch_size = 20
  config.update(log_every=50, save_every=500, sheet_every=1000)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.batch_size = 4
  config.data.update(size=16, threads=1, held_out=0.25)
  config.data.synth_face.update(identities=8, frames=8, fps=8.0)
  config.model.update(encoder=(4, 8), decoder=(8, 4))
  config.recursion.n_pred = 6
  config.optimizer.learning_rate = 1e-4  # so that rounding stays small
  config.stages.steps = 6
  config.evaluate.update(batch_size=4, windows=2, futures=3, drift=10, rows=2)
  config.update(log_every=2, save_every=3, sheet_every=10, sheet_rows=2)


def _data(config: ml_collections.ConfigDict, **values: object) -> None:
  config.data.update(values)


def _model(
  config: ml_collections.ConfigDict, size: int = 0, **values: object
) -> None:
  config.model.update(values)
  config.data.size = size or config.data.size


def _steps(config: ml_collections.ConfigDict, n: int) -> None:
  config.recursion.n = n


def _cpu_no_constant(config: ml_collections.ConfigDict) -> None:
  _cpu(config)
  config.model.update(constant=False, residual='current')


def _cpu_mixed(config: ml_collections.ConfigDict) -> None:
  _cpu(config)
  config.data.expression = 'all'


_change = functools.partial
_VARIANTS = {
  'paper': lambda config: None,
  **{name: _change(_data, expression=name) for name in EMOTIONS},
  'p1_128': _change(_model, size=128),
  'p2': _change(_model, decoder=(512, 512, 256, 128, 64, 64), up='transposed4'),
  'p3': _change(
    _model,
    size=128,
    encoder=(80, 160, 320, 448),
    decoder=(128, 128, 80, 80),
    up='nearest3',
  ),
  'p4': _change(
    _model,
    encoder=(64, 128, 256, 384),
    decoder=(128, 64, 32, 32),
    up='transposed4',
  ),
  'p5': _change(
    _model,
    size=192,
    encoder=(64, 128, 256, 256),
    encoder_kernel=5,
    decoder=(256, 128, 64, 64),
    up='transposed4',
  ),
  'no_constant': _change(_model, constant=False),
  'sigma0': _change(_model, sigma=0.0),
  'sigma01': _change(_model, sigma=0.1),
  'shallow': _change(_model, noise_site='shallow'),
  'n1': _change(_steps, n=1),
  'n5': _change(_steps, n=5),
  'cpu': _cpu,
  'cpu_no_constant': _cpu_no_constant,
  'cpu_mixed': _cpu_mixed,
  'smoke': _smoke,
}
