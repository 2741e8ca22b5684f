"""Codes of portraits by a trained run of au_transfer.

python -m facegen_jax.encode --workdir=runs/a --source=face.jpg --out=codes
python -m facegen_jax.encode --workdir=runs/a --source=faces --out=codes \
  --start=all

Writes `codes.npz`, a reconstruction a picture, `sheet.png` (the picture, then
after 0, 1, 2, 4 ... updates) and `curve.svg`, the loss by updates. `all` starts
from v, from the mean code and from a random one, and keeps what v finds.
"""

from collections.abc import Sequence
import pathlib

from absl import flags

from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.start import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_SOURCE = flags.DEFINE_string('source', None, 'Portrait, or folder of them.')
_OUT = flags.DEFINE_string('out', None, 'Folder to write into.')
_START = flags.DEFINE_enum(
  'start',
  None,
  ['v', 'mean', 'random', 'all'],
  "Where codes begin; the run's own unless given.",
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of a random start.', 0)
_ALIGN = flags.DEFINE_bool(
  'align',
  True,
  'Crop faces as the run has seen them; --noalign: the largest square.',
)
flags.mark_flags_as_required(['workdir', 'source', 'out'])


def main(argv: Sequence[str]) -> None:
  """Encodes, and says what was written."""
  del argv
  from facegen_jax import encoded_faces  # heavy: --help must not wait for it

  encoded_faces.write(
    pathlib.Path(_WORKDIR.value),
    pathlib.Path(_SOURCE.value),
    pathlib.Path(_OUT.value),
    start=_START.value,
    seed=_SEED.value,
    aligned=_ALIGN.value,
    face_landmarker=FACE_LANDMARKER.value,
  )


if __name__ == '__main__':
  start(main)
