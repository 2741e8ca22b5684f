"""Published checkpoints of FOMM, MRAA, the facial prior and StyleGAN 1.

python -m facegen_jax.weights.convert --format=fomm \
  --checkpoint=vox-cpk.pth.tar --workdir=runs/fomm
python -m facegen_jax.weights.convert --format=fomm --reverse \
  --workdir=runs/fomm --checkpoint=back.pth.tar
python -m facegen_jax.weights.convert --format=stylegan \
  --checkpoint=karras2019stylegan-celebahq-1024x1024.pkl \
  --vgg16=vgg16-397923af.pth --workdir=runs/celebahq

The first makes a run that `python -m facegen_jax.animate --workdir` opens, but
training does not go on from; the second a file that the published PyTorch code
loads. StyleGAN's are the official .pkl and the .pth of genforce, InterFaceGAN
and lernapparat; genforce's are written. Nothing of a file is run.
"""

from collections.abc import Sequence
import pathlib
import runpy

from absl import flags
import ml_collections
from ml_collections import config_flags

from facegen_jax.config_flag import opened
from facegen_jax.core.errors import UserError
from facegen_jax.start import start

_STYLEGAN = 'stylegan'
_FORMAT = flags.DEFINE_enum(
  'format',
  None,
  ['fomm', 'mraa', 'fpb_fomm', 'fpb_mraa', _STYLEGAN],
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
  ['whole', 'micro', 'aligned', 'black', 'ffhq'],
  'How portraits and drivers are cut for these weights. whole: the middle '
  'square, so that they must be cut as the training pictures were (FOMM and '
  "MRAA unless given); micro: a detector's box about the face, gray (fpb_ "
  'unless given); aligned, black: by the eyes, and without a background; '
  "ffhq: as FFHQ's and CelebA-HQ's (stylegan unless given).",
)
_PSI = flags.DEFINE_float(
  'truncation_psi',
  None,
  "Of StyleGAN's samples: how far their codes are from the mean code. What the "
  'file says, or 0.7, unless given; 1 is no truncation.',
)
_CUTOFF = flags.DEFINE_integer(
  'truncation_cutoff',
  None,
  'Rows of a code that are truncated; what the file says, or 8, unless given.',
  0,
)
_VGG16 = flags.DEFINE_string(
  'vgg16',
  None,
  "torchvision's VGG-16 of ImageNet, by which a run of StyleGAN encodes "
  'pictures; without it the run renders codes only.',
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
  if _REVERSE.value:
    _to_checkpoint(workdir, checkpoint)
    print(f'{checkpoint}: the networks of {workdir}, for torch.load')
  elif _FORMAT.value == _STYLEGAN:
    _to_stylegan(checkpoint, workdir)
  else:
    _to_run(checkpoint, workdir)
    print(f'{workdir}: animate with --workdir={workdir}')


# The rooms of networks after the flags: --help must not wait for compilers.


def _to_checkpoint(workdir: pathlib.Path, checkpoint: pathlib.Path) -> None:
  from facegen_jax.weights import checkpoint_run, checkpoint_stylegan_export

  if checkpoint.exists():
    raise UserError(f'{checkpoint} is there already: name another file')
  if _FORMAT.value == _STYLEGAN:
    checkpoint_stylegan_export.to_checkpoint(workdir, checkpoint)
  else:
    checkpoint_run.to_checkpoint(workdir, _FORMAT.value, checkpoint)


def _to_run(checkpoint: pathlib.Path, workdir: pathlib.Path) -> None:
  from facegen_jax.weights import checkpoint_run

  checkpoint_run.to_run(
    checkpoint,
    _FORMAT.value,
    workdir,
    opened(_CONFIG),
    padding=_PADDING.value,
    align_corners=_ALIGN_CORNERS.value,
    crop=_CROP.value,
  )


def _to_stylegan(checkpoint: pathlib.Path, workdir: pathlib.Path) -> None:
  from facegen_jax.weights import checkpoint_stylegan

  found = checkpoint_stylegan.to_run(
    checkpoint,
    workdir,
    _stylegan_config(),
    psi=_PSI.value,
    cutoff=_CUTOFF.value,
    crop=_CROP.value,
    vgg16=_VGG16.value,
  )
  print(
    f'{workdir}: StyleGAN of {found.sizes["size"]} px, from {found.title}; '
    f'animate with --workdir={workdir}'
  )


def _stylegan_config() -> ml_collections.ConfigDict:
  """What --config gives; without it the experiment of StyleGAN's paper."""
  if flags.FLAGS['config'].present:
    return opened(_CONFIG)
  path = pathlib.Path('configs/au_transfer.py')
  if not path.is_file():
    raise UserError(
      f'{path} does not exist: start from the root of the project, or give '
      '--config=.../au_transfer.py'
    )
  return runpy.run_path(str(path))['get_config']()


if __name__ == '__main__':
  start(main)
