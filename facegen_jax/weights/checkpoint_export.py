"""Our networks as checkpoints that the published PyTorch code loads."""

from collections.abc import Mapping
import pathlib

import numpy as np

from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import taps
from facegen_jax.weights import fomm
from facegen_jax.weights.checkpoint_networks import FAMILIES, Network
from facegen_jax.weights.export import to_state
from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.torch_writer import write_torch

_COLOURS = 3
_MEAN = '.running_mean'


def _constants(
  network: Network, sizes: Sizes, names: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
  """What a state dict holds beside what is learned; see `hourglass.learned`."""
  found = {
    f'{name.removesuffix(_MEAN)}.num_batches_tracked': np.zeros((), np.int64)
    for name in names
    if name.endswith(_MEAN)
  }
  factor = sizes.get('motion', sizes).get('factor', 1)
  if network.blurred is not None and factor > 1:
    blur = np.outer(taps(factor), taps(factor)).astype(np.float32)
    blur = np.broadcast_to(blur, (_COLOURS, 1, *blur.shape))
    found[f'{network.blurred}down.weight'] = blur
  return found


def state_dict(
  network: Network, sizes: Sizes, variables: Variables
) -> dict[str, np.ndarray]:
  """A network's arrays in the published names and layouts, all of them.

  The batch norms' count of batches, which nothing reads, is 0.
  """
  table = network.table(sizes)
  state = to_state(table, variables.params, variables.stats, layouts=fomm.BACK)
  if missing := sorted(table.keys() - state.keys()):
    raise ValueError(f'{network.published} lacks {", ".join(missing[:6])}')
  return state | _constants(network, sizes, state)


def write_checkpoint(
  path: str | pathlib.Path,
  family: str,
  sizes: Mapping[str, Sizes],
  variables: Mapping[str, Variables],
  *,
  epoch: int = 0,
) -> None:
  """Writes networks as a published checkpoint.

  `torch.load` reads it, and the published networks load it strictly. There are
  no optimisers in it: it animates, or begins a training.

  Args:
    path: the file, `.pth.tar` by custom.
    family: see `checkpoints.read_checkpoint`.
    sizes: of each network, as `checkpoints.Checkpoint`.
    variables: of each network; the optional ones may be missing.
    epoch: as which it is stored.

  Raises:
    ValueError: a network that the family needs is missing, or some array.
    UserError: the disk refuses.
  """
  tree = {}
  for name, network in FAMILIES[family].items():
    if name in variables:
      one = state_dict(network, sizes[name], variables[name])
      tree[network.published] = one
    elif not network.optional:
      raise ValueError(f'a checkpoint of {family} needs {name}')
  epochs = 'epoch' if 'fomm' in family else 'epoch_reconstruction'
  write_torch(pathlib.Path(path), tree | {epochs: epoch})
