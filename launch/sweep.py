"""Trains one config with several values of its fields.

python -m launch.sweep --config=configs/sslg.py:smoke --root=runs/sweep \
  --grid=optimizer.learning_rate=1e-3,1e-4 --grid=seed=0,1,2

Each combination is a run in a folder of its own, named by its values. What is
done is not run again, what was stopped goes on: the same command, also with
more values. `launch.status` and `launch.results` read the folder.
"""

from collections.abc import Sequence
import os
import pathlib
import shlex

from absl import flags, logging
from ml_collections import config_flags

from facegen_jax.config_flag import opened
from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.start import start
from launch import combinations, fields, local, plan, slurm
from launch.batch import Resources
from launch.plan import Sweep
from launch.root_flag import ROOT
from launch.standing import is_done

_CONFIG = config_flags.DEFINE_config_file(
  'config', None, 'Experiment of all runs.', lock_config=True
)
_GRID = flags.DEFINE_multi_string(
  'grid', [], 'FIELD=VALUE,VALUE of the config; several: every combination.'
)
_RUN = flags.DEFINE_multi_string(
  'run', [], "A run more: 'FIELD=VALUE FIELD=VALUE'; each with all of --grid."
)
_LAUNCHER = flags.DEFINE_enum(
  'launcher', 'local', ['local', 'slurm', 'print'], 'Where the runs start.'
)
_EVALUATE = flags.DEFINE_bool('evaluate', False, 'Evaluate each run too.')
_JOBS = flags.DEFINE_integer('jobs', 1, 'local: runs at a time.')
_GPUS_PER_RUN = flags.DEFINE_integer(
  'gpus_per_run', 0, 'local: GPUs that a run sees; 0 = all.'
)
_DRY_RUN = flags.DEFINE_bool('dry_run', False, 'slurm: write, submit nothing.')
_NODES = flags.DEFINE_integer('nodes', 1, 'slurm: nodes of a run.')
_GPUS = flags.DEFINE_integer('gpus', 0, 'slurm: GPUs of a node.')
_CPUS = flags.DEFINE_integer('cpus', 4, 'slurm: cores of a process.')
_TIME = flags.DEFINE_string('time', '', 'slurm: limit, as 24:00:00.')
_PARTITION = flags.DEFINE_string('partition', '', 'slurm: the partition.')
_MEM = flags.DEFINE_string('mem', '', 'slurm: memory of a node, as 32G.')
_AT_ONCE = flags.DEFINE_integer('at_once', 0, 'slurm: runs at a time; 0 = all.')
_SBATCH = flags.DEFINE_multi_string(
  'sbatch', [], 'slurm: another option of sbatch, as --sbatch=--account=a.'
)
_SETUP = flags.DEFINE_multi_string(
  'setup', [], "slurm: a line of shell before each run, as 'module load cuda'."
)
flags.mark_flag_as_required('config')


def main(argv: Sequence[str]) -> None:
  """Plans all runs, and starts those that are not done."""
  del argv
  config = opened(_CONFIG)
  sweep = _planned(config)
  if _LAUNCHER.value == 'print':
    _print(sweep)
    return
  plan.claimed(sweep, config)
  plan.stored(sweep)
  if _LAUNCHER.value == 'slurm':
    slurm.start(sweep, _resources(), dry_run=_DRY_RUN.value)
  else:
    local.start(sweep, jobs=_JOBS.value, gpus_per_run=_GPUS_PER_RUN.value)


def _planned(config: object) -> Sweep:
  flag = flags.FLAGS['config']
  grid = fields.grid(config, _GRID.value)
  points = fields.points(config, _RUN.value)
  overrides = dict(flag.override_values)
  for name in (*(f.name for f in grid), *(k for p in points for k in p)):
    if name in overrides:
      raise UserError(f'config.{name} is swept and given as a flag: give one')
  return Sweep(
    root=pathlib.Path(os.path.normpath(expanded(ROOT.value))),
    config=flag.config_filename,
    overrides=overrides,
    runs=combinations.runs(grid, points, config),
    evaluate=_EVALUATE.value,
  )


def _print(sweep: Sweep) -> None:
  """The commands of the runs that are not done, a line each."""
  left = [run for run in sweep.runs if not is_done(sweep, run)]
  for run in left:
    words = [
      shlex.join([*sweep.words(run), f'--mode={p}']) for p in sweep.parts()
    ]
    print(' && '.join(words))
  logging.info('%d runs, %d done', len(sweep.runs), len(sweep.runs) - len(left))


def _resources() -> Resources:
  return Resources(
    nodes=_NODES.value,
    gpus=_GPUS.value,
    cpus=_CPUS.value,
    time=_TIME.value,
    partition=_PARTITION.value,
    mem=_MEM.value,
    at_once=_AT_ONCE.value,
    more=tuple(_SBATCH.value),
    setup=tuple(_SETUP.value),
  )


if __name__ == '__main__':
  start(main)
