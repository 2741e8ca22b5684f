"""Many portraits moved by many clips, by one trained run.

The micro-expression paper's n^2 training clips, or the 18 clips of MEGC 2021:

  python -m facegen_jax.transfer_clips --workdir=runs/prior --out=gen/0
  python -m facegen_jax.transfer_clips --workdir=runs/prior --out=gen/megc \
    --pairs=megc2021 --templates=man.png,woman.png

The folder is what `facegen_jax.recognise --generated` takes. Stop it as you
like: the same command goes on, to the same files byte for byte.
"""

from collections.abc import Sequence
import json

from absl import flags

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.start import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_OUT = flags.DEFINE_string('out', None, 'Folder for the clips.')
_PAIRS = flags.DEFINE_enum(
  'pairs',
  'all',
  ['all', 'cross', 'megc2021'],
  'First frames of all training clips by all of these clips; the same between '
  'two people; or nine drivers on two faces, of people the run has not seen.',
)
_COUNT = flags.DEFINE_integer(
  'count', 0, 'So many of the pairs, the first of their order; 0 = all.', 0
)
_SEED = flags.DEFINE_integer(
  'seed', 0, 'Of the order; of who drives (megc2021).', 0
)
_BATCH = flags.DEFINE_integer('batch', 16, 'Frames painted at once.', 1)
_DEVICES = flags.DEFINE_integer('devices', 0, 'How many, 0 = all.', 0)
_TEMPLATES = flags.DEFINE_list(
  'templates', [], 'megc2021 on CASME II, SAMM, SMIC: two pictures of faces.'
)
_DRIVERS = flags.DEFINE_list(
  'drivers',
  [],
  "megc2021: DATASET=FOLDER of drivers that the run's dataset lacks.",
)
_DATA_DIR = flags.DEFINE_string(
  'data_dir', None, 'Where prepared datasets lie; as in training if not given.'
)
_COMPILED = flags.DEFINE_string(
  'compilation_cache', '~/.cache/facegen_jax/compiled', 'Compiled programs.'
)
flags.mark_flags_as_required(['workdir', 'out'])


def main(argv: Sequence[str]) -> None:
  """Makes what is missing of the clips and prints what there is."""
  del argv
  from facegen_jax.config_flag import keep_compiled_in
  from facegen_jax.transfers import chosen, sweep  # --help must not wait

  keep_compiled_in(_COMPILED.value)
  out = expanded(_OUT.value)
  if out.exists() and not out.is_dir():
    raise UserError(f'--out={out}: is a file; name a folder')
  wanted = chosen.Wanted(
    kind=_PAIRS.value,
    seed=_SEED.value,
    count=_COUNT.value,
    templates=tuple(_TEMPLATES.value),
    drivers=chosen.named(_DRIVERS.value, '--drivers'),
    face_landmarker=FACE_LANDMARKER.value,
  )
  about = sweep.sweep(
    expanded(_WORKDIR.value),
    out,
    wanted,
    batch=_BATCH.value,
    devices=_DEVICES.value,
    data_dir=_DATA_DIR.value,
  )
  shown = ('clips', 'pairs_wanted', 'pairs_possible', 'own_clip', 'own_person')
  print(json.dumps({name: about[name] for name in shown}))
  print(f'{out}, sheet {out / "sheet.png"}')


if __name__ == '__main__':
  start(main)
