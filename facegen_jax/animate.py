"""A portrait takes on a clip's expressions, or a named one, or goes on itself.

python -m facegen_jax.animate --workdir=runs/a --source=face.jpg \
  --driving=clip.mp4 --out=out.mp4
python -m facegen_jax.animate --workdir=runs/b --source=face.jpg \
  --expression=happiness --out=out.mp4
python -m facegen_jax.animate --workdir=runs/c --source=face.jpg \
  --spontaneous --samples=20 --out=out.mp4
python -m facegen_jax.animate --workdir=runs/d --source=face.jpg \
  --aus=AU6=1,AU12=1 --out=out.mp4

Which of them a run takes is its system's.
"""

from collections.abc import Sequence
import pathlib
from typing import Any

from absl import flags

from facegen_jax.animation import wanted
from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.data.vocabulary import EMOTIONS
from facegen_jax.start import start

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_SOURCE = flags.DEFINE_string('source', None, 'Portrait to animate.')
_DRIVING = flags.DEFINE_string(
  'driving', None, 'Clip or picture whose expressions it takes on.'
)
_EXPRESSION = flags.DEFINE_enum(
  'expression',
  None,
  [*EMOTIONS, 'all'],
  'Expression that it makes; all: six clips, OUT_<expression>.mp4.',
)
_AUS = flags.DEFINE_string(
  'aus',
  None,
  'Action units that it makes and their strengths in [-1, 2], '
  "AU6=1,AU12=0.5; by the run's units.npz, see facegen_jax.units.",
)
_EDIT = flags.DEFINE_enum(
  'edit',
  None,
  ['add', 'set', 'shift'],
  'How a code is edited (au_transfer): its normals are added; it is moved to '
  "where the units' faces are; or by the way from neutral faces to them, which "
  'wants a face at rest. config.units.mode unless given.',
)
_HOLD = flags.DEFINE_bool(
  'hold',
  None,
  'Units that are not asked for stay as they are (au_transfer); '
  'config.units.hold unless given.',
)
_ROWS = flags.DEFINE_integer(
  'rows', 0, "First rows of the code that are edited; 0 = the run's.", 0
)
_EASING = flags.DEFINE_enum(
  'easing', None, ['linear', 'smooth'], 'Of the way there (au_transfer).'
)
_BACK = flags.DEFINE_bool('back', False, 'There and back (au_transfer).')
_ALIGN = flags.DEFINE_bool(
  'align',
  True,
  "Bring the face to where the run's faces are (au_transfer); --noalign takes "
  "the picture's middle square.",
)
_START = flags.DEFINE_enum(
  'start',
  None,
  ['v', 'mean', 'random'],
  'Where the search for the code begins (au_transfer); config.encode.start '
  'unless given.',
)
_SPONTANEOUS = flags.DEFINE_bool(
  'spontaneous', None, 'It goes on by itself, by chance (--seed).'
)
_SECOND = flags.DEFINE_string(
  'second', None, 'The frame after --source (--spontaneous).'
)
_FRAMES = flags.DEFINE_integer(
  'frames', 50, 'How many (--spontaneous, --aus).', 1
)
_SAMPLES = flags.DEFINE_integer(
  'samples', 1, 'Futures, OUT_<number>.mp4 if several (--spontaneous).', 1
)
_OUT = flags.DEFINE_string('out', None, 'The mp4 to write.')
_VIEW = flags.DEFINE_enum(
  'view',
  'crop',
  ['crop', 'paste'],
  'The face alone, or put back into the whole portrait.',
)
_BATCH = flags.DEFINE_integer(
  'batch', 16, 'Frames (--driving) or futures generated at once.', 1
)
_MOTION = flags.DEFINE_enum(
  'motion',
  None,
  ['relative', 'absolute', 'avd'],
  "How a driver's movement is transferred (facial_prior): added to the "
  "portrait's own face, the driver's face as it is, or by MRAA's network; the "
  "run's own way unless given.",
)
_ADAPT_SCALE = flags.DEFINE_bool(
  'adapt_scale', True, "Relative movement is scaled to the portrait's size."
)
_BEST_START = flags.DEFINE_bool(
  'best_start',
  False,
  'Count relative movement from the frame most like the portrait, not from '
  'the first (facial_prior).',
)
_FPS = flags.DEFINE_float(
  'fps', 25.0, 'Frames a second, but for --driving.', 1.0, 1000.0
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of a network that draws at random.', 0)
flags.mark_flags_as_required(['workdir', 'source', 'out'])
flags.mark_flags_as_mutual_exclusive(
  ['driving', 'expression', 'aus', 'spontaneous'], required=True
)
flags.register_validator(
  'spontaneous', lambda wanted: wanted is not False, 'leave it out instead'
)


def main(argv: Sequence[str]) -> None:
  """Animates, and leaves a sheet beside the video."""
  del argv
  given = {
    'workdir': pathlib.Path(_WORKDIR.value),
    'source': pathlib.Path(_SOURCE.value),
    'out': pathlib.Path(_OUT.value),
    'face_landmarker': FACE_LANDMARKER.value,
    'view': _VIEW.value,
    'seed': _SEED.value,
  }
  if _AUS.value is not None or (
    _EXPRESSION.value is not None and takes_codes(given['workdir'])
  ):
    edit(
      aus=_AUS.value,
      expression=_EXPRESSION.value,
      frames=_FRAMES.value,
      fps=_FPS.value,
      **_edit_words(),
      **given,
    )
    return
  _refuse_edits()
  if _SPONTANEOUS.value:
    unfold(
      second=pathlib.Path(_SECOND.value) if _SECOND.value else None,
      frames=_FRAMES.value,
      samples=_SAMPLES.value,
      batch=_BATCH.value,
      fps=_FPS.value,
      **given,
    )
  elif _DRIVING.value is not None:
    driving = pathlib.Path(_DRIVING.value)
    animate(
      driving=driving,
      batch=_BATCH.value,
      motion=_MOTION.value,
      adapt_scale=_ADAPT_SCALE.value,
      best_start=_BEST_START.value,
      **given,
    )
  else:
    express(expression=_EXPRESSION.value, fps=_FPS.value, **given)


def _edit_words() -> dict[str, Any]:
  """Fields of `animation.edited.How`."""
  return {
    'mode': _EDIT.value,
    'hold': _HOLD.value,
    'layers': _ROWS.value,
    'easing': _EASING.value or 'linear',
    'back': _BACK.value,
    'align': _ALIGN.value,
    'start': _START.value,
  }


def _refuse_edits() -> None:
  """Raises UserError for flags that only edits of codes look at."""
  given = {'edit': _EDIT, 'hold': _HOLD, 'rows': _ROWS, 'easing': _EASING}
  given |= {'back': _BACK, 'start': _START}
  told = {name: flag.value for name, flag in given.items()}
  told['noalign'] = not _ALIGN.value
  wanted.refuse(told, 'only runs of au_transfer edit codes')


def takes_codes(workdir: pathlib.Path) -> bool:
  """Whether a run's expressions are edits of codes."""
  from facegen_jax import runs

  return runs.takes(workdir) == ('codes',)


def animate(*args: Any, **kwargs: Any) -> int:
  """See `animation.driven.animate`."""
  from facegen_jax.animation import driven  # heavy: --help must not wait for it

  return driven.animate(*args, **kwargs)


def express(*args: Any, **kwargs: Any) -> int:
  """See `animation.expressed.animate`."""
  from facegen_jax.animation import expressed

  return expressed.animate(*args, **kwargs)


def edit(*args: Any, **kwargs: Any) -> int:
  """See `animation.edited.animate`; fields of its `How` among the words."""
  from facegen_jax.animation import edited

  how = {k: kwargs.pop(k) for k in edited.How._fields if k in kwargs}
  return edited.animate(*args, how=edited.How(**how), **kwargs)


def unfold(*args: Any, **kwargs: Any) -> int:
  """See `animation.unfolded.animate`."""
  from facegen_jax.animation import unfolded

  return unfolded.animate(*args, **kwargs)


if __name__ == '__main__':
  start(main)
