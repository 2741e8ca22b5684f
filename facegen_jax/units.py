"""Boundaries of action units in the codes of a trained run's generator.

python -m facegen_jax.units --workdir=runs/a
python -m facegen_jax.units --workdir=runs/a --labels=faces.csv

Writes runs/a/units.npz, which `facegen_jax.animate --aus` edits by, and
units.json to read. Faces are those that the run was trained on, or of a CSV
with the header "file,person,AU1,AU12" and intensities in [0, 1].
"""

from collections.abc import Sequence
import pathlib

from absl import flags

from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.start import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_LABELS = flags.DEFINE_string('labels', None, "CSV in place of the run's data.")
_ALIGN = flags.DEFINE_bool(
  'align',
  True,
  "Cut the faces of --labels as the run's were; --noalign takes the pictures' "
  'middle squares.',
)
_VALUES = {
  'space': flags.DEFINE_enum('space', None, ['w', 'wplus'], 'Of the codes.'),
  'normal': flags.DEFINE_enum(
    'normal',
    None,
    ['svm', 'paired', 'regressed', 'walked'],
    'How they are fitted.',
  ),
  'c': flags.DEFINE_float(
    'c', None, 'Penalty of the SVM, 0 = by people left out.', 0.0
  ),
  'least': flags.DEFINE_float(
    'least', None, 'Intensity from which a face shows a unit.', 0.0, 1.0
  ),
  'most': flags.DEFINE_integer('most', None, 'Frames a person and unit.', 1),
  'fewest': flags.DEFINE_integer('fewest', None, 'People a unit needs.', 1),
  'people': flags.DEFINE_integer('people', None, 'At most; 0 = all.', 0),
  'layers': flags.DEFINE_integer(
    'rows', None, 'First rows of the code that count; 0 = all.', 0
  ),
}
flags.mark_flag_as_required('workdir')


def main(argv: Sequence[str]) -> None:
  """Fits, writes, and prints a table; flags replace `config.units`."""
  del argv
  from facegen_jax import unit_run  # heavy: --help must not wait for it

  given = {name: flag.value for name, flag in _VALUES.items()}
  unit_run.fit(
    pathlib.Path(_WORKDIR.value),
    labels=pathlib.Path(_LABELS.value) if _LABELS.value else None,
    align=_ALIGN.value,
    face_landmarker=FACE_LANDMARKER.value,
    values={k: v for k, v in given.items() if v is not None},
  )


if __name__ == '__main__':
  start(main)
