"""Published checkpoints of FOMM, MRAA and the facial prior, in and out.

python -m facegen_jax.weights.convert --format=fomm \
  --checkpoint=vox-cpk.pth.tar --workdir=runs/fomm
python -m facegen_jax.weights.convert --format=fomm --reverse \
  --workdir=runs/fomm --checkpoint=back.pth.tar

The first makes a run that `python -m facegen_jax.animate --workdir` opens, but
training does not go on from; the second a file that the published PyTorch code
loads. Nothing of a file is run.
"""

from collections.abc import Sequence
import pathlib

from absl import flags
from ml_collections import config_flags

from facegen_jax.config_flag import opened
from facegen_jax.core.errors import UserError
from facegen_jax.start import start

_FORMAT = flags.DEFINE_enum(
  'format',
  None,
  ['fomm', 'mraa', 'fpb_fomm', 'fpb_mraa'],
  'Whose checkpoint; fpb_ with a facial prior (EWP or AWP).',
)
_CHECKPOINT = flags.DEFINE_string(
  'checkpoint', None, 'A .pth.tar or .pth, as published; no tar, do not unpack.'
)
_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of the run.')
_REVERSE = flags.DEFINE_bool(
  'reverse', False, 'Write --checkpoint from the run in --workdir.'
)
_PADDING = flags.DEFINE_integer(
  'padding',
  None,
  'Of the heads of points or regions, which a file does not tell: 0 in FOMM '
  "and 3 in MRAA's vox256 unless given; 0 in MRAA's taichi, ted and mgif.",
  0,
)
_ALIGN_CORNERS = flags.DEFINE_bool(
  'align_corners',
  None,
  'How PyTorch read pictures when the weights were trained: yes for FOMM '
  '(before 1.3), no for MRAA unless given.',
)
_CROP = flags.DEFINE_enum(
  'crop',
  None,
  ['whole', 'micro', 'aligned', 'black'],
  'How portraits and drivers are cut for these weights. whole: the middle '
  'square, so that they must be cut as the training pictures were (FOMM and '
  "MRAA unless given); micro: a detector's box about the face, gray (fpb_ "
  'unless given); aligned, black: by the eyes, and without a background.',
)
_CONFIG = config_flags.DEFINE_config_file(
  'config',
  'configs/facial_prior.py',
  'Of the run; --config.data.size=512 for pictures of another size than 256.',
  lock_config=True,
)
flags.mark_flags_as_required(['format', 'checkpoint', 'workdir'])


def main(argv: Sequence[str]) -> None:
  """Converts, and tells what was made."""
  del argv
  checkpoint = pathlib.Path(_CHECKPOINT.value)
  workdir = pathlib.Path(_WORKDIR.value)
  # After the flags: --help must not wait for compilers.
  from facegen_jax.weights import checkpoint_run

  if _REVERSE.value:
    if checkpoint.exists():
      raise UserError(f'{checkpoint} is there already: name another file')
    checkpoint_run.to_checkpoint(workdir, _FORMAT.value, checkpoint)
    print(f'{checkpoint}: the networks of {workdir}, for torch.load')
    return
  checkpoint_run.to_run(
    checkpoint,
    _FORMAT.value,
    workdir,
    opened(_CONFIG),
    padding=_PADDING.value,
    align_corners=_ALIGN_CORNERS.value,
    crop=_CROP.value,
  )
  print(f'{workdir}: animate with --workdir={workdir}')


if __name__ == '__main__':
  start(main)
