"""The micro-expression paper's experiment, a table at a time.

  python -m facegen_jax.micro_study --config=configs/micro_study.py \
    --workdir=runs/micro --table=variants

`variants`: transfer by each generator over several seeds; `automatic`: Table
VI; `augmented`: Table VII. Whatever they share is run once, and an interrupted
command goes on.
"""

from collections.abc import Sequence
import importlib
import json

from absl import flags
import ml_collections
from ml_collections import config_flags

from facegen_jax.config_flag import keep_compiled, opened
from facegen_jax.core import claim
from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.start import start

# Where each table is made: module of `micro`, function.
TABLES = {
  'variants': ('generators', 'variants'),
  'automatic': ('automatic', 'automatic'),
  'augmented': ('augmented', 'augmented'),
}
_CONFIG = config_flags.DEFINE_config_file(
  'config', None, 'configs/micro_study.py or a variant.', lock_config=True
)
_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder for runs and results.')
_TABLE = flags.DEFINE_enum(
  'table', None, [*TABLES, 'all'], 'Which; all: one after the other.'
)
flags.mark_flags_as_required(['config', 'workdir', 'table'])


def main(argv: Sequence[str]) -> None:
  """Makes a table, prints it and writes `WORKDIR/TABLE.json`."""
  del argv
  config, workdir = _config(), expanded(_WORKDIR.value)
  keep_compiled(config)
  from facegen_jax.micro.plan import Plan  # --help must not wait

  plan = Plan(config, workdir)
  for name in TABLES if _TABLE.value == 'all' else [_TABLE.value]:
    module, make = TABLES[name]
    module = importlib.import_module(f'facegen_jax.micro.{module}')
    results = getattr(module, make)(plan)
    path = workdir / f'{name}.json'
    claim.write(path, json.dumps(results, indent=2) + '\n')
    print(module.table(results))
    print(f'results: {path}')


def _config() -> ml_collections.ConfigDict:
  config = opened(_CONFIG)
  if config.system != 'micro_study':
    raise UserError(
      f'{flags.FLAGS["config"].config_filename} is an experiment of '
      f'{config.system}: give configs/micro_study.py or a variant'
    )
  return config


if __name__ == '__main__':
  start(main)
