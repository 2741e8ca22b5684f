"""The papers' experiments on folders of clips, whoever generated them.

python -m facegen_jax.compare --protocol=reconstruction --truth=real \
  --generated=ours=a --generated=theirs=b --out=results

Clips are videos, or folders of numbered pictures; those of one name belong
together, and name__0, name__1 are repeats of name. Figures go to results.json
and to the terminal, sheet.png shows clips over time.
"""

from collections.abc import Sequence
import contextlib
from typing import Any

from absl import flags

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.method_flag import named
from facegen_jax.start import start

PROTOCOLS = ('reconstruction', 'spontaneity', 'preference')
TOOLS = ('mediapipe', 'openface2', 'py_feat', 'none')

_PROTOCOL = flags.DEFINE_enum('protocol', None, PROTOCOLS, 'Which experiment.')
_TRUTH = flags.DEFINE_string('truth', None, 'Folder of real clips.')
_GENERATED = flags.DEFINE_multi_string(
  'generated', [], 'NAME=FOLDER of generated clips; once a method.'
)
_OUT = flags.DEFINE_string('out', None, 'Folder for the results.')
_VOTES = flags.DEFINE_string('votes', None, 'Preference: CSV of votes.')
_EXPERTS = flags.DEFINE_string('experts', None, "Preference: experts' scores.")
_LABELS = flags.DEFINE_string(
  'labels', None, 'Emotions and subjects; default: labels.csv in --truth.'
)
_RESIZE = flags.DEFINE_bool(
  'resize', False, 'Scale generated clips to the size of the real ones.'
)
_RESAMPLE = flags.DEFINE_bool(
  'resample', False, 'Interpolate generated clips to the real length.'
)
_POOLED = flags.DEFINE_bool(
  'pooled', False, "PSNR of a clip's mean squared error, not the frames' mean."
)
_VGGFACE = flags.DEFINE_string(
  'vggface', None, 'Weights of VGG-Face, for ACD and ACD-I.'
)
_CHANNELS = flags.DEFINE_enum(
  'vggface_channels', 'bgr', ['bgr', 'rgb'], 'What its first layer reads.'
)
_TOOL = flags.DEFINE_enum(
  'action_units',
  'mediapipe',
  TOOLS,
  'Spontaneity: who measures them; tables lie beside the clips, as x.csv.',
)
_AUS = flags.DEFINE_list(
  'aus', ['6', '12', '9', '10'], 'Spontaneity: which action units.'
)
_NIQE = flags.DEFINE_string(
  'niqe', None, 'Spontaneity: NIQE model (.mat or .npz).'
)
_NIQE_SIZE = flags.DEFINE_integer(
  'niqe_size', 256, 'Spontaneity: side all frames are scaled to, pixels.', 192
)
_FPS = flags.DEFINE_float(
  'fps', None, 'Spontaneity: rate of folders of pictures.', 0.1, 1000
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of the bootstrap.', 0)
flags.mark_flags_as_required(['protocol', 'out'])


def main(argv: Sequence[str]) -> None:
  """Compares what the flags say, writes and prints the results."""
  del argv
  methods = named(_GENERATED.value)
  out = expanded(_OUT.value)
  if out.exists() and not out.is_dir():
    raise UserError(f'--out={out}: is a file; name a folder')
  if _TRUTH.value is None and _PROTOCOL.value == 'reconstruction':
    raise UserError('--truth is missing; name the folder of the real clips')
  from facegen_jax.protocols import footage, side_by_side

  truth = footage.listed(_TRUTH.value) if _TRUTH.value else None
  made = {name: footage.listed(path) for name, path in methods.items()}
  results, text = globals()[f'_{_PROTOCOL.value}'](truth, made)
  folders = {'truth': _TRUTH.value, **methods}
  results['folders'] = {k: str(v) for k, v in folders.items() if v}
  shown = {'real': truth, **made} if truth else made
  side_by_side.save(out, results, shown)
  print(text)
  print(out)


# JAX and MediaPipe take seconds to load; --help does not wait for them.


def _reconstruction(truth: Any, made: dict[str, Any]) -> tuple[dict, str]:
  from facegen_jax.data.progress import Counted
  from facegen_jax.protocols import labelled, reconstruction
  from facegen_jax.protocols import reconstruction_results as figures

  options = reconstruction.Options(
    _identity(), _POOLED.value, _RESIZE.value, _RESAMPLE.value
  )
  who = labelled.who(truth, _LABELS.value)
  scored = reconstruction.score(truth, made, options, Counted('clips'))
  found = figures.results(scored, options, who=who, seed=_SEED.value)
  return found, figures.text(found)


def _identity() -> Any:
  if not _VGGFACE.value:
    return None
  from facegen_jax.metrics.extractors.vggface import vgg_face
  from facegen_jax.weights.vggface import load_vggface

  path = expanded(_VGGFACE.value)
  return vgg_face(
    *load_vggface(path, channels=_CHANNELS.value), source=path.name
  )


def _spontaneity(truth: Any, made: dict[str, Any]) -> tuple[dict, str]:
  from facegen_jax.data.progress import Counted
  from facegen_jax.metrics.niqe_model import load_pristine
  from facegen_jax.protocols import quality, spontaneity
  from facegen_jax.protocols import spontaneity_results as figures

  niqe = None
  if _NIQE.value:
    model = load_pristine(expanded(_NIQE.value))
    niqe = quality.Niqe(model, _NIQE_SIZE.value)
  with contextlib.ExitStack() as stack:
    options = spontaneity.Options(
      _measured(stack), niqe, _FPS.value, _RESIZE.value
    )
    scored = spontaneity.score(truth, made, options, Counted('clips'))
  found = figures.results(scored, options, seed=_SEED.value)
  return found, figures.text(found)


def _measured(stack: contextlib.ExitStack) -> Any:
  from facegen_jax.data import faces
  from facegen_jax.metrics.extractors import au_tables
  from facegen_jax.protocols import trajectories

  if _TOOL.value == 'none':
    return None
  wrong = [word for word in _AUS.value if not word.isdecimal()]
  if wrong or not _AUS.value:
    raise UserError(f'--aus={",".join(_AUS.value)}: give numbers, as 6,12')
  aus = list(dict.fromkeys(map(int, _AUS.value)))
  if _TOOL.value != 'mediapipe':
    tool = getattr(au_tables, _TOOL.value.upper())
    return trajectories.by_tables(tool, aus)
  landmarker = stack.enter_context(faces.Landmarker(FACE_LANDMARKER.value))
  return trajectories.by_mediapipe(landmarker, aus)


def _preference(truth: Any, made: dict[str, Any]) -> tuple[dict, str]:
  del truth  # it is shown on the sheet
  from facegen_jax.protocols import preference
  from facegen_jax.studies import analyse, experts, figures, votes

  if not _VOTES.value:
    raise UserError('--votes is missing; name the CSV of votes')
  cast = votes.read(expanded(_VOTES.value))
  preference.check(cast, made)
  scores = experts.read(expanded(_EXPERTS.value)) if _EXPERTS.value else None
  text = analyse.vote_tables(cast, seed=_SEED.value)
  if scores is not None:
    text += '\n\n' + analyse.expert_table(scores)
  return figures.results(cast, scores, seed=_SEED.value), text


if __name__ == '__main__':
  start(main)
