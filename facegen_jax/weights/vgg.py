"""torchvision's VGG-16 and VGG-19 of ImageNet from a user's file.

Nothing is downloaded. A `.pth`/`.pt` state dict or an `.npz` of the names
`features.<i>` and `classifier.<i>`; R, G, B.
"""

from collections.abc import Mapping
import pathlib
from typing import Any

from flax import nnx
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.nn.vgg import IMAGENET_MEAN, IMAGENET_STD, VGG
from facegen_jax.weights.mapping import translate
from facegen_jax.weights.vggface import names, read_state, torchvision_names

_FIRST, _DENSE = 'features.0.weight', 'classifier.0.weight'


def _sizes(state: Mapping[str, Any], head: bool, place: str) -> dict[str, Any]:
  """VGG's sizes as the arrays of the file tell them."""
  asked = (_FIRST, _DENSE, 'classifier.6.weight') if head else (_FIRST,)
  for name in asked:
    if np.ndim(state.get(name)) < 2:
      raise UserError(
        f'{place} is no torchvision VGG: it has no kernel {name} (it starts '
        f'with {sorted(state)[:3]})'
      )
  last = torchvision_names(19)['conv5_4']
  sizes = {
    'depth': 19 if f'{last}.weight' in state else 16,
    'width': np.shape(state[_FIRST])[0],
    'input_size': None,
    'mean': IMAGENET_MEAN,
    'scale': IMAGENET_STD,
    'classes': None,
  }
  if head:
    sizes['fc_features'] = np.shape(state[_DENSE])[0]
    sizes['classes'] = np.shape(state['classifier.6.weight'])[0]
  return sizes


def from_state(
  state: Mapping[str, np.ndarray],
  *,
  head: bool = True,
  place: str = 'the state dict',
) -> tuple[dict[str, Any], dict]:
  """`VGG(**sizes)`'s sizes and its parameters as a plain dict.

  Without `head` the classifier, nine tenths of the file, is left out: enough
  for a perceptual loss. Raises UserError naming every array that is amiss.
  """
  sizes = _sizes(state, head, place)
  table = names(state, 'rgb', 7, place, sizes['depth'])
  if not head:
    state = {k: v for k, v in state.items() if not k.startswith('classifier.')}
    table = {k: v for k, v in table.items() if k.startswith('features.')}
  like = nnx.eval_shape(lambda: VGG(**sizes, rngs=nnx.Rngs(0)))
  shapes = nnx.to_pure_dict(nnx.state(like, nnx.Param))
  return sizes, translate(state, table, shapes, place=place)


def load_vgg(
  path: str | pathlib.Path, *, head: bool = True
) -> tuple[dict[str, Any], dict]:
  """(sizes for `nn.vgg.VGG`, parameters) from a user's file; `from_state`."""
  return from_state(read_state(path), head=head, place=str(path))
