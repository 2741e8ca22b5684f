"""torchvision's video ResNets from files of the user.

Nothing is downloaded. The Kinetics-400 files are `r3d_18-b3b3357e.pth`,
`mc3_18-a90a0ba3.pth` and `r2plus1d_18-91a641e6.pth`.
"""

from collections.abc import Mapping
import pathlib
from typing import Any, NamedTuple

from flax import nnx
import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.state import Variables
from facegen_jax.nn.video_resnet import VideoResNet, head
from facegen_jax.weights.mapping import translate
from facegen_jax.weights.vggface import read_state
from facegen_jax.weights.video_names import RUNNING, names

_COUNTER = '.num_batches_tracked'


def _shape(state: Mapping[str, Any], name: str, axes: int, place: str) -> tuple:
  if name not in state or np.ndim(state[name]) != axes:
    raise UserError(
      f'{place} is no 18-layer video ResNet: it has no {name} of {axes} axes '
      f'(it starts with {sorted(state)[:3]})'
    )
  return np.shape(state[name])


def _sizes(state: Mapping[str, Any], place: str) -> dict[str, Any]:
  """`VideoResNet`'s arguments as the arrays of the file tell them."""
  stem = _shape(state, 'stem.0.weight', 5, place)
  if 'stem.3.weight' in state:
    kind = 'r2plus1d_18'
  else:
    frames = _shape(state, 'layer2.0.conv1.0.weight', 5, place)[2]
    kind = 'mc3_18' if frames == 1 else 'r3d_18'
  sizes = {
    'kind': kind,
    'classes': _shape(state, 'fc.weight', 2, place)[0],
    'width': _shape(state, 'layer1.0.conv1.1.weight', 1, place)[0],
  }
  return sizes | ({'stem_middle': stem[0]} if kind == 'r2plus1d_18' else {})


def _pick(tree: Mapping, running: bool) -> dict:
  """The running statistics of a tree, or all but them."""
  found = {}
  for key, value in tree.items():
    if isinstance(value, Mapping):
      value = _pick(value, running)
      if value:
        found[key] = value
    elif (key in RUNNING) == running:
      found[key] = value
  return found


class Imported(NamedTuple):
  """A network from a file: `VideoResNet(**sizes)` and its variables.

  `note` says in one line where they come from and whether `fc` is new.
  """

  sizes: dict[str, Any]
  variables: Variables
  note: str


def from_state(
  state: Mapping[str, np.ndarray],
  *,
  kind: str | None = None,
  classes: int | None = None,
  key: jax.Array | None = None,
  place: str = 'the state dict',
) -> Imported:
  """Our variables of torchvision's arrays.

  `kind`, where given, must be the file's. With another number of `classes`
  than the file's, `fc` starts anew from `key`. Raises UserError naming every
  array that is missing, extra or of another shape.
  """
  sizes = _sizes(state, place)
  if kind not in (None, sizes['kind']):
    raise UserError(f'{place} holds {sizes["kind"]}, not {kind}')
  table = names(sizes['kind'])
  counters = {k.replace('.running_mean', _COUNTER) for k in table}
  state = {k: v for k, v in state.items() if k in table or k not in counters}
  like = nnx.eval_shape(lambda: VideoResNet(**sizes, rngs=nnx.Rngs(0)))
  shapes = nnx.to_pure_dict(nnx.state(like))
  tree = translate(state, table, shapes, place=place)
  stored = sizes['classes']
  note = f'{sizes["kind"]} from {place}'
  if classes in (None, stored):
    note += f', its fc of {stored} classes too'
  else:
    if key is None:
      raise ValueError('a new fc needs a key')
    fc = head(np.shape(state['fc.weight'])[1], classes, nnx.Rngs(key))
    tree['fc'] = nnx.to_pure_dict(nnx.state(fc))
    sizes['classes'] = classes
    note += f'; fc is new: {classes} classes here, {stored} in the file'
  variables = Variables(_pick(tree, False), _pick(tree, True))
  return Imported(sizes, variables, note)


def load_video_resnet(
  path: str | pathlib.Path,
  *,
  kind: str | None = None,
  classes: int | None = None,
  key: jax.Array | None = None,
) -> Imported:
  """A user's `.pth`, `.pt` or `.npz` file; see `from_state`."""
  place = str(path)
  state = read_state(path)
  return from_state(state, kind=kind, classes=classes, key=key, place=place)
