"""The experiment of the micro-expression paper: its figures, Tables VI and VII.

"Facial prior guided micro-expression generation" (2024): generators with and
without the prior, clips of MEGC 2021 told by recognisers (Table VI), and
recognisers trained with n^2 generated clips (Table VII). A table each:

  python -m facegen_jax.micro_study --config=configs/micro_study.py \
    --workdir=runs/micro --table=variants
  python -m facegen_jax.micro_study ... --table=automatic
  python -m facegen_jax.micro_study ... --table=augmented

The tables share their runs, and what is finished is not run again. Published
sizes: for one accelerator or more; not run to its end yet, so no figures are
promised. On CASME II:

  --config.data.name=casme2 --config.data.manual_dir=$HOME/CASME2 \
  --config.data.keep_out=megc2021_people \
  --config.automatic.templates=man.png,woman.png

Variants, as `configs/micro_study.py:NAME`:

  cpu    configs/facial_prior.py:cpu_NAME and recognisers of 32 px, an eighth
         of the width: two hours on 2 CPU cores. Figures are in
         facegen_jax/systems/facial_prior/README.md
  smoke  32 px, a few steps, a minute or two on 2 CPU cores: the tests
"""

import ml_collections

from facegen_jax.core.run_config import chosen


def get_config(variant: str = 'paper') -> ml_collections.ConfigDict:
  """The experiment; see the module's docstring for variants."""
  return chosen(_paper(), _VARIANTS, variant)


def _paper() -> ml_collections.ConfigDict:
  return ml_collections.ConfigDict(
    {
      'system': 'micro_study',
      'seeds': 3,  # splits of the people, each with generators of its own
      'devices': 0,  # 0 = all
      'compilation_cache': '~/.cache/facegen_jax/compiled',
      # Of generators and recognisers alike.
      'data': {
        'name': 'synth_face',  # or 'casme2', 'samm', 'smic', ...
        'dir': '~/.cache/facegen_jax/datasets',
        'manual_dir': '',
        'face_landmarker': '',
        'keep_out': '',  # 'megc2021_people' on MEGC 2021's datasets
        'held_out': 0.3,  # share of the people: 7:3
      },
      # `overrides` of either: 'stages.motion=9000 model.features=16'.
      'generator': {
        'config': 'configs/facial_prior.py',
        'size': '',  # before a variant's name: 'cpu_', 'smoke_'
        'variants': ('fomm', 'fomm_ewp', 'fomm_awp', 'mraa', 'mraa_awp'),
        'overrides': '',
      },
      'recogniser': {
        'config': 'configs/recognition.py',
        'variant': 'paper',
        'kinds': ('mc3_18', 'r2plus1d_18', 'r3d_18'),
        'overrides': '',
      },
      # Training clips moved by training clips.
      'clips': {
        # Of the n^2 pairs: 0 = as many as training uses, once each: 150 n with
        # published settings; -1 = all.
        'count': 0,
        'batch': 64,  # frames painted at once
      },
      'automatic': {
        'seeds': 1,  # the first so many
        # The recognisers are trained with clips of this variant too, at this
        # lambda; '' = with real ones alone.
        'augmented_by': 'fomm_awp',
        'weight': 1.0,
        'templates': '',  # MEGC 2021's datasets: pictures, 'a.png,b.png'
        'drivers': '',  # further datasets: 'samm=FOLDER,smic=FOLDER'
      },
      'augmented': {
        'variant': 'fomm_awp',
        'kinds': (),  # some of the recogniser's; () = all
        'weights': (0.01, 0.1, 1.0),  # lambda: 1:1.5, 1:15, 1:150
      },
    }
  )


def _cpu(config: ml_collections.ConfigDict) -> None:
  config.generator.size = 'cpu_'
  config.recogniser.variant = 'synth_scarce'
  config.augmented.kinds = ('r2plus1d_18',)
  config.clips.update(count=300, batch=32)


def _smoke(config: ml_collections.ConfigDict) -> None:
  config.seeds = 1
  config.data.held_out = 0.7
  config.generator.update(size='smoke_', variants=('fomm', 'fomm_awp'))
  config.recogniser.update(variant='smoke', kinds=('r3d_18',))
  config.clips.update(count=12, batch=8)
  config.augmented.weights = (1.0,)


_VARIANTS = {'paper': lambda config: None, 'cpu': _cpu, 'smoke': _smoke}
