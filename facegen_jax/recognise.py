"""Recognition over several runs, as a program.

Leave-one-subject-out, or the micro-expression paper's Table VII:

  python -m facegen_jax.recognise --config=configs/recognition.py \
    --workdir=runs/loso --protocol=loso
  python -m facegen_jax.recognise --config=configs/recognition.py \
    --workdir=runs/table7 --protocol=augmented --generated='gen/{seed}'
"""

from collections.abc import Sequence
import json
import pathlib

from absl import flags
import ml_collections
from ml_collections import config_flags

from facegen_jax import start
from facegen_jax.config_flag import keep_compiled, opened
from facegen_jax.core.errors import UserError

_CONFIG = config_flags.DEFINE_config_file(
  'config', None, 'configs/recognition.py or a variant.', lock_config=True
)
_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder for runs and results.')
_PROTOCOL = flags.DEFINE_enum(
  'protocol',
  None,
  ['loso', 'augmented'],
  'A fold a person, pooled; or real clips with generated ones.',
)
_GENERATED = flags.DEFINE_string(
  'generated',
  '',
  "augmented: the folder of generated clips; 'gen/{seed}' = one a split.",
)
_LAMBDAS = flags.DEFINE_list(
  'lambdas', ['0.01', '0.1', '1'], 'augmented: weights of the generated clips.'
)
_SEEDS = flags.DEFINE_integer('seeds', 3, 'augmented: repeats.', 1)


def main(argv: Sequence[str]) -> None:
  """Runs the protocol, prints its table and writes `results.json`."""
  del argv
  config, workdir = _config(), pathlib.Path(_WORKDIR.value)
  keep_compiled(config)
  # After the flags: --help must not wait for compilers.
  from facegen_jax import recognition_runs
  from facegen_jax.protocols import recognition

  if _PROTOCOL.value == 'loso':
    results = recognition_runs.loso(config, workdir)
    text = recognition.table(results)
  else:
    results = recognition_runs.augmented(
      config,
      workdir,
      generated=_folder(),
      weights=_weights(),
      seeds=_SEEDS.value,
    )
    text = recognition_runs.table_vii(results)
  path = workdir / 'results.json'
  path.write_text(json.dumps(results, indent=2) + '\n')
  print(text)
  print(f'results: {path}')


def _config() -> ml_collections.ConfigDict:
  name = flags.FLAGS['config'].config_filename
  for flag in ('config', 'workdir', 'protocol'):
    if flags.FLAGS[flag].value is None:
      raise UserError(f'--{flag} is missing; --help lists the flags')
  config = opened(_CONFIG)
  if config.system != 'recognition':
    raise UserError(
      f'{name} is of {config.system}, which recognises nothing: give '
      'configs/recognition.py or a variant'
    )
  return config


def _folder() -> str:
  if not _GENERATED.value:
    raise UserError(
      '--protocol=augmented needs --generated, a folder of generated clips'
    )
  return _GENERATED.value


def _weights() -> list[float]:
  try:
    weights = [float(w) for w in _LAMBDAS.value]
  except ValueError:
    weights = []
  if not weights or not all(0 < w < float('inf') for w in weights):
    raise UserError(
      f'--lambdas={",".join(_LAMBDAS.value)}: give numbers above 0, as '
      '0.01,0.1,1'
    )
  return weights


if __name__ == '__main__':
  start.start(main)
